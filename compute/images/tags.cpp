// Tags of images.
#include "compute/images/access.hpp"
#include "compute/images/api.hpp"
#include "compute/images/attributes.hpp"
#include "compute/images/policies.hpp"

namespace cumulet::compute::images {
namespace {

using api::Errc;
using api::Fault;

api::Reply add_tag(api::Call& call, store::Transaction& txn) {
    const Image before = image_for(call, txn, "modify_image");
    const auto& tag = call.path("tag");
    if (tag.size() > 255) throw Fault(Errc::bad_request, "A tag has at most 255 bytes.");
    Image after = before;
    if (!after.tags.insert(tag).second) return api::Reply::no_content();
    check_whole(call, before, after);
    after.updated_at = txn.now();
    txn.put(after, "tagged");
    return api::Reply::no_content();
}

api::Reply remove_tag(api::Call& call, store::Transaction& txn) {
    Image image = image_for(call, txn, "modify_image");
    if (image.tags.erase(call.path("tag")) == 0)
        throw Fault(Errc::not_found, "The tag {} was not found.", call.path("tag"));
    image.updated_at = txn.now();
    txn.put(image, "untagged");
    return api::Reply::no_content();
}

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::put,
     .path = "/v2/images/{image_id}/tags/{tag}",
     .policy = kModifyImage,
     .body = api::kNoBody,
     .success = 204,
     .summary = "Add a tag to an image.",
     .handle = add_tag},
    {.method = http::Method::del,
     .path = "/v2/images/{image_id}/tags/{tag}",
     .policy = kModifyImage,
     .success = 204,
     .summary = "Take a tag off an image.",
     .handle = remove_tag},
};

}  // namespace

api::EndpointTable tag_endpoints() { return kTable; }

}  // namespace cumulet::compute::images
