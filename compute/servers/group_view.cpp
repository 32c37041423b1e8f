#include "compute/servers/group_view.hpp"

namespace cumulet::compute::servers {

using networks::SecurityGroup;
using networks::SecurityGroupRule;
using nlohmann::json;

json rule_json(store::Transaction& txn, const SecurityGroupRule& rule) {
    json document{{"id", rule.id},
                  {"parent_group_id", rule.security_group_id},
                  {"ip_protocol", rule.protocol.empty() ? json(nullptr) : json(rule.protocol)},
                  {"from_port", rule.port_min ? json(*rule.port_min) : json(nullptr)},
                  {"to_port", rule.port_max ? json(*rule.port_max) : json(nullptr)},
                  {"group", json::object()},
                  {"ip_range", json::object()}};
    // Any type and code.
    if (rule.protocol == "icmp" && !rule.port_min) document["from_port"] = document["to_port"] = -1;
    if (auto remote = rule.remote_group_id.empty() ? std::nullopt : txn.peek<SecurityGroup>(rule.remote_group_id))
        document["group"] = {{"name", remote->name}, {"tenant_id", remote->project_id}};
    else if (!rule.remote_prefix.empty())
        document["ip_range"] = {{"cidr", rule.remote_prefix}};
    return document;
}

json group_json(store::Transaction& txn, const SecurityGroup& group) {
    json rules = json::array();
    for (const auto& rule : txn.scan<SecurityGroupRule>({.index = "group"}, group.id))
        if (rule.direction == "ingress") rules.push_back(rule_json(txn, rule));
    return {{"id", group.id},
            {"name", group.name},
            {"description", group.description},
            {"tenant_id", group.project_id},
            {"rules", rules}};
}

}  // namespace cumulet::compute::servers
