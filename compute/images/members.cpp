// Projects that a shared image is shown to.
#include "compute/images/access.hpp"
#include "compute/images/api.hpp"
#include "compute/images/policies.hpp"
#include "compute/images/view.hpp"

namespace cumulet::compute::images {
namespace {

using api::Errc;
using api::Fault;
using nlohmann::json;

bool is_owner(const api::Call& call, const Image& image) {
    return call.actor().is_admin() || image.owner == call.actor().project_id;
}

ImageMember existing(const api::Call& call, store::Transaction& txn, const Image& image) {
    auto member = txn.get<ImageMember>(image.id, call.path("member_id"));
    // A member sees itself; the owner sees all.
    if (!member || !(is_owner(call, image) || member->member_id == call.actor().project_id))
        throw Fault(Errc::not_found, "{} not found in the member list of the image {}.", call.path("member_id"),
                    image.id);
    return *std::move(member);
}

api::Reply list_members(api::Call& call, store::Transaction& txn) {
    const Image image = visible_image(call, txn);
    if (image.visibility != Visibility::shared) throw Fault(Errc::forbidden, "Only shared images have members.");
    require(call, "get_members", target_of(image, call.actor().project_id));
    json list = json::array();
    for (const auto& member : txn.scan<ImageMember>({}, image.id))
        if (is_owner(call, image) || member.member_id == call.actor().project_id)
            list.push_back(member_document(member));
    return api::Reply::ok({{"members", list}, {"schema", "/v2/schemas/members"}});
}

api::Reply show_member(api::Call& call, store::Transaction& txn) {
    const Image image = visible_image(call, txn);
    const auto member = existing(call, txn, image);
    require(call, "get_member", target_of(image, member.member_id));
    return api::Reply::ok(member_document(member));
}

api::Reply add_member(api::Call& call, store::Transaction& txn) {
    const Image image = image_for(call, txn, "add_member");
    if (image.visibility != Visibility::shared) throw Fault(Errc::forbidden, "Only shared images have members.");
    ImageMember member{
        .image_id = image.id, .member_id = call.body()["member"], .created_at = txn.now(), .updated_at = txn.now()};
    if (txn.get<ImageMember>(image.id, member.member_id))
        throw Fault(Errc::conflict, "Image member {} already exists for image {}", member.member_id, image.id);
    const auto limit = call.module<Settings>().max_members;
    if (txn.scan<ImageMember>({.limit = limit}, image.id).size() >= limit)
        throw Fault(Errc::too_large,
                    "The limit has been exceeded on the number of allowed image members for this image. Maximum: {}",
                    limit);
    txn.put(member, "shared");
    return api::Reply::ok(member_document(member));
}

// Only the member itself says whether it wants the image in its lists.
api::Reply update_member(api::Call& call, store::Transaction& txn) {
    const Image image = visible_image(call, txn);
    auto member = existing(call, txn, image);
    require(call, "modify_member", target_of(image, member.member_id));
    member.status = *store::enum_value<MemberStatus>(call.body()["status"].get_ref<const std::string&>());
    member.updated_at = txn.now();
    txn.put(member, "answered");
    return api::Reply::ok(member_document(member));
}

api::Reply remove_member(api::Call& call, store::Transaction& txn) {
    const Image image = image_for(call, txn, "delete_member");
    txn.erase(existing(call, txn, image), "unshared");
    return api::Reply::no_content();
}

constexpr api::Schema kAddBody{R"({"type": "object", "required": ["member"], "properties": {
    "member": {"type": "string", "minLength": 1, "maxLength": 255}}})"};
constexpr api::Schema kUpdateBody{R"({"type": "object", "required": ["status"], "properties": {
    "status": {"type": "string", "enum": ["pending", "accepted", "rejected"]}}})"};

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::get,
     .path = "/v2/images/{image_id}/members",
     .policy = kGetMembers,
     .summary = "List the projects that an image is shared with.",
     .handle = list_members},
    {.method = http::Method::post,
     .path = "/v2/images/{image_id}/members",
     .policy = kAddMember,
     .body = kAddBody,
     .summary = "Share an image with a project.",
     .handle = add_member},
    {.method = http::Method::get,
     .path = "/v2/images/{image_id}/members/{member_id}",
     .policy = kGetMember,
     .summary = "Show a project that an image is shared with.",
     .handle = show_member},
    {.method = http::Method::put,
     .path = "/v2/images/{image_id}/members/{member_id}",
     .policy = kModifyMember,
     .body = kUpdateBody,
     .summary = "Accept or reject an image that is shared with one.",
     .handle = update_member},
    {.method = http::Method::del,
     .path = "/v2/images/{image_id}/members/{member_id}",
     .policy = kDeleteMember,
     .success = 204,
     .summary = "Stop sharing an image with a project.",
     .handle = remove_member},
};

}  // namespace

api::EndpointTable member_endpoints() { return kTable; }

}  // namespace cumulet::compute::images
