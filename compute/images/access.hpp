// Who sees an image, and who may do what with it.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "common/api/call.hpp"
#include "common/store/transaction.hpp"
#include "compute/images/image.hpp"

namespace cumulet::compute::images {

// Public and community images, one's own, and those one is a member of; administrators see all.
bool is_visible(store::Transaction& txn, const Image& image, const auth::Context& actor);

// The image named by the path parameter image_id. Fault 404 when there is none that the actor sees.
Image visible_image(const api::Call& call, store::Transaction& txn);
// The same for something one is about to change: in addition `rule` must let the actor (Fault 403).
Image image_for(const api::Call& call, store::Transaction& txn, std::string_view rule);

// What policy rules read of an image.
nlohmann::json target_of(const Image& image, const std::string& member_id = "");
// Fault 403 in Glance's words unless `rule` lets the actor.
void require(const api::Call& call, std::string_view rule, const nlohmann::json& target);

}  // namespace cumulet::compute::images
