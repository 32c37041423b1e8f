// Creating, showing, changing and deleting images.
#include "common/api/stream.hpp"
#include "compute/images/access.hpp"
#include "compute/images/api.hpp"
#include "compute/images/attributes.hpp"
#include "compute/images/image_store.hpp"
#include "compute/images/patch.hpp"
#include "compute/images/policies.hpp"
#include "compute/images/view.hpp"

namespace cumulet::compute::images {
namespace {

using api::Errc;
using api::Fault;
using nlohmann::json;

api::Reply create_image(api::Call& call, store::Transaction& txn) {
    const json& asked = call.body();
    Image image;
    image.owner = call.actor().project_id;
    image.id = asked.contains("id") && asked["id"].is_string() ? asked["id"].get<std::string>() : call.random().uuid();
    image.created_at = image.updated_at = txn.now();
    for (const auto& [name, value] : asked.items())
        if (name != "id") set_attribute(call, image, name, value);
    require(call, "add_image", target_of(image));
    check_whole(call, Image{}, image);
    if (txn.get<Image>(image.id)) throw Fault(Errc::conflict, "Image ID {} already exists!", image.id);
    txn.put(image, "created");
    return api::Reply::created(image_document(image))
        .header("Location", call.base_url() + "/v2/images/" + image.id)
        .header("OpenStack-image-import-methods", "glance-direct")
        .header("OpenStack-image-store-ids", "file");
}

api::Reply show_image(api::Call& call, store::Transaction& txn) {
    const Image image = visible_image(call, txn);
    const std::string member = image.owner == call.actor().project_id ? "" : call.actor().project_id;
    require(call, "get_image", target_of(image, member));
    return api::Reply::ok(image_document(image));
}

api::Reply patch_image(api::Call& call, store::Transaction& txn) {
    const Image before = image_for(call, txn, "modify_image");
    Image after = before;
    apply_patch(call, after);
    check_whole(call, before, after);
    after.updated_at = txn.now();
    txn.put(after, "changed");
    return api::Reply::ok(image_document(after));
}

// The record goes first, its data after the commit: a download that runs keeps its file, and what a crash leaves is
// swept.
http::Task<api::Reply> delete_image(api::StreamCall& call) {
    std::string key;
    auto remove = [&](store::Transaction& txn) {
        const Image image = image_for(call, txn, "delete_image");
        if (image.is_protected) throw Fault(Errc::forbidden, "Image {} is protected and cannot be deleted.", image.id);
        key = image.data_key;
        for (const auto& member : txn.scan<ImageMember>({}, image.id)) txn.erase(member, "image deleted");
        for (const auto& import : txn.scan<ImageImport>({}, image.id)) txn.erase(import, "image deleted");
        txn.erase(image, "deleted");
    };
    co_await call.transact(std::move(remove));
    if (!key.empty()) {
        auto& store = call.module<ImageStore>();
        auto unlink = [&store, key] { store.remove(key); };
        co_await call.offload(std::move(unlink));
    }
    co_return api::Reply::no_content();
}

api::Reply change_access(api::Call& call, store::Transaction& txn, std::string_view rule, Status from, Status to) {
    Image image = image_for(call, txn, rule);
    if (image.status == to) return api::Reply::no_content();
    if (image.status != from)
        throw Fault(Errc::forbidden, "Not allowed to {} image in status '{}'", rule, store::enum_name(image.status));
    image.status = to;
    image.updated_at = txn.now();
    txn.put(image, rule);
    return api::Reply::no_content();
}

api::Reply deactivate(api::Call& call, store::Transaction& txn) {
    return change_access(call, txn, "deactivate", Status::active, Status::deactivated);
}

api::Reply reactivate(api::Call& call, store::Transaction& txn) {
    return change_access(call, txn, "reactivate", Status::deactivated, Status::active);
}

api::Reply image_tasks(api::Call& call, store::Transaction& txn) {
    const Image image = visible_image(call, txn);
    require(call, "get_image", target_of(image));
    json list = json::array();
    for (const auto& import : txn.scan<ImageImport>({}, image.id)) list.push_back(import_document(import));
    return api::Reply::ok({{"tasks", list}});
}

constexpr api::StreamHandle kDelete{delete_image};

// Values are looked at one by one when they are set; here is the form as a whole.
constexpr api::Schema kCreateBody{R"({
    "type": "object",
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"},
        "name": {"type": ["null", "string"], "maxLength": 255},
        "visibility": {"type": "string", "enum": ["community", "public", "private", "shared"]},
        "protected": {"type": "boolean"},
        "os_hidden": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 255}},
        "min_disk": {"type": "integer", "minimum": 0, "maximum": 2147483647},
        "min_ram": {"type": "integer", "minimum": 0, "maximum": 2147483647}}})"};
constexpr api::Schema kPatchBody{R"({"type": "array", "maxItems": 1000, "items": {"type": "object"}})"};

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::post,
     .path = "/v2/images",
     .policy = kAddImage,
     .body = kCreateBody,
     .success = 201,
     .summary = "Create an image record, without data yet.",
     .handle = create_image},
    {.method = http::Method::get,
     .path = "/v2/images/{image_id}",
     .policy = kGetImage,
     .summary = "Show an image.",
     .handle = show_image},
    {.method = http::Method::patch,
     .path = "/v2/images/{image_id}",
     .policy = kModifyImage,
     .body = kPatchBody,
     .summary = "Change an image by a JSON patch.",
     .handle = patch_image},
    {.method = http::Method::del,
     .path = "/v2/images/{image_id}",
     .policy = kDeleteImage,
     .body = api::kNoBody,
     .success = 204,
     .summary = "Delete an image and its data.",
     .stream = &kDelete},
    {.method = http::Method::post,
     .path = "/v2/images/{image_id}/actions/deactivate",
     .policy = kDeactivate,
     .body = api::kNoBody,
     .success = 204,
     .summary = "Refuse the image's data to everybody but administrators.",
     .handle = deactivate},
    {.method = http::Method::post,
     .path = "/v2/images/{image_id}/actions/reactivate",
     .policy = kReactivate,
     .body = api::kNoBody,
     .success = 204,
     .summary = "Give the image's data out again.",
     .handle = reactivate},
    {.method = http::Method::get,
     .path = "/v2/images/{image_id}/tasks",
     .policy = kGetImage,
     .summary = "List the imports of an image.",
     .handle = image_tasks},
};

}  // namespace

api::EndpointTable image_endpoints() { return kTable; }

}  // namespace cumulet::compute::images
