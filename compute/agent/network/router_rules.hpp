// Address translation of a router as nftables rules.
#pragma once

#include <cstdint>
#include <string>

#include "compute/protocol/network_state.hpp"

namespace cumulet::compute::agent::network {

// Where the metadata listener of a namespace waits; port 80 of 169.254.169.254 leads there.
inline constexpr std::uint16_t kMetadataPort = 9697;
inline constexpr const char* kMetadataAddress = "169.254.169.254";

// Body of table ip NAME in the router's namespace: floating IPs both ways, everything else behind the gateway's
// address, metadata to its listener.
std::string router_rules(const protocol::RouterState& router);
// Body of table ip NAME in a DHCP namespace: metadata to its listener.
std::string dhcp_rules();

}  // namespace cumulet::compute::agent::network
