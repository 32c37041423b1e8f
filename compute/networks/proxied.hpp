// What Nova's older API asks of this module: the same doings as behind Neutron's, with Neutron's bodies.
#pragma once

#include "compute/networks/api_common.hpp"
#include "compute/networks/router.hpp"
#include "compute/networks/security_group.hpp"

namespace cumulet::compute::networks {

// Faults as the network API words them; 409 SecurityGroupInUse, SecurityGroupCannotRemoveDefault.
void erase_group(const Call& call, store::Transaction& txn, SecurityGroup group);
// `item`: what POST /v2.0/security-group-rules takes.
SecurityGroupRule make_rule(Call& call, store::Transaction& txn, const json& item);
void erase_rule(store::Transaction& txn, const SecurityGroupRule& rule);
// `item`: what POST /v2.0/floatingips takes.
FloatingIp make_floating_ip(Call& call, store::Transaction& txn, const json& item);
// The address belongs to no port any more; the caller puts the row.
void dissociate(FloatingIp& floating);
void erase_floating_ip(store::Transaction& txn, const FloatingIp& floating);

}  // namespace cumulet::compute::networks
