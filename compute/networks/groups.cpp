#include "compute/networks/groups.hpp"

#include "compute/model/quota.hpp"

namespace cumulet::compute::networks {

namespace {

void add_rule(store::Transaction& txn, Random& random, const SecurityGroup& group, std::string direction,
              std::string ethertype, std::string remote_group) {
    SecurityGroupRule rule;
    rule.id = random.uuid();
    rule.project_id = group.project_id;
    rule.created_at = rule.updated_at = txn.now();
    rule.security_group_id = group.id;
    rule.direction = std::move(direction);
    rule.ethertype = std::move(ethertype);
    rule.remote_group_id = std::move(remote_group);
    quota_take(txn, group.project_id, "security_group_rule", 1);
    txn.put(rule, "created");
}

}  // namespace

SecurityGroup make_group(store::Transaction& txn, Random& random, SecurityGroup group) {
    group.id = random.uuid();
    group.created_at = group.updated_at = txn.now();
    group.revision_number = 1;
    quota_take(txn, group.project_id, "security_group", 1);
    txn.put(group, "created");
    for (const char* ethertype : {"IPv4", "IPv6"}) {
        if (group.is_default) add_rule(txn, random, group, "ingress", ethertype, group.id);
        add_rule(txn, random, group, "egress", ethertype, "");
    }
    return group;
}

SecurityGroup default_group(store::Transaction& txn, Random& random, const std::string& project_id) {
    if (auto group = txn.find<SecurityGroup>("default_of", project_id)) return *group;
    SecurityGroup group;
    group.project_id = project_id;
    group.name = "default";
    group.description = "Default security group";
    group.is_default = true;
    return make_group(txn, random, std::move(group));
}

}  // namespace cumulet::compute::networks
