// Making, changing and removing ports: the one way for the API, servers, routers and DHCP alike.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/runtime/ids.hpp"
#include "common/store/transaction.hpp"
#include "compute/networks/allocation.hpp"
#include "compute/networks/port.hpp"

namespace cumulet::compute::networks {

struct PortWishes {
    std::optional<std::vector<AddressWish>> addresses;        // nullopt: automatic
    std::optional<std::vector<std::string>> security_groups;  // ids; nullopt: the project's default group
    std::vector<int> versions = {4, 6};                       // of automatic addresses
};

// `port` comes with project, network and what else the caller set; id, MAC (when empty), addresses, groups, times are
// filled in. Written when this returns. Faults as in allocation.hpp, over_limit (quota.hpp), MacAddressInUse,
// SecurityGroupNotFound.
Port create_port(store::Transaction& txn, Random& random, Port port, const PortWishes& wishes);

// Takes the groups of `after` instead of those of `before` (holds move; existence is checked).
void change_groups(store::Transaction& txn, const std::vector<std::string>& before,
                   const std::vector<std::string>& after);

// Writes a changed port: revision and time move.
void update_port(store::Transaction& txn, Port& port, std::string_view reason);

// Frees addresses, groups, quota, takes floating IPs off, erases the row.
void delete_port(store::Transaction& txn, Port port);

// Takes floating IPs off the port; with `address` only those on that address.
void disassociate_floating_ips(store::Transaction& txn, const std::string& port_id, std::string_view address = {});

// A port with an address in each subnet that has DHCP: made, changed or removed as the subnets want it.
void converge_dhcp_port(store::Transaction& txn, Random& random, const std::string& network_id);

bool is_router_port(const Port& port);

}  // namespace cumulet::compute::networks
