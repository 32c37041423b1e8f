// Rows as the API shows them.
#pragma once

#include "compute/networks/api_list.hpp"
#include "compute/networks/network.hpp"
#include "compute/networks/port.hpp"
#include "compute/networks/router.hpp"
#include "compute/networks/security_group.hpp"

namespace cumulet::compute::networks {

json network_document(const Call& call, store::Transaction& txn, const Network& network);
json subnet_document(const Call& call, store::Transaction& txn, const Subnet& subnet);
json port_document(const Call& call, store::Transaction& txn, const Port& port);
json router_document(const Call& call, store::Transaction& txn, const Router& router);
json floating_ip_document(const Call& call, store::Transaction& txn, const FloatingIp& floating);
json security_group_document(const Call& call, store::Transaction& txn, const SecurityGroup& group);
json security_group_rule_document(const Call& call, store::Transaction& txn, const SecurityGroupRule& rule);

// The network-ip-availability document: how many addresses the subnets' pools hold and how many are taken.
json availability_document(store::Transaction& txn, const Network& network);

const ListSpec<Network>& network_list();
const ListSpec<Subnet>& subnet_list();
const ListSpec<Port>& port_list();
const ListSpec<Router>& router_list();
const ListSpec<FloatingIp>& floating_ip_list();
const ListSpec<SecurityGroup>& security_group_list();
const ListSpec<SecurityGroupRule>& security_group_rule_list();

}  // namespace cumulet::compute::networks
