// os-aggregates.
#include "compute/model/aggregate.hpp"

#include <charconv>

#include "common/runtime/text.hpp"
#include "common/store/transaction.hpp"
#include "compute/model/host.hpp"
#include "compute/model/number_sequence.hpp"
#include "compute/model/server.hpp"
#include "compute/servers/api.hpp"
#include "compute/servers/rules.hpp"

namespace cumulet::compute::servers {
namespace {

using api::Call;
using api::Errc;
using api::Fault;
using api::Reply;
using nlohmann::json;
using store::Transaction;

constexpr const char* kZone = "availability_zone";

constexpr api::Schema kCreate{R"({"type": "object", "required": ["aggregate"], "additionalProperties": false,
    "properties": {"aggregate": {"type": "object", "required": ["name"], "additionalProperties": false, "properties": {
      "name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "\\S"},
      "availability_zone": {"type": ["string", "null"], "minLength": 1, "maxLength": 255, "pattern": "^[^:]*$"}}}}})"};
constexpr api::Schema kUpdate{R"({"type": "object", "required": ["aggregate"], "additionalProperties": false,
    "properties": {"aggregate": {"type": "object", "minProperties": 1, "additionalProperties": false, "properties": {
      "name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "\\S"},
      "availability_zone": {"type": ["string", "null"], "minLength": 1, "maxLength": 255, "pattern": "^[^:]*$"}}}}})"};
constexpr api::Schema kAddHost{R"({"type": "object", "required": ["add_host"], "additionalProperties": false,
    "properties": {"add_host": {"type": "object", "required": ["host"], "additionalProperties": false,
      "properties": {"host": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[a-zA-Z0-9._-]*$"}}}}})"};
constexpr api::Schema kRemoveHost{R"({"type": "object", "required": ["remove_host"], "additionalProperties": false,
    "properties": {"remove_host": {"type": "object", "required": ["host"], "additionalProperties": false,
      "properties": {"host": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[a-zA-Z0-9._-]*$"}}}}})"};
constexpr api::Schema kSetMetadata{R"({"type": "object", "required": ["set_metadata"], "additionalProperties": false,
    "properties": {"set_metadata": {"type": "object", "required": ["metadata"], "additionalProperties": false,
      "properties": {"metadata": {"type": "object", "additionalProperties": false,
        "patternProperties": {"^[a-zA-Z0-9_:. -]{1,255}$": {"type": ["string", "null"], "maxLength": 255}}}}}}})"};
constexpr api::Schema kImages{R"({"type": "object", "required": ["cache"], "additionalProperties": false,
    "properties": {"cache": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["id"],
      "additionalProperties": false, "properties": {"id": {"type": "string", "format": "uuid"}}}}}})"};

std::string zone_of(const Aggregate& aggregate) {
    const auto zone = aggregate.metadata.find(kZone);
    return zone == aggregate.metadata.end() ? "" : zone->second;
}

json aggregate_json(const Call& call, const Aggregate& aggregate) {
    const auto zone = zone_of(aggregate);
    json document{{"id", aggregate.id},
                  {"name", aggregate.name},
                  {"availability_zone", zone.empty() ? json(nullptr) : json(zone)},
                  {"hosts", aggregate.hosts},
                  {"metadata", aggregate.metadata},
                  {"created_at", to_iso_naive(aggregate.created_at)},
                  {"updated_at", aggregate.updated_at ? json(to_iso_naive(*aggregate.updated_at)) : json(nullptr)},
                  {"deleted", false},
                  {"deleted_at", nullptr}};
    if (call.at_least({2, 41})) document["uuid"] = aggregate.uuid;
    return document;
}

Aggregate find_aggregate(const Call& call, Transaction& txn) {
    const auto& text = call.path("aggregate_id");
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    auto found = error == std::errc() && end == text.data() + text.size() ? txn.get<Aggregate>(id) : std::nullopt;
    if (!found) throw Fault(Errc::not_found, "Aggregate {} could not be found.", text);
    return *std::move(found);
}

// The zone that the aggregates of a host give it.
std::string zone_for(const Call& call, Transaction& txn, const std::string& host) {
    for (const auto& aggregate : txn.scan<Aggregate>({.index = "host"}, host))
        if (const auto zone = zone_of(aggregate); !zone.empty()) return zone;
    return call.module<Settings>().default_zone;
}

// Puts the host where its aggregates say. Its servers are where they were asked to be: they stay, so it does.
void place_host(const Call& call, Transaction& txn, const std::string& name) {
    auto host = txn.get<Host>(name);
    if (!host) return;
    const auto zone = zone_for(call, txn, name);
    if (zone == host->zone) return;
    if (!txn.scan<Server>({.index = "host", .limit = 1}, name).empty())
        throw Fault(Errc::conflict, "One or more hosts contain instances in zone '{}'", host->zone);
    host->zone = zone;
    txn.put(*host, "zone_changed");
}

// A host is in one zone.
void require_one_zone(Transaction& txn, const Aggregate& aggregate, const std::string& host) {
    const auto zone = zone_of(aggregate);
    if (zone.empty()) return;
    for (const auto& other : txn.scan<Aggregate>({.index = "host"}, host))
        if (const auto its = zone_of(other); other.id != aggregate.id && !its.empty() && its != zone)
            throw Fault(Errc::conflict, "Host {} is in the availability zone '{}' already.", host, its);
}

void save(const Call& call, Transaction& txn, Aggregate& aggregate, std::string_view reason) {
    aggregate.updated_at = txn.now();
    try {
        txn.put(aggregate, reason);
    } catch (const store::UniqueViolation&) {
        throw Fault(Errc::conflict, "Aggregate {} already exists.", aggregate.name);
    }
    for (const auto& host : aggregate.hosts) {
        require_one_zone(txn, aggregate, host);
        place_host(call, txn, host);
    }
}

void set_zone(Aggregate& aggregate, const json& zone) {
    if (zone.is_string())
        aggregate.metadata[kZone] = zone;
    else
        aggregate.metadata.erase(kZone);
}

Reply list_aggregates(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& aggregate : txn.scan<Aggregate>({})) items.push_back(aggregate_json(call, aggregate));
    return Reply::ok({{"aggregates", items}});
}

Reply create_aggregate(Call& call, Transaction& txn) {
    const auto& asked = call.body()["aggregate"];
    Aggregate aggregate{.id = next_number(txn, "aggregate"), .uuid = call.random().uuid()};
    aggregate.name = std::string(text::trim(asked["name"].get<std::string>()));
    if (asked.contains(kZone)) set_zone(aggregate, asked[kZone]);
    aggregate.created_at = txn.now();
    try {
        txn.put(aggregate, "created");
    } catch (const store::UniqueViolation&) {
        throw Fault(Errc::conflict, "Aggregate {} already exists.", aggregate.name);
    }
    auto document = aggregate_json(call, aggregate);
    document.erase("hosts");
    document.erase("metadata");
    return Reply::ok({{"aggregate", document}});
}

Reply show_aggregate(Call& call, Transaction& txn) {
    return Reply::ok({{"aggregate", aggregate_json(call, find_aggregate(call, txn))}});
}

Reply update_aggregate(Call& call, Transaction& txn) {
    auto aggregate = find_aggregate(call, txn);
    const auto& asked = call.body()["aggregate"];
    if (asked.contains("name")) aggregate.name = std::string(text::trim(asked["name"].get<std::string>()));
    if (asked.contains(kZone)) set_zone(aggregate, asked[kZone]);
    save(call, txn, aggregate, "updated");
    return Reply::ok({{"aggregate", aggregate_json(call, aggregate)}});
}

Reply delete_aggregate(Call& call, Transaction& txn) {
    const auto aggregate = find_aggregate(call, txn);
    if (!aggregate.hosts.empty())
        throw Fault(Errc::bad_request, "Cannot remove host from aggregate {}. Reason: Host aggregate is not empty.",
                    aggregate.id);
    txn.erase(aggregate, "deleted");
    return Reply::empty(200);
}

Reply add_host(Call& call, Transaction& txn) {
    auto aggregate = find_aggregate(call, txn);
    const std::string host = call.body()["add_host"]["host"];
    if (!txn.get<Host>(host)) throw Fault(Errc::not_found, "Compute host {} could not be found.", host);
    if (!aggregate.hosts.insert(host).second)
        throw Fault(Errc::conflict, "Aggregate {} already has host {}.", aggregate.id, host);
    save(call, txn, aggregate, "host_added");
    return Reply::ok({{"aggregate", aggregate_json(call, aggregate)}});
}

Reply remove_host(Call& call, Transaction& txn) {
    auto aggregate = find_aggregate(call, txn);
    const std::string host = call.body()["remove_host"]["host"];
    if (aggregate.hosts.erase(host) == 0)
        throw Fault(Errc::not_found, "Aggregate {} has no host {}.", aggregate.id, host);
    save(call, txn, aggregate, "host_removed");
    place_host(call, txn, host);
    return Reply::ok({{"aggregate", aggregate_json(call, aggregate)}});
}

Reply set_metadata(Call& call, Transaction& txn) {
    auto aggregate = find_aggregate(call, txn);
    for (const auto& [name, value] : call.body()["set_metadata"]["metadata"].items()) {
        if (value.is_string())
            aggregate.metadata[name] = value;
        else
            aggregate.metadata.erase(name);
    }
    save(call, txn, aggregate, "metadata_set");
    return Reply::ok({{"aggregate", aggregate_json(call, aggregate)}});
}

// Hosts fetch an image when the first server needs it, and keep it: to be asked to do so before is no more than a hint.
Reply cache_images(Call& call, Transaction& txn) {
    find_aggregate(call, txn);
    return Reply::accepted();
}

constexpr std::string_view kOne = "/v2.1/os-aggregates/{aggregate_id}";
constexpr std::string_view kAction = "/v2.1/os-aggregates/{aggregate_id}/action";

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::get,
     .path = "/v2.1/os-aggregates",
     .policy = {"os_compute_api:os-aggregates:index", kAdmin},
     .summary = "List host aggregates.",
     .handle = list_aggregates},
    {.method = http::Method::post,
     .path = "/v2.1/os-aggregates",
     .policy = {"os_compute_api:os-aggregates:create", kAdmin},
     .body = kCreate,
     .summary = "Make a host aggregate.",
     .handle = create_aggregate},
    {.method = http::Method::get,
     .path = kOne,
     .policy = {"os_compute_api:os-aggregates:show", kAdmin},
     .summary = "Show a host aggregate.",
     .handle = show_aggregate},
    {.method = http::Method::put,
     .path = kOne,
     .policy = {"os_compute_api:os-aggregates:update", kAdmin},
     .body = kUpdate,
     .summary = "Change a host aggregate's name or zone.",
     .handle = update_aggregate},
    {.method = http::Method::del,
     .path = kOne,
     .policy = {"os_compute_api:os-aggregates:delete", kAdmin},
     .summary = "Delete a host aggregate without hosts.",
     .handle = delete_aggregate},
    {.method = http::Method::post,
     .path = kAction,
     .action = "add_host",
     .policy = {"os_compute_api:os-aggregates:add_host", kAdmin},
     .body = kAddHost,
     .summary = "Add a host to an aggregate.",
     .handle = add_host},
    {.method = http::Method::post,
     .path = kAction,
     .action = "remove_host",
     .policy = {"os_compute_api:os-aggregates:remove_host", kAdmin},
     .body = kRemoveHost,
     .summary = "Take a host from an aggregate.",
     .handle = remove_host},
    {.method = http::Method::post,
     .path = kAction,
     .action = "set_metadata",
     .policy = {"os_compute_api:os-aggregates:set_metadata", kAdmin},
     .body = kSetMetadata,
     .summary = "Set, or by null remove, metadata of an aggregate.",
     .handle = set_metadata},
    {.method = http::Method::post,
     .path = "/v2.1/os-aggregates/{aggregate_id}/images",
     .since = {2, 81},
     .policy = {"compute:aggregate:images", kAdmin},
     .body = kImages,
     .success = 202,
     .summary = "Hint that an aggregate's hosts will need images.",
     .handle = cache_images},
};

}  // namespace

api::EndpointTable aggregate_endpoints() { return kTable; }

}  // namespace cumulet::compute::servers
