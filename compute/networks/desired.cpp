#include "compute/networks/desired.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "compute/model/host.hpp"
#include "compute/networks/address.hpp"
#include "compute/networks/allocation.hpp"
#include "compute/networks/network.hpp"
#include "compute/networks/port.hpp"
#include "compute/networks/security_group.hpp"

namespace cumulet::compute::networks {

namespace {

using protocol::GroupState;
using protocol::NetworkSegment;
using protocol::NetworkState;
using protocol::RouterState;
using protocol::RuleState;

std::vector<std::string> plain_addresses(const Port& port) {
    std::vector<std::string> out;
    for (const auto& fixed : port.fixed_ips) out.push_back(fixed.ip_address);
    return out;
}

std::string lease_hostname(const Port& port) {
    if (!port.dns_name.empty()) return port.dns_name;
    if (port.fixed_ips.empty()) return "";
    std::string name = "host-" + port.fixed_ips.front().ip_address;
    for (auto& c : name)
        if (c == '.' || c == ':') c = '-';
    return name;
}

protocol::PortState port_state(const Port& port) {
    protocol::PortState state;
    state.id = port.id;
    state.mac = port.mac_address;
    state.device_id = port.device_id;
    state.addresses = plain_addresses(port);
    for (const auto& pair : port.allowed_address_pairs)
        state.allowed_pairs.push_back(
            {pair.mac_address.empty() ? port.mac_address : pair.mac_address, pair.ip_address});
    state.port_security = port.port_security_enabled;
    state.admin_up = port.admin_state_up;
    state.groups = port.security_groups;
    return state;
}

protocol::SubnetState subnet_state(const Subnet& subnet) {
    protocol::SubnetState state;
    state.id = subnet.id;
    state.cidr = subnet.cidr;
    state.ip_version = subnet.ip_version;
    state.gateway_ip = subnet.gateway_ip;
    state.enable_dhcp = subnet.enable_dhcp;
    state.dns = subnet.dns_nameservers;
    for (const auto& route : subnet.host_routes) state.routes.push_back({route.destination, route.nexthop});
    state.ipv6_address_mode = subnet.ipv6_address_mode;
    return state;
}

void add_port(NetworkSegment& segment, const Port& port, const std::string& host, std::set<std::string>& peers) {
    auto in_subnet = [&](const std::string& id) {
        return std::ranges::find(segment.subnets, id, &protocol::SubnetState::id);
    };
    if (port.device_owner == kOwnerDhcp) {
        segment.dhcp_port_id = port.id;
        segment.dhcp_mac = port.mac_address;
        for (const auto& fixed : port.fixed_ips)
            if (auto subnet = in_subnet(fixed.subnet_id); subnet != segment.subnets.end())
                subnet->dhcp_address = fixed.ip_address;
        return;
    }
    if (port.device_owner == kOwnerRouterInterface) {
        for (const auto& fixed : port.fixed_ips)
            if (auto subnet = in_subnet(fixed.subnet_id);
                subnet != segment.subnets.end() && subnet->gateway_ip == fixed.ip_address)
                subnet->has_router = true;
        return;
    }
    if (port.device_owner.starts_with("network:")) return;
    if (!port.fixed_ips.empty())
        segment.leases.push_back(
            {port.id, port.mac_address, lease_hostname(port), plain_addresses(port), port.device_id});
    if (port.host == host)
        segment.ports.push_back(port_state(port));
    else if (!port.host.empty())
        peers.insert(port.host);
}

NetworkSegment segment_of(store::Transaction& txn, const Network& network, const std::string& host) {
    NetworkSegment segment;
    segment.id = network.id;
    segment.name = network.name;
    segment.project_id = network.project_id;
    segment.segment_id = network.segmentation_id;
    segment.mtu = network.mtu;
    segment.external = network.external;
    for (const auto& subnet : subnets_of(txn, network)) segment.subnets.push_back(subnet_state(subnet));
    std::set<std::string> peers;
    txn.visit<Port>(
        {.index = "network"}, [&](Port&& port) { return add_port(segment, port, host, peers), true; }, network.id);
    for (const auto& name : peers)
        if (auto peer = txn.peek<Host>(name); peer && !peer->address.empty()) segment.peers.push_back(peer->address);
    return segment;
}

std::vector<std::string> member_addresses(store::Transaction& txn, const std::string& group_id, int ip_version) {
    std::set<std::string> addresses;
    auto add = [&](const std::string& text) {
        if (auto block = parse_block(text); block && block->version() == ip_version) addresses.insert(text);
    };
    txn.visit<Port>(
        {.index = "group"},
        [&](Port&& port) {
            for (const auto& fixed : port.fixed_ips) add(fixed.ip_address);
            for (const auto& pair : port.allowed_address_pairs) add(pair.ip_address);
            return true;
        },
        group_id);
    return {addresses.begin(), addresses.end()};
}

GroupState group_state(store::Transaction& txn, const std::string& id) {
    GroupState state{id, {}};
    for (const auto& rule : txn.scan<SecurityGroupRule>({.index = "group"}, id)) {
        RuleState out;
        out.direction = rule.direction;
        out.ip_version = rule.ethertype == "IPv6" ? 6 : 4;
        out.protocol = rule.protocol;
        out.port_min = rule.port_min;
        out.port_max = rule.port_max;
        out.any_remote = rule.remote_prefix.empty() && rule.remote_group_id.empty();
        if (!rule.remote_prefix.empty()) out.remotes = {rule.remote_prefix};
        if (!rule.remote_group_id.empty()) out.remotes = member_addresses(txn, rule.remote_group_id, out.ip_version);
        state.rules.push_back(std::move(out));
    }
    return state;
}

// "10.0.0.1/24": the address with the length of its subnet's prefix.
protocol::RouterInterface interface_of(store::Transaction& txn, const Port& port) {
    protocol::RouterInterface out{port.id, port.network_id, port.mac_address, {}};
    for (const auto& fixed : port.fixed_ips)
        if (auto subnet = txn.peek<Subnet>(fixed.subnet_id))
            if (auto block = parse_block(subnet->cidr))
                out.addresses.push_back(fixed.ip_address + "/" + std::to_string(block->prefix));
    return out;
}

RouterState router_state(store::Transaction& txn, const Router& router) {
    RouterState state;
    state.id = router.id;
    state.admin_up = router.admin_state_up;
    state.snat = router.enable_snat;
    for (const auto& route : router.routes) state.routes.push_back({route.destination, route.nexthop});
    txn.visit<Port>(
        {.index = "device"},
        [&](Port&& port) {
            if (port.device_owner == kOwnerRouterInterface) state.interfaces.push_back(interface_of(txn, port));
            return true;
        },
        router.id);
    if (auto gateway = txn.peek<Port>(router.gateway_port_id); !router.gateway_port_id.empty() && gateway) {
        state.gateway = interface_of(txn, *gateway);
        std::set<int> versions;
        for (const auto& fixed : gateway->fixed_ips)
            if (auto subnet = txn.peek<Subnet>(fixed.subnet_id);
                subnet && !subnet->gateway_ip.empty() && versions.insert(subnet->ip_version).second)
                state.gateway_nexthops.push_back(subnet->gateway_ip);
    }
    for (const auto& floating : txn.scan<FloatingIp>({.index = "router"}, router.id))
        state.floating_ips.push_back({floating.floating_ip_address, floating.fixed_ip_address});
    return state;
}

std::string first_host(store::Transaction& txn) {
    for (const auto& host : txn.scan<Host>({.limit = 1})) return host.name;
    return "";
}

}  // namespace

std::string router_host(store::Transaction& txn, const Router& router) {
    if (!router.host.empty() && txn.peek<Host>(router.host)) return router.host;
    return first_host(txn);
}

NetworkState desired_network(store::Transaction& txn, const std::string& host) {
    NetworkState state;
    state.host = host;
    std::set<std::string> network_ids, group_ids;
    txn.visit<Port>(
        {.index = "host"},
        [&](Port&& port) {
            network_ids.insert(port.network_id);
            group_ids.insert(port.security_groups.begin(), port.security_groups.end());
            return true;
        },
        host);
    auto take_router = [&](Router&& router) {
        auto wanted = router_state(txn, router);
        if (wanted.interfaces.empty() && !wanted.gateway) return true;
        for (const auto& interface : wanted.interfaces) network_ids.insert(interface.network_id);
        if (wanted.gateway) network_ids.insert(wanted.gateway->network_id);
        state.routers.push_back(std::move(wanted));
        return true;
    };
    txn.visit<Router>({.index = "host"}, take_router, host);
    if (first_host(txn) == host)
        txn.visit<Router>({}, [&](Router&& router) {
            const bool elsewhere = !router.host.empty() && (router.host == host || txn.peek<Host>(router.host));
            return elsewhere || take_router(std::move(router));
        });
    for (const auto& id : network_ids)
        if (auto network = txn.peek<Network>(id)) state.networks.push_back(segment_of(txn, *network, host));
    for (const auto& id : group_ids) state.groups.push_back(group_state(txn, id));
    return state;
}

nlohmann::json network_state_for_host(store::Transaction& txn, const std::string& host) {
    return store::to_json(desired_network(txn, host));
}

}  // namespace cumulet::compute::networks
