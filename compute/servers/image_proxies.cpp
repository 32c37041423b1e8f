// Images through Nova, as clients knew them before 2.36 (their metadata before 2.39): Nova's words for Glance's
// records.
#include <charconv>

#include "compute/images/access.hpp"
#include "compute/images/images.hpp"
#include "compute/images/list.hpp"
#include "compute/images/snapshots.hpp"
#include "compute/servers/api.hpp"
#include "compute/servers/links.hpp"
#include "compute/servers/metadata_schemas.hpp"
#include "compute/servers/rules.hpp"

namespace cumulet::compute::servers {
namespace {

using api::Call;
using api::Errc;
using api::Fault;
using api::Reply;
using images::Image;
using nlohmann::json;
using store::Transaction;

std::string_view status_of(const Image& image) {
    switch (image.status) {
        case images::Status::active:
            return "ACTIVE";
        case images::Status::queued:
        case images::Status::saving:
        case images::Status::uploading:
            return "SAVING";
        case images::Status::deactivated:
            break;
    }
    return "UNKNOWN";
}

int progress_of(const Image& image) {
    if (image.status == images::Status::active) return 100;
    return image.status == images::Status::queued ? 25 : 50;
}

std::string property(const Image& image, const std::string& name) {
    const auto found = image.properties.find(name);
    return found == image.properties.end() ? "" : found->second;
}

// A server's image says of which; any other that is told by properties is a base image.
bool is_snapshot(const Image& image) { return property(image, "image_type") == images::kSnapshotType; }

json summary(const Call& call, const Image& image) {
    auto links = resource_links(call, "images", image.id);
    links.push_back({{"rel", "alternate"},
                     {"type", "application/vnd.openstack.image"},
                     {"href", fmt::format("{}/images/{}", call.base_url(), image.id)}});
    return {{"id", image.id}, {"name", image.name}, {"links", links}};
}

json image_json(const Call& call, const Image& image) {
    auto document = summary(call, image);
    document["status"] = status_of(image);
    document["progress"] = progress_of(image);
    document["minDisk"] = image.min_disk_gib;
    document["minRam"] = image.min_ram_mib;
    document["created"] = to_iso_seconds(image.created_at);
    document["updated"] = to_iso_seconds(image.updated_at);
    document["metadata"] = image.properties;
    document["OS-EXT-IMG-SIZE:size"] = image.size.value_or(0);
    if (const auto server = property(image, "instance_uuid"); !server.empty())
        document["server"] = {{"id", server}, {"links", resource_links(call, "servers", server)}};
    return document;
}

std::int64_t number_of(const Call& call, const char* parameter) {
    std::int64_t number = 0;
    const auto text = *call.query(parameter);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
        throw Fault(Errc::bad_request, "Invalid input for query parameters {}. Value: {}. It is not a number",
                    parameter, text);
    return number;
}

bool passes(const Call& call, const Image& image) {
    if (auto name = call.query("name"); name && *name != image.name) return false;
    if (auto status = call.query("status"); status && *status != status_of(image)) return false;
    if (auto server = call.query("server");
        server && server->substr(server->rfind('/') + 1) != property(image, "instance_uuid"))
        return false;
    if (auto type = call.query("type"); type && (*type == images::kSnapshotType) != is_snapshot(image)) return false;
    if (call.query("minDisk") && image.min_disk_gib < number_of(call, "minDisk")) return false;
    if (call.query("minRam") && image.min_ram_mib < number_of(call, "minRam")) return false;
    if (auto since = call.query("changes-since")) {
        const auto time = parse_iso(*since);
        if (!time)
            throw Fault(Errc::bad_request, "Invalid input for query parameters changes-since. Value: {}.", *since);
        if (image.updated_at < *time) return false;
    }
    return true;
}

Reply list(Call& call, Transaction& txn, bool detail) {
    const auto page = api::page_request(call, call.module<Settings>().max_page);
    images::Listing listing;
    listing.sort = {{"created_at", true}, {"id", true}};
    auto found = images::listed_images(call, txn, listing);
    std::erase_if(found, [&](const Image& image) { return !passes(call, image); });
    auto at = found.begin();
    if (page.marker) {
        at = std::find_if(found.begin(), found.end(), [&](const Image& image) { return image.id == *page.marker; });
        if (at == found.end()) throw Fault(Errc::bad_request, "marker [{}] not found", *page.marker);
        ++at;
    }
    json items = json::array();
    for (; at != found.end() && items.size() < page.limit; ++at)
        items.push_back(detail ? image_json(call, *at) : summary(call, *at));
    json document{{"images", items}};
    if (at != found.end() && !items.empty())
        add_next_link(document, call, "images", items.back()["id"].get_ref<const std::string&>());
    return Reply::ok(document);
}

Reply list_images(Call& call, Transaction& txn) { return list(call, txn, false); }
Reply list_images_detail(Call& call, Transaction& txn) { return list(call, txn, true); }

Image find_image(const Call& call, Transaction& txn) {
    const auto& id = call.path("image_id");
    auto image = txn.get<Image>(id);
    if (!image || !images::is_visible(txn, *image, call.actor())) throw Fault(Errc::not_found, "Image not found.");
    return *std::move(image);
}

Image changeable_image(const Call& call, Transaction& txn) {
    auto image = find_image(call, txn);
    if (image.owner != call.actor().project_id && !call.actor().is_admin())
        throw Fault(Errc::forbidden, "Not allowed to change image {}.", image.id);
    return image;
}

Reply show_image(Call& call, Transaction& txn) {
    return Reply::ok({{"image", image_json(call, find_image(call, txn))}});
}

Reply delete_image(Call& call, Transaction& txn) {
    const auto image = changeable_image(call, txn);
    if (image.is_protected)
        throw Fault(Errc::forbidden, "It is not allowed to delete image {}: it is protected.", image.id);
    images::erase_image(txn, image, "deleted");
    return Reply::no_content();
}

void save(Transaction& txn, Image& image) {
    image.updated_at = txn.now();
    txn.put(image, "changed");
}

Reply list_metadata(Call& call, Transaction& txn) {
    return Reply::ok({{"metadata", find_image(call, txn).properties}});
}

Reply change_metadata(Call& call, Transaction& txn, bool replace) {
    auto image = changeable_image(call, txn);
    if (replace) image.properties.clear();
    for (const auto& [name, value] : call.body()["metadata"].items()) image.properties[name] = value;
    save(txn, image);
    return Reply::ok({{"metadata", image.properties}});
}

Reply add_metadata(Call& call, Transaction& txn) { return change_metadata(call, txn, false); }
Reply replace_metadata(Call& call, Transaction& txn) { return change_metadata(call, txn, true); }

[[noreturn]] void no_such_item() { throw Fault(Errc::not_found, "Metadata item was not found"); }

Reply show_item(Call& call, Transaction& txn) {
    const auto image = find_image(call, txn);
    const auto item = image.properties.find(call.path("key"));
    if (item == image.properties.end()) no_such_item();
    return Reply::ok({{"meta", {{item->first, item->second}}}});
}

Reply set_item(Call& call, Transaction& txn) {
    auto image = changeable_image(call, txn);
    const auto& meta = call.body()["meta"];
    const auto& key = call.path("key");
    if (!meta.contains(key)) throw Fault(Errc::bad_request, "Request body and URI mismatch");
    image.properties[key] = meta[key];
    save(txn, image);
    return Reply::ok({{"meta", meta}});
}

Reply delete_item(Call& call, Transaction& txn) {
    auto image = changeable_image(call, txn);
    if (image.properties.erase(call.path("key")) == 0) no_such_item();
    save(txn, image);
    return Reply::no_content();
}

constexpr api::Version kLast{2, 35}, kLastMetadata{2, 38};
constexpr std::string_view kOne = "/v2.1/images/{image_id}";
constexpr std::string_view kAll = "/v2.1/images/{image_id}/metadata", kKey = "/v2.1/images/{image_id}/metadata/{key}";

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::get,
     .path = "/v2.1/images",
     .until = kLast,
     .policy = {"os_compute_api:images:index", kReader},
     .summary = "List images, in Nova's words.",
     .handle = list_images},
    {.method = http::Method::get,
     .path = "/v2.1/images/detail",
     .until = kLast,
     .policy = {"os_compute_api:images:detail", kReader},
     .summary = "List images with details, in Nova's words.",
     .handle = list_images_detail},
    {.method = http::Method::get,
     .path = kOne,
     .until = kLast,
     .policy = {"os_compute_api:images:show", kReader},
     .summary = "Show an image, in Nova's words.",
     .handle = show_image},
    {.method = http::Method::del,
     .path = kOne,
     .until = kLast,
     .policy = {"os_compute_api:images:delete", kMember},
     .success = 204,
     .summary = "Delete an image.",
     .handle = delete_image},
    {.method = http::Method::get,
     .path = kAll,
     .until = kLastMetadata,
     .policy = {"os_compute_api:images:metadata:index", kReader},
     .summary = "List an image's metadata.",
     .handle = list_metadata},
    {.method = http::Method::post,
     .path = kAll,
     .until = kLastMetadata,
     .policy = {"os_compute_api:images:metadata:create", kMember},
     .body = kMetadata,
     .summary = "Add to an image's metadata.",
     .handle = add_metadata},
    {.method = http::Method::put,
     .path = kAll,
     .until = kLastMetadata,
     .policy = {"os_compute_api:images:metadata:update_all", kMember},
     .body = kMetadata,
     .summary = "Replace an image's metadata.",
     .handle = replace_metadata},
    {.method = http::Method::get,
     .path = kKey,
     .until = kLastMetadata,
     .policy = {"os_compute_api:images:metadata:show", kReader},
     .summary = "Show one item of an image's metadata.",
     .handle = show_item},
    {.method = http::Method::put,
     .path = kKey,
     .until = kLastMetadata,
     .policy = {"os_compute_api:images:metadata:update", kMember},
     .body = kMetadataItem,
     .summary = "Set one item of an image's metadata.",
     .handle = set_item},
    {.method = http::Method::del,
     .path = kKey,
     .until = kLastMetadata,
     .policy = {"os_compute_api:images:metadata:delete", kMember},
     .success = 204,
     .summary = "Remove one item of an image's metadata.",
     .handle = delete_item},
};

}  // namespace

api::EndpointTable image_proxy_endpoints() { return kTable; }

}  // namespace cumulet::compute::servers
