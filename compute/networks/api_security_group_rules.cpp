#include <charconv>

#include "common/runtime/text.hpp"
#include "compute/model/quota.hpp"
#include "compute/networks/address.hpp"
#include "compute/networks/documents.hpp"
#include "compute/networks/groups.hpp"
#include "compute/networks/proxied.hpp"
#include "compute/networks/rules.hpp"
#include "compute/networks/schema.hpp"
#include "compute/networks/service.hpp"

namespace cumulet::compute::networks {

using api::Errc;
using api::Fault;

namespace {

constexpr std::string_view kSingular = "security_group_rule", kPlural = "security_group_rules";
constexpr std::string_view kProperties = R"J(
 "security_group_id":{"$ref":"#/definitions/id"},"direction":{"enum":["ingress","egress"]},
 "ethertype":{"enum":["IPv4","IPv6","ipv4","ipv6",null]},"protocol":{"type":["string","integer","null"],"maxLength":40},
 "port_range_min":{"$ref":"#/definitions/number"},"port_range_max":{"$ref":"#/definitions/number"},
 "remote_ip_prefix":{"$ref":"#/definitions/text"},"remote_group_id":{"$ref":"#/definitions/id_or_null"},
 "remote_address_group_id":{"type":"null"})J";

const std::set<std::string_view> kProtocols{
    "ah",   "dccp",       "egp",       "esp",       "gre",        "icmp",      "icmpv6",     "igmp",
    "ipip", "ipv6-encap", "ipv6-frag", "ipv6-icmp", "ipv6-nonxt", "ipv6-opts", "ipv6-route", "ospf",
    "pgm",  "rsvp",       "sctp",      "tcp",       "udp",        "udplite",   "vrrp"};

std::string read_protocol(const json& item, const std::string& ethertype) {
    auto member = item.find("protocol");
    if (member == item.end() || member->is_null()) return "";
    std::string protocol = member->is_string() ? text::to_lower(member->get<std::string>()) : member->dump();
    if (protocol.empty() || protocol == "any") return "";
    int number = -1;
    const auto [end, error] = std::from_chars(protocol.data(), protocol.data() + protocol.size(), number);
    const bool numeric = error == std::errc{} && end == protocol.data() + protocol.size();
    if (numeric ? number < 0 || number > 255 : !kProtocols.contains(protocol))
        throw Fault(Errc::bad_request,
                    "Security group rule protocol {} not supported: a known name or a number from 0 to 255.", protocol)
            .kind("SecurityGroupRuleInvalidProtocol");
    if (protocol == "6") return "tcp";
    if (protocol == "17") return "udp";
    if (protocol == "1") return "icmp";
    if (ethertype == "IPv6" && (protocol == "icmp" || protocol == "icmpv6" || protocol == "58")) return "ipv6-icmp";
    return protocol;
}

bool has_ports(std::string_view protocol) {
    return protocol == "tcp" || protocol == "udp" || protocol == "sctp" || protocol == "dccp" || protocol == "udplite";
}

void check_ports(const SecurityGroupRule& rule) {
    if (!rule.port_min && !rule.port_max) return;
    if (rule.protocol.empty())
        throw Fault(Errc::bad_request, "Must also specify protocol if port range is given.")
            .kind("SecurityGroupProtocolRequiredWithPorts");
    if (rule.protocol == "icmp" || rule.protocol == "ipv6-icmp") {
        if (!rule.port_min)
            throw Fault(Errc::bad_request,
                        "ICMP code (port-range-max) {} is provided but ICMP type (port-range-min) is missing.",
                        *rule.port_max)
                .kind("SecurityGroupMissingIcmpType");
        for (const auto& value : {rule.port_min, rule.port_max})
            if (value && (*value < 0 || *value > 255))
                throw Fault(Errc::bad_request, "Invalid value for ICMP type or code: {}. It must be from 0 to 255.",
                            *value)
                    .kind("SecurityGroupInvalidIcmpValue");
        return;
    }
    if (!has_ports(rule.protocol))
        throw Fault(Errc::bad_request,
                    "Invalid protocol {} for port range, only supported for TCP, UDP, UDPLITE, SCTP and DCCP.",
                    rule.protocol)
            .kind("SecurityGroupInvalidProtocolForPort");
    if (!rule.port_min || !rule.port_max || *rule.port_min > *rule.port_max || *rule.port_min < 1 ||
        *rule.port_max > 65535)
        throw Fault(Errc::bad_request,
                    "For TCP/UDP protocols, port_range_min must be <= port_range_max, and both from 1 to 65535")
            .kind("SecurityGroupInvalidPortRange");
}

void read_remote(Call& call, store::Transaction& txn, SecurityGroupRule& rule, const json& item) {
    rule.remote_group_id = text_of(item, "remote_group_id");
    const auto prefix = text_of(item, "remote_ip_prefix");
    if (!prefix.empty() && !rule.remote_group_id.empty())
        throw Fault(Errc::bad_request, "Only remote_ip_prefix or remote_group_id may be provided.")
            .kind("SecurityGroupRemoteGroupAndRemoteIpPrefix");
    if (!rule.remote_group_id.empty())
        find_visible(call, txn, security_group_list(), rule.remote_group_id, security_group_not_found);
    if (prefix.empty()) return;
    const auto block = parse_block(prefix);
    if (!block) throw invalid_input("'" + prefix + "' is not a valid CIDR");
    if (block->version() != (rule.ethertype == "IPv6" ? 6 : 4))
        throw Fault(Errc::bad_request, "Conflicting value ethertype {} for CIDR {}", rule.ethertype, prefix)
            .kind("SecurityGroupRuleParameterConflict");
    rule.remote_prefix = block->text();
}

}  // namespace

SecurityGroupRule make_rule(Call& call, store::Transaction& txn, const json& item) {
    const auto group_id = text_of(item, "security_group_id");
    if (group_id.empty()) throw invalid_input("security_group_id is required");
    if (!has(item, "direction")) throw invalid_input("direction is required: ingress or egress");
    auto group = find_visible(call, txn, security_group_list(), group_id, security_group_not_found);
    SecurityGroupRule rule;
    fill_new(call, txn, rule, item);
    rule.project_id = group.project_id;
    rule.security_group_id = group.id;
    rule.direction = text_of(item, "direction");
    rule.ethertype = text::iequals(text_of(item, "ethertype", "IPv4"), "IPv6") ? "IPv6" : "IPv4";
    rule.protocol = read_protocol(item, rule.ethertype);
    if (rule.ethertype == "IPv4" && rule.protocol == "ipv6-icmp")
        throw Fault(Errc::bad_request, "Invalid ethertype IPv4 for protocol ipv6-icmp.")
            .kind("SecurityGroupEthertypeConflictWithProtocol");
    auto port = [&](std::string_view name) {
        return has(item, name) ? std::optional(number_of(item, name, 0)) : std::nullopt;
    };
    rule.port_min = port("port_range_min");
    rule.port_max = port("port_range_max");
    if (rule.protocol.empty() && rule.port_min == 1 && rule.port_max == 65535)
        rule.port_min = rule.port_max = std::nullopt;
    check_ports(rule);
    read_remote(call, txn, rule, item);
    if (auto same = txn.find<SecurityGroupRule>("meaning", group.id, store::Describe<SecurityGroupRule>::meaning(rule)))
        throw Fault(Errc::conflict, "Security group rule already exists. Rule id is {}.", same->id)
            .kind("SecurityGroupRuleExists");
    within_quota("security_group_rule", [&] { quota_take(txn, group.project_id, "security_group_rule", 1); });
    txn.put(rule, "created");
    // The group's revision moves, so that deleting the group meanwhile is a conflict.
    group.updated_at = txn.now();
    ++group.revision_number;
    txn.put(group, "rule-added");
    return rule;
}

void erase_rule(store::Transaction& txn, const SecurityGroupRule& rule) {
    quota_take(txn, rule.project_id, "security_group_rule", -1);
    txn.erase(rule, "deleted");
    if (auto group = txn.get<SecurityGroup>(rule.security_group_id)) {
        group->updated_at = txn.now();
        ++group->revision_number;
        txn.put(*group, "rule-removed");
    }
}

namespace {

Reply list_rules(Call& call, store::Transaction& txn) {
    if (const auto& project = call.actor().project_id; !project.empty()) default_group(txn, call.random(), project);
    return list_rows(call, txn, security_group_rule_list());
}

Reply create_rules(Call& call, store::Transaction& txn) {
    std::vector<json> documents;
    for (const auto& item : items_of(call, kSingular, kPlural))
        documents.push_back(security_group_rule_document(call, txn, make_rule(call, txn, item)));
    return created(call, kSingular, kPlural, std::move(documents));
}

SecurityGroupRule visible_rule(Call& call, store::Transaction& txn) {
    return find_visible(call, txn, security_group_rule_list(), call.path("security_group_rule_id"),
                        security_group_rule_not_found);
}

Reply show_rule(Call& call, store::Transaction& txn) {
    return Reply::ok(
        {{kSingular, with_fields(call, security_group_rule_document(call, txn, visible_rule(call, txn)))}});
}

Reply delete_rule(Call& call, store::Transaction& txn) {
    erase_rule(txn, visible_rule(call, txn));
    return Reply::no_content();
}

using http::Method;

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v2.0/security-group-rules",
     .policy = Policy{"get_security_group_rule", kReader},
     .target = own_target,
     .summary = "List rules of security groups.",
     .handle = list_rules},
    {.method = Method::post,
     .path = "/v2.0/security-group-rules",
     .policy = Policy{"create_security_group_rule", kMember},
     .target = own_target,
     .body = {schema::kCreate<kSingular, kPlural, kProperties>},
     .success = 201,
     .summary = "Let traffic in or out: one rule or several.",
     .handle = create_rules},
    {.method = Method::get,
     .path = "/v2.0/security-group-rules/{security_group_rule_id}",
     .policy = Policy{"get_security_group_rule", kReader},
     .target = own_target,
     .summary = "Show a rule.",
     .handle = show_rule},
    {.method = Method::del,
     .path = "/v2.0/security-group-rules/{security_group_rule_id}",
     .policy = Policy{"delete_security_group_rule", kMember},
     .target = own_target,
     .success = 204,
     .summary = "Delete a rule.",
     .handle = delete_rule},
};

}  // namespace

api::EndpointTable security_group_rule_endpoints() { return kEndpoints; }

}  // namespace cumulet::compute::networks
