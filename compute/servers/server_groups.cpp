// os-server-groups.
#include <charconv>

#include "compute/model/quota.hpp"
#include "compute/model/server_group.hpp"
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

constexpr api::Schema kCreate{R"({"type": "object", "required": ["server_group"], "additionalProperties": false,
    "properties": {"server_group": {"type": "object", "required": ["name"], "additionalProperties": false, "properties": {
      "name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^\\S(.*\\S)?$"},
      "policies": {"type": "array", "minItems": 1, "maxItems": 1, "x-until": "2.63", "items": {"type": "string",
        "enum": ["anti-affinity", "affinity", "soft-anti-affinity", "soft-affinity"]}},
      "policy": {"type": "string", "x-since": "2.64",
        "enum": ["anti-affinity", "affinity", "soft-anti-affinity", "soft-affinity"]},
      "rules": {"type": "object", "x-since": "2.64", "additionalProperties": false, "properties": {
        "max_server_per_host": {"type": ["integer", "string"], "pattern": "^[1-9][0-9]{0,5}$", "minimum": 1}}}
    }}}})"};

json group_json(const Call& call, const ServerGroup& group) {
    json document{{"id", group.id}, {"name", group.name}, {"members", group.members}};
    if (call.at_least({2, 64})) {
        document["policy"] = group.policy;
        document["rules"] = json::object();
        if (group.max_server_per_host > 0) document["rules"]["max_server_per_host"] = group.max_server_per_host;
    } else {
        document["policies"] = json::array({group.policy});
        document["metadata"] = json::object();
    }
    if (call.at_least({2, 13})) {
        document["project_id"] = group.project_id;
        document["user_id"] = group.user_id;
    }
    return document;
}

ServerGroup find_group(Call& call, Transaction& txn) {
    auto group = txn.get<ServerGroup>(call.path("group_id"));
    if (!group || (group->project_id != call.actor().project_id && !call.actor().is_admin()))
        throw Fault(Errc::not_found, "Instance group {} could not be found.", call.path("group_id"));
    return *std::move(group);
}

Reply list_groups(Call& call, Transaction& txn) {
    const bool all = call.actor().is_admin() && call.query("all_projects").has_value();
    auto groups =
        all ? txn.scan<ServerGroup>({}) : txn.scan<ServerGroup>({.index = "project"}, call.actor().project_id);
    const auto number = [&](const char* name, std::size_t fallback) -> std::size_t {
        const auto text = call.query(name);
        if (!text) return fallback;
        std::size_t value = 0;
        const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
        if (error != std::errc() || end != text->data() + text->size())
            throw Fault(Errc::bad_request, "Invalid input for query parameters {}. Value: {}. It is not a number", name,
                        *text);
        return value;
    };
    const auto offset = number("offset", 0);
    const auto limit = std::min(number("limit", groups.size()), call.module<Settings>().max_page);
    json items = json::array();
    for (auto at = offset; at < groups.size() && items.size() < limit; ++at)
        items.push_back(group_json(call, groups[at]));
    return Reply::ok({{"server_groups", items}});
}

Reply create_group(Call& call, Transaction& txn) {
    const auto& asked = call.body()["server_group"];
    const char* member = call.at_least({2, 64}) ? "policy" : "policies";
    if (!asked.contains(member))
        throw Fault(Errc::bad_request, "Invalid input for field/attribute server_group. '{}' is a required property",
                    member);
    ServerGroup group;
    group.id = call.random().uuid();
    group.name = asked["name"];
    group.project_id = call.actor().project_id;
    group.user_id = call.actor().user_id;
    group.policy = asked[member].is_array() ? asked[member][0] : asked[member];
    group.created_at = txn.now();
    if (group.policy.starts_with("soft-") && !call.at_least({2, 15}))
        throw Fault(Errc::bad_request,
                    "Invalid input for field/attribute policies. '{}' is not one of "
                    "['anti-affinity', 'affinity']",
                    group.policy);
    if (asked.contains("rules") && asked["rules"].contains("max_server_per_host")) {
        if (group.policy != "anti-affinity")
            throw Fault(Errc::bad_request, "Only anti-affinity policy supports rules.");
        const auto& most = asked["rules"]["max_server_per_host"];
        group.max_server_per_host = most.is_string() ? std::stoll(most.get<std::string>()) : most.get<std::int64_t>();
    }
    quota_take(txn, group.project_id, "server_groups", 1);
    txn.put(group, "created");
    return Reply::ok({{"server_group", group_json(call, group)}});
}

Reply show_group(Call& call, Transaction& txn) {
    return Reply::ok({{"server_group", group_json(call, find_group(call, txn))}});
}

Reply delete_group(Call& call, Transaction& txn) {
    const auto group = find_group(call, txn);
    quota_take(txn, group.project_id, "server_groups", -1);
    txn.erase(group, "deleted");
    return Reply::no_content();
}

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::get,
     .path = "/v2.1/os-server-groups",
     .policy = {"os_compute_api:os-server-groups:index", kReader},
     .summary = "List server groups.",
     .handle = list_groups},
    {.method = http::Method::post,
     .path = "/v2.1/os-server-groups",
     .policy = {"os_compute_api:os-server-groups:create", kMember},
     .body = kCreate,
     .summary = "Make a server group.",
     .handle = create_group},
    {.method = http::Method::get,
     .path = "/v2.1/os-server-groups/{group_id}",
     .policy = {"os_compute_api:os-server-groups:show", kReader},
     .summary = "Show a server group.",
     .handle = show_group},
    {.method = http::Method::del,
     .path = "/v2.1/os-server-groups/{group_id}",
     .policy = {"os_compute_api:os-server-groups:delete", kMember},
     .success = 204,
     .summary = "Delete a server group; its servers stay.",
     .handle = delete_group},
};

}  // namespace

api::EndpointTable server_group_endpoints() { return kTable; }

}  // namespace cumulet::compute::servers
