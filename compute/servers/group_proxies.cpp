// Security groups through Nova, as clients knew them before 2.36: Nova's words for Neutron's records.
#include "compute/networks/address.hpp"
#include "compute/networks/groups.hpp"
#include "compute/networks/proxied.hpp"
#include "compute/servers/api.hpp"
#include "compute/servers/group_view.hpp"
#include "compute/servers/rules.hpp"

namespace cumulet::compute::servers {
namespace {

using api::Call;
using api::Errc;
using api::Fault;
using api::Reply;
using networks::SecurityGroup;
using networks::SecurityGroupRule;
using nlohmann::json;
using store::Transaction;

constexpr api::Schema kGroup{R"({"type": "object", "required": ["security_group"], "additionalProperties": false,
    "properties": {"security_group": {"type": "object", "required": ["name"], "additionalProperties": false, "properties": {
      "name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "\\S"},
      "description": {"type": ["string", "null"], "maxLength": 255}}}}})"};
constexpr api::Schema kRule{R"({"type": "object", "required": ["security_group_rule"], "additionalProperties": false,
    "properties": {"security_group_rule": {"type": "object", "required": ["parent_group_id"], "additionalProperties": false,
      "properties": {"parent_group_id": {"type": ["string", "integer"]}, "group_id": {"type": ["string", "integer", "null"]},
      "ip_protocol": {"type": ["string", "null"], "maxLength": 40}, "cidr": {"type": ["string", "null"], "maxLength": 64},
      "from_port": {"type": ["string", "integer", "null"], "pattern": "^-?[0-9]{1,9}$"},
      "to_port": {"type": ["string", "integer", "null"], "pattern": "^-?[0-9]{1,9}$"}}}}})"};

// What Neutron calls a conflict was a bad request here.
template <class Work>
auto in_novas_words(Work&& work) {
    try {
        return work();
    } catch (const Fault& fault) {
        if (fault.code() == Errc::conflict) throw Fault(Errc::bad_request, "{}", fault.what());
        throw;
    }
}

SecurityGroup visible_group(const Call& call, Transaction& txn, const std::string& id) {
    auto group = txn.get<SecurityGroup>(id);
    if (!group || (group->project_id != call.actor().project_id && !call.actor().is_admin()))
        throw Fault(Errc::not_found, "Security group {} not found.", id);
    return *std::move(group);
}

Reply list_groups(Call& call, Transaction& txn) {
    const auto& project = call.actor().project_id;
    networks::default_group(txn, call.random(), project);
    const bool all = call.actor().is_admin() && call.query("all_tenants").has_value();
    json items = json::array();
    for (const auto& group : all ? txn.scan<SecurityGroup>({}) : txn.scan<SecurityGroup>({.index = "project"}, project))
        items.push_back(group_json(txn, group));
    return Reply::ok({{"security_groups", items}});
}

Reply create_group(Call& call, Transaction& txn) {
    const auto& asked = call.body()["security_group"];
    SecurityGroup group;
    group.project_id = call.actor().project_id;
    group.name = asked["name"];
    if (asked.contains("description") && asked["description"].is_string()) group.description = asked["description"];
    networks::default_group(txn, call.random(), group.project_id);
    if (group.name == "default") throw Fault(Errc::bad_request, "Security group default already exists.");
    return Reply::ok({{"security_group", group_json(txn, networks::make_group(txn, call.random(), std::move(group)))}});
}

Reply show_group(Call& call, Transaction& txn) {
    return Reply::ok({{"security_group", group_json(txn, visible_group(call, txn, call.path("group_id")))}});
}

Reply update_group(Call& call, Transaction& txn) {
    auto group = visible_group(call, txn, call.path("group_id"));
    const auto& asked = call.body()["security_group"];
    if (group.is_default) throw Fault(Errc::bad_request, "Unable to update system group 'default'");
    group.name = asked["name"];
    if (asked.contains("description") && asked["description"].is_string()) group.description = asked["description"];
    group.updated_at = txn.now();
    ++group.revision_number;
    txn.put(group, "updated");
    return Reply::ok({{"security_group", group_json(txn, group)}});
}

Reply delete_group(Call& call, Transaction& txn) {
    auto group = visible_group(call, txn, call.path("group_id"));
    if (group.is_default) throw Fault(Errc::bad_request, "Unable to delete system group 'default'");
    in_novas_words([&] { networks::erase_group(call, txn, std::move(group)); });
    return Reply::accepted();
}

std::string id_of(const json& asked, const char* member) {
    if (!asked.contains(member) || asked[member].is_null()) return "";
    if (!asked[member].is_string() || !is_uuid(asked[member].get<std::string>()))
        throw Fault(Errc::bad_request, "Security group id should be uuid");
    return asked[member];
}

std::optional<std::int64_t> port_of(const json& asked, const char* member) {
    if (!asked.contains(member) || asked[member].is_null()) return std::nullopt;
    return asked[member].is_string() ? std::stoll(asked[member].get<std::string>()) : asked[member].get<std::int64_t>();
}

// The rule as Neutron takes it.
json neutron_rule(const json& asked, const std::string& parent) {
    json rule{{"security_group_id", parent}, {"direction", "ingress"}};
    std::string protocol = asked.contains("ip_protocol") && asked["ip_protocol"].is_string()
                               ? asked["ip_protocol"].get<std::string>()
                               : "";
    std::transform(protocol.begin(), protocol.end(), protocol.begin(), [](unsigned char c) { return std::tolower(c); });
    const auto remote = id_of(asked, "group_id");
    const auto from = port_of(asked, "from_port"), to = port_of(asked, "to_port");
    if (!protocol.empty()) {
        if (protocol != "tcp" && protocol != "udp" && protocol != "icmp")
            throw Fault(Errc::bad_request, "Invalid IP protocol {}.", protocol);
        rule["protocol"] = protocol;
    } else if (remote.empty()) {
        throw Fault(Errc::bad_request, "Not enough parameters to build a valid rule.");
    }
    const bool any = from == -1 && to == -1;
    if (from && to && *from > *to) throw Fault(Errc::bad_request, "Invalid port range {}:{}.", *from, *to);
    if (any && protocol != "icmp" && !protocol.empty())
        throw Fault(Errc::bad_request, "Invalid port range -1:-1. Valid TCP ports should be between 1-65535");
    if (!any && from) rule["port_range_min"] = *from;
    if (!any && to && *to != -1) rule["port_range_max"] = *to;
    if (!remote.empty()) {
        rule["remote_group_id"] = remote;
        return rule;
    }
    const auto cidr =
        asked.contains("cidr") && asked["cidr"].is_string() ? asked["cidr"].get<std::string>() : "0.0.0.0/0";
    const auto block = networks::parse_block(cidr);
    if (!block) throw Fault(Errc::bad_request, "Invalid cidr {}.", cidr);
    rule["remote_ip_prefix"] = cidr;
    rule["ethertype"] = block->version() == 6 ? "IPv6" : "IPv4";
    return rule;
}

Reply create_rule(Call& call, Transaction& txn) {
    const auto& asked = call.body()["security_group_rule"];
    const auto parent = id_of(asked, "parent_group_id");
    const auto rule = neutron_rule(asked, visible_group(call, txn, parent).id);
    if (const auto remote = id_of(asked, "group_id"); !remote.empty()) visible_group(call, txn, remote);
    const auto made = in_novas_words([&] { return networks::make_rule(call, txn, rule); });
    return Reply::ok({{"security_group_rule", rule_json(txn, made)}});
}

Reply delete_rule(Call& call, Transaction& txn) {
    const auto& id = call.path("rule_id");
    if (!is_uuid(id)) throw Fault(Errc::bad_request, "Rule id {} is not a uuid.", id);
    const auto rule = txn.get<SecurityGroupRule>(id);
    if (!rule || (rule->project_id != call.actor().project_id && !call.actor().is_admin()))
        throw Fault(Errc::not_found, "Security group rule {} not found.", id);
    networks::erase_rule(txn, *rule);
    return Reply::accepted();
}

constexpr api::Version kLast{2, 35};
constexpr std::string_view kOne = "/v2.1/os-security-groups/{group_id}";

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::get,
     .path = "/v2.1/os-security-groups",
     .until = kLast,
     .policy = {"os_compute_api:os-security-groups:get", kReader},
     .summary = "List security groups, in Nova's words.",
     .handle = list_groups},
    {.method = http::Method::post,
     .path = "/v2.1/os-security-groups",
     .until = kLast,
     .policy = {"os_compute_api:os-security-groups:create", kMember},
     .body = kGroup,
     .summary = "Make a security group.",
     .handle = create_group},
    {.method = http::Method::get,
     .path = kOne,
     .until = kLast,
     .policy = {"os_compute_api:os-security-groups:show", kReader},
     .summary = "Show a security group, in Nova's words.",
     .handle = show_group},
    {.method = http::Method::put,
     .path = kOne,
     .until = kLast,
     .policy = {"os_compute_api:os-security-groups:update", kMember},
     .body = kGroup,
     .summary = "Rename or describe a security group.",
     .handle = update_group},
    {.method = http::Method::del,
     .path = kOne,
     .until = kLast,
     .policy = {"os_compute_api:os-security-groups:delete", kMember},
     .success = 202,
     .summary = "Delete a security group that no port is in.",
     .handle = delete_group},
    {.method = http::Method::post,
     .path = "/v2.1/os-security-group-rules",
     .until = kLast,
     .policy = {"os_compute_api:os-security-groups:rule:create", kMember},
     .body = kRule,
     .summary = "Let traffic in.",
     .handle = create_rule},
    {.method = http::Method::del,
     .path = "/v2.1/os-security-group-rules/{rule_id}",
     .until = kLast,
     .policy = {"os_compute_api:os-security-groups:rule:delete", kMember},
     .success = 202,
     .summary = "Delete a rule.",
     .handle = delete_rule},
};

}  // namespace

api::EndpointTable group_proxy_endpoints() { return kTable; }

}  // namespace cumulet::compute::servers
