// Regions.
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/api/views.hpp"
#include "identity/model/catalog_rules.hpp"

namespace cumulet::identity {
namespace {

constexpr std::initializer_list<std::string_view> kKnown = {"description", "parent_region_id"};

Reply list_regions(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& region : txn.scan<Region>({})) items.push_back(region_view(call, region));
    return list_reply(call, "regions", filtered(call, std::move(items), {"parent_region_id"}));
}

Reply show(Call& call, Transaction& txn) {
    return Reply::ok({{"region", region_view(call, require_region(txn, call.path("region_id")))}});
}

Reply create_as(Call& call, Transaction& txn, std::string id) {
    const json& body = call.body()["region"];
    Region region{.id = std::move(id),
                  .description = text_or(body, "description", ""),
                  .parent_region_id = text_or(body, "parent_region_id", "")};
    region.extra = extra_members(body, kKnown);
    create_region(txn, region);
    return Reply::created({{"region", region_view(call, region)}});
}

Reply create(Call& call, Transaction& txn) {
    auto id = text_or(call.body()["region"], "id", "");
    return create_as(call, txn, id.empty() ? call.random().hex_uuid() : id);
}

Reply create_named(Call& call, Transaction& txn) {
    const auto& id = call.path("region_id");
    if (auto in_body = text_member(call.body()["region"], "id"); in_body && *in_body != id)
        throw Fault(Errc::bad_request, "Conflicting region IDs specified: \"{}\" != \"{}\"", id, *in_body);
    return create_as(call, txn, id);
}

Reply update(Call& call, Transaction& txn) {
    const json& body = call.body()["region"];
    const Region before = require_region(txn, call.path("region_id"));
    Region region = before;
    if (body.contains("description")) region.description = text_or(body, "description", "");
    if (body.contains("parent_region_id")) region.parent_region_id = text_or(body, "parent_region_id", "");
    set_extra_members(region.extra, body, kKnown);
    update_region(txn, before, region);
    return Reply::ok({{"region", region_view(call, region)}});
}

Reply remove(Call& call, Transaction& txn) {
    delete_region(txn, require_region(txn, call.path("region_id")));
    return Reply::no_content();
}

constexpr Schema kRegion{
    R"({"type": "object", "required": ["region"], "properties": {"region": {"type": "object", "properties": {
    "id": {"type": "string", "maxLength": 255}, "description": {"type": ["string", "null"]},
    "parent_region_id": {"type": ["string", "null"], "maxLength": 255}}}}})"};

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v3/regions",
     .policy = Policy("identity:list_regions", "", kAnyScope),
     .summary = "List regions.",
     .handle = list_regions},
    {.method = Method::post,
     .path = "/v3/regions",
     .policy = admin_policy("identity:create_region"),
     .body = kRegion,
     .success = 201,
     .summary = "Create a region.",
     .handle = create},
    {.method = Method::get,
     .path = "/v3/regions/{region_id}",
     .policy = Policy("identity:get_region", "", kAnyScope),
     .summary = "Show a region.",
     .handle = show},
    {.method = Method::put,
     .path = "/v3/regions/{region_id}",
     .policy = admin_policy("identity:create_region"),
     .body = kRegion,
     .success = 201,
     .summary = "Create a region with a name.",
     .handle = create_named},
    {.method = Method::patch,
     .path = "/v3/regions/{region_id}",
     .policy = admin_policy("identity:update_region"),
     .body = kRegion,
     .summary = "Change a region.",
     .handle = update},
    {.method = Method::del,
     .path = "/v3/regions/{region_id}",
     .policy = admin_policy("identity:delete_region"),
     .success = 204,
     .summary = "Delete a region without endpoints.",
     .handle = remove},
};

}  // namespace

api::EndpointTable region_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity
