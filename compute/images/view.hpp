// Documents of images and members as Glance v2 shows them.
#pragma once

#include <nlohmann/json.hpp>

#include "compute/images/image.hpp"

namespace cumulet::compute::images {

nlohmann::json image_document(const Image& image);
nlohmann::json import_document(const ImageImport& import);
nlohmann::json member_document(const ImageMember& member);
// What glanceclient builds its model from.
nlohmann::json image_schema();
nlohmann::json images_schema();
nlohmann::json member_schema();
nlohmann::json members_schema();

// Attributes that have a meaning of their own: a user's property cannot have such a name.
bool is_base_attribute(std::string_view name);
// Those among them that a user cannot set.
bool is_read_only(std::string_view name);

}  // namespace cumulet::compute::images
