// Security groups and their rules.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/store/record.hpp"
#include "compute/networks/network.hpp"

namespace cumulet::compute::networks {

struct SecurityGroup : Resource {
    bool stateful = true;
    bool is_default = false;  // the project's own: one a project, not to be deleted or renamed
};

struct SecurityGroupRule : Resource {
    std::string security_group_id;
    std::string direction;                           // "ingress", "egress"
    std::string ethertype;                           // "IPv4", "IPv6"
    std::string protocol;                            // name or number; empty: any
    std::optional<std::int64_t> port_min, port_max;  // ICMP: type and code
    std::string remote_prefix;                       // empty: any
    std::string remote_group_id;
};

}  // namespace cumulet::compute::networks

template <>
struct cumulet::store::Describe<cumulet::compute::networks::SecurityGroup> {
    using Group = cumulet::compute::networks::SecurityGroup;
    static constexpr std::string_view collection = "security_group";
    static constexpr int version = 1;
    static constexpr auto key = List{&Group::id};
    static constexpr auto fields =
        join(cumulet::compute::networks::kResourceFields,
             List{field("stateful", &Group::stateful), field("is_default", &Group::is_default)});
    static constexpr auto default_of = [](const Group& group) {
        return group.is_default ? group.project_id : std::string();
    };
    static constexpr auto indexes = List{index("project", &Group::project_id), unique("default_of", default_of)};
};

template <>
struct cumulet::store::Describe<cumulet::compute::networks::SecurityGroupRule> {
    using Rule = cumulet::compute::networks::SecurityGroupRule;
    static constexpr std::string_view collection = "security_group_rule";
    static constexpr int version = 1;
    static constexpr auto key = List{&Rule::id};
    static constexpr auto fields =
        join(cumulet::compute::networks::kResourceFields,
             List{field("security_group_id", &Rule::security_group_id), field("direction", &Rule::direction),
                  field("ethertype", &Rule::ethertype), field("protocol", &Rule::protocol),
                  field("port_min", &Rule::port_min), field("port_max", &Rule::port_max),
                  field("remote_prefix", &Rule::remote_prefix), field("remote_group_id", &Rule::remote_group_id)});
    // What the rule says, as one text: a group holds no rule twice.
    static constexpr auto meaning = [](const Rule& rule) {
        auto number = [](const std::optional<std::int64_t>& value) { return value ? std::to_string(*value) : "-"; };
        return rule.direction + "|" + rule.ethertype + "|" + rule.protocol + "|" + number(rule.port_min) + "|" +
               number(rule.port_max) + "|" + rule.remote_prefix + "|" + rule.remote_group_id;
    };
    static constexpr auto indexes =
        List{index("project", &Rule::project_id), index("group", &Rule::security_group_id),
             index("remote_group", &Rule::remote_group_id), unique("meaning", &Rule::security_group_id, meaning)};
};
