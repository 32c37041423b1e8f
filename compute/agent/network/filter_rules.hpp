// Security groups and anti-spoofing as nftables rules.
//
// The kernel's bridge family has no connection tracking on many machines, so the work is split. In the bridge family
// each packet is checked against spoofing where it comes in, and marked with the number of its port. Bridged packets
// then pass through the inet family (the bridges are made so), where connections are tracked, in a zone a network
// because networks may overlap: going out of a guest is decided before routing by the mark of the port it came from;
// then the bridge's forward chain marks the packet anew, with the port it goes to, and coming in is decided in the inet
// forward chain by that mark.
#pragma once

#include <string>
#include <string_view>

#include "compute/protocol/network_state.hpp"

namespace cumulet::compute::agent::network {

struct FilterRules {
    std::string bridge;  // body of table bridge NAME
    std::string inet;    // body of table inet NAME
};

// What cannot be said in rules (an address that is none) is left out; nothing but checked addresses, MACs and numbers
// gets into the text. Every table on a host sees every packet's mark, and connection tracking is shared: `cloud`
// chooses marks and zones, so that clouds on one host keep out of each other's.
FilterRules filter_rules(const protocol::NetworkState& state, std::string_view cloud);

}  // namespace cumulet::compute::agent::network
