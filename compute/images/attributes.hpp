// Setting the attributes of an image, by creation or by patch: one place for what values they take and who may set
// them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "common/api/call.hpp"
#include "compute/images/image.hpp"

namespace cumulet::compute::images {

// Sets a base attribute or a property of the user's. Fault 400 for a wrong value, 403 for what may not be set.
void set_attribute(const api::Call& call, Image& image, const std::string& name, const nlohmann::json& value);
// Fault 403 for base attributes, 409 for a property that is not there.
void remove_attribute(Image& image, const std::string& name);
// Fault 403/413 when the image as a whole is not allowed: visibility the actor may not give, too many properties or
// tags.
void check_whole(const api::Call& call, const Image& before, const Image& after);
bool has_attribute(const Image& image, const std::string& name);

}  // namespace cumulet::compute::images
