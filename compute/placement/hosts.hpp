// Hosts as their agents report them, and whether an agent is heard of.
#pragma once

#include <optional>
#include <string>

#include "common/runtime/ids.hpp"
#include "common/store/transaction.hpp"
#include "compute/model/host.hpp"

namespace cumulet::compute::placement {

// How long an agent may be silent before its host counts as down (Nova's service_down_time).
inline constexpr Duration kDownAfter = std::chrono::seconds(60);
// A pulse younger than this is not written again, so that hosts at rest cost the store little.
inline constexpr Duration kPulseEvery = std::chrono::seconds(10);

// Inserts or refreshes a host from what its agent says (name, address, inventory, capabilities, ratios). What belongs
// to the operator (disabled, forced_down, zone after the first time) and the ids stay. Nothing is written when nothing
// changed.
Host register_host(store::Transaction& txn, Random& random, Host reported);

// The agent was heard now. Writes at most every kPulseEvery.
void pulse(store::Transaction& txn, const std::string& host);

bool is_up(const Host& host, const std::optional<HostPulse>& pulse, Timestamp now, Duration down_after = kDownAfter);
// Unknown hosts are down.
bool is_up(store::Transaction& txn, const std::string& host, Duration down_after = kDownAfter);

}  // namespace cumulet::compute::placement
