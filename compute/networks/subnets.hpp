// The rules that a subnet's gateway, pools, routes and name servers obey.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "common/store/transaction.hpp"
#include "compute/networks/address.hpp"
#include "compute/networks/network.hpp"

namespace cumulet::compute::networks {

// allocation_pools as the body gives them. 400 for what are no addresses.
std::vector<AddressPool> read_pools(const nlohmann::json& pools);
// dns_nameservers and host_routes where the body has them.
void read_lists(Subnet& subnet, const nlohmann::json& item);
// As asked for, or by default: the first address is the gateway, all others are the pool.
void choose_gateway_and_pools(Subnet& subnet, const Block& block, const nlohmann::json& item);
// Throws InvalidInput, InvalidAllocationPool, OutOfBoundsAllocationPool, OverlappingAllocationPools,
// GatewayConflictWithAllocationPools.
void check_subnet(const Subnet& subnet, const Block& block);
// Throws InvalidInput when the network has a subnet that overlaps.
void refuse_overlap(store::Transaction& txn, const Network& network, const Subnet& subnet);
// A port, a router's as a rule, holds the gateway address.
bool gateway_in_use(store::Transaction& txn, const Subnet& subnet);

}  // namespace cumulet::compute::networks
