#include "compute/images/access.hpp"

namespace cumulet::compute::images {

using api::Errc;
using api::Fault;

bool is_visible(store::Transaction& txn, const Image& image, const auth::Context& actor) {
    if (actor.is_admin() || image.visibility == Visibility::is_public || image.visibility == Visibility::community)
        return true;
    if (!actor.project_id.empty() && image.owner == actor.project_id) return true;
    if (image.visibility != Visibility::shared || actor.project_id.empty()) return false;
    return txn.peek<ImageMember>(image.id, actor.project_id).has_value();
}

Image visible_image(const api::Call& call, store::Transaction& txn) {
    const auto& id = call.path("image_id");
    auto image = txn.get<Image>(id);
    if (!image || !is_visible(txn, *image, call.actor())) throw Fault(Errc::not_found, "No image found with ID {}", id);
    return *std::move(image);
}

Image image_for(const api::Call& call, store::Transaction& txn, std::string_view rule) {
    Image image = visible_image(call, txn);
    require(call, rule, target_of(image));
    return image;
}

nlohmann::json target_of(const Image& image, const std::string& member_id) {
    nlohmann::json target{{"project_id", image.owner},
                          {"owner", image.owner},
                          {"tenant", image.owner},
                          {"image_id", image.id},
                          {"visibility", store::enum_name(image.visibility)},
                          {"status", store::enum_name(image.status)}};
    target["member_id"] = member_id;
    return target;
}

void require(const api::Call& call, std::string_view rule, const nlohmann::json& target) {
    if (!call.allowed(rule, target))
        throw Fault(Errc::forbidden, "You are not authorized to complete {} action.", rule);
}

}  // namespace cumulet::compute::images
