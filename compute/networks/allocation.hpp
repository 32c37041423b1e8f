// Giving addresses and MACs to ports.
#pragma once

#include <string>
#include <vector>

#include "common/runtime/ids.hpp"
#include "common/store/transaction.hpp"
#include "compute/networks/address.hpp"
#include "compute/networks/network.hpp"
#include "compute/networks/port.hpp"

namespace cumulet::compute::networks {

// What a port asks for: a subnet, an address, or both; an entry with neither is not valid.
struct AddressWish {
    std::string subnet_id, ip_address;
};

// The subnets of a network in the order of their making.
std::vector<Subnet> subnets_of(store::Transaction& txn, const Network& network);

// Nothing was asked for: takes one address of each of these versions that the network has subnets of.
// IpAddressGenerationFailure.
void allocate_automatically(store::Transaction& txn, Random& random, const Network& network, Port& port,
                            const std::vector<int>& versions);
// Fulfils the wishes for `port` (network, MAC and owner set): fills port.fixed_ips and writes the allocation rows.
// Addresses that the port holds already and asks for again are kept. Faults: InvalidIpForNetwork, InvalidIpForSubnet,
// SubnetNotFound, IpAddressInUse, IpAddressGenerationFailure.
void allocate_addresses(store::Transaction& txn, Random& random, const Network& network, Port& port,
                        const std::vector<AddressWish>& wishes);
void release_addresses(store::Transaction& txn, Port& port);

// A MAC that nobody in the network has.
std::string allocate_mac(store::Transaction& txn, Random& random, const std::string& network_id);

}  // namespace cumulet::compute::networks
