// What a host's network must look like, computed from the records.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "common/store/transaction.hpp"
#include "compute/networks/router.hpp"
#include "compute/protocol/network_state.hpp"

namespace cumulet::compute::networks {

// Networks with ports bound to `host` or routers that run there, with everything the network engine needs to know of
// them. Reads without guarantees against changes: whoever polls sees the next state soon.
protocol::NetworkState desired_network(store::Transaction& txn, const std::string& host);
// The same as the internal API carries it.
nlohmann::json network_state_for_host(store::Transaction& txn, const std::string& host);

// Where a router runs: its own host while that is known, else the first host of all; empty without hosts.
std::string router_host(store::Transaction& txn, const Router& router);

}  // namespace cumulet::compute::networks
