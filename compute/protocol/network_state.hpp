// What the network of one host must look like: computed by the compute daemon from its records, carried out by the
// agent's network engine. It is whole, not a difference: what is not in it does not belong on the host.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compute/protocol/json.hpp"

namespace cumulet::compute::protocol {

struct RouteState {
    std::string destination, nexthop;
};

struct SubnetState {
    std::string id;
    std::string cidr;
    int ip_version = 4;
    std::string gateway_ip;  // empty: none
    bool enable_dhcp = true;
    std::string dhcp_address;  // of the DHCP server in this subnet; empty: none
    bool has_router = false;   // a router has an interface with the gateway address
    std::vector<std::string> dns;
    std::vector<RouteState> routes;
    std::string ipv6_address_mode;
};

// A name and address that DHCP hands out.
struct LeaseState {
    std::string port_id, mac, hostname;
    std::vector<std::string> addresses;
    std::string device_id;
};

struct AllowedPair {
    std::string mac, address;  // address may be a block
};

// A port that is plugged in on this host.
struct PortState {
    std::string id, mac, device_id;
    std::vector<std::string> addresses;
    std::vector<AllowedPair> allowed_pairs;
    bool port_security = true;
    bool admin_up = true;
    std::vector<std::string> groups;
};

struct NetworkSegment {
    std::string id, name, project_id;
    std::int64_t segment_id = 0;
    std::int64_t mtu = 1450;
    bool external = false;
    std::string dhcp_port_id, dhcp_mac;  // empty: no DHCP here
    std::vector<SubnetState> subnets;
    std::vector<LeaseState> leases;  // of the whole network, so that any host's server may answer
    std::vector<PortState> ports;    // of this host
    std::vector<std::string> peers;  // addresses of the other hosts that carry this network (tunnels)
};

struct RuleState {
    std::string direction;  // "ingress", "egress"
    int ip_version = 4;
    std::string protocol;  // name or number; empty: any
    std::optional<std::int64_t> port_min, port_max;
    bool any_remote = true;
    std::vector<std::string> remotes;  // blocks or addresses; with any_remote false and none of them nothing matches
};

// Rules once a group, with remote groups already turned into the addresses of their members.
struct GroupState {
    std::string id;
    std::vector<RuleState> rules;
};

struct RouterInterface {
    std::string port_id, network_id, mac;
    std::vector<std::string> addresses;  // with prefix: "10.0.0.1/24"
};

struct FloatingState {
    std::string floating, fixed;
};

struct RouterState {
    std::string id;
    bool admin_up = true;
    std::vector<RouterInterface> interfaces;
    std::optional<RouterInterface> gateway;
    std::vector<std::string> gateway_nexthops;  // default routes, a version each
    bool snat = true;
    std::vector<FloatingState> floating_ips;
    std::vector<RouteState> routes;
};

struct NetworkState {
    std::string host;
    std::vector<NetworkSegment> networks;
    std::vector<GroupState> groups;
    std::vector<RouterState> routers;
};

}  // namespace cumulet::compute::protocol

namespace cumulet::store {

template <>
struct Describe<compute::protocol::RouteState> {
    using T = compute::protocol::RouteState;
    static constexpr auto fields = List{field("destination", &T::destination), field("nexthop", &T::nexthop)};
};
template <>
struct Describe<compute::protocol::SubnetState> {
    using T = compute::protocol::SubnetState;
    static constexpr auto fields = List{field("id", &T::id),
                                        field("cidr", &T::cidr),
                                        field("ip_version", &T::ip_version),
                                        field("gateway_ip", &T::gateway_ip),
                                        field("enable_dhcp", &T::enable_dhcp),
                                        field("dhcp_address", &T::dhcp_address),
                                        field("has_router", &T::has_router),
                                        field("dns", &T::dns),
                                        field("routes", &T::routes),
                                        field("ipv6_address_mode", &T::ipv6_address_mode)};
};
template <>
struct Describe<compute::protocol::LeaseState> {
    using T = compute::protocol::LeaseState;
    static constexpr auto fields =
        List{field("port_id", &T::port_id), field("mac", &T::mac), field("hostname", &T::hostname),
             field("addresses", &T::addresses), field("device_id", &T::device_id)};
};
template <>
struct Describe<compute::protocol::AllowedPair> {
    using T = compute::protocol::AllowedPair;
    static constexpr auto fields = List{field("mac", &T::mac), field("address", &T::address)};
};
template <>
struct Describe<compute::protocol::PortState> {
    using T = compute::protocol::PortState;
    static constexpr auto fields = List{field("id", &T::id),
                                        field("mac", &T::mac),
                                        field("device_id", &T::device_id),
                                        field("addresses", &T::addresses),
                                        field("allowed_pairs", &T::allowed_pairs),
                                        field("port_security", &T::port_security),
                                        field("admin_up", &T::admin_up),
                                        field("groups", &T::groups)};
};
template <>
struct Describe<compute::protocol::NetworkSegment> {
    using T = compute::protocol::NetworkSegment;
    static constexpr auto fields = List{field("id", &T::id),
                                        field("name", &T::name),
                                        field("project_id", &T::project_id),
                                        field("segment_id", &T::segment_id),
                                        field("mtu", &T::mtu),
                                        field("external", &T::external),
                                        field("dhcp_port_id", &T::dhcp_port_id),
                                        field("dhcp_mac", &T::dhcp_mac),
                                        field("subnets", &T::subnets),
                                        field("leases", &T::leases),
                                        field("ports", &T::ports),
                                        field("peers", &T::peers)};
};
template <>
struct Describe<compute::protocol::RuleState> {
    using T = compute::protocol::RuleState;
    static constexpr auto fields = List{field("direction", &T::direction), field("ip_version", &T::ip_version),
                                        field("protocol", &T::protocol),   field("port_min", &T::port_min),
                                        field("port_max", &T::port_max),   field("any_remote", &T::any_remote),
                                        field("remotes", &T::remotes)};
};
template <>
struct Describe<compute::protocol::GroupState> {
    using T = compute::protocol::GroupState;
    static constexpr auto fields = List{field("id", &T::id), field("rules", &T::rules)};
};
template <>
struct Describe<compute::protocol::RouterInterface> {
    using T = compute::protocol::RouterInterface;
    static constexpr auto fields = List{field("port_id", &T::port_id), field("network_id", &T::network_id),
                                        field("mac", &T::mac), field("addresses", &T::addresses)};
};
template <>
struct Describe<compute::protocol::FloatingState> {
    using T = compute::protocol::FloatingState;
    static constexpr auto fields = List{field("floating", &T::floating), field("fixed", &T::fixed)};
};
template <>
struct Describe<compute::protocol::RouterState> {
    using T = compute::protocol::RouterState;
    static constexpr auto fields = List{field("id", &T::id),
                                        field("admin_up", &T::admin_up),
                                        field("interfaces", &T::interfaces),
                                        field("gateway", &T::gateway),
                                        field("gateway_nexthops", &T::gateway_nexthops),
                                        field("snat", &T::snat),
                                        field("floating_ips", &T::floating_ips),
                                        field("routes", &T::routes)};
};
template <>
struct Describe<compute::protocol::NetworkState> {
    using T = compute::protocol::NetworkState;
    static constexpr auto fields = List{field("host", &T::host), field("networks", &T::networks),
                                        field("groups", &T::groups), field("routers", &T::routers)};
};

}  // namespace cumulet::store
