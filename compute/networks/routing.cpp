#include "compute/networks/routing.hpp"

#include <algorithm>

#include "compute/networks/faults.hpp"
#include "compute/networks/ports.hpp"

namespace cumulet::compute::networks {

using api::Errc;
using api::Fault;

namespace {

// Every subnet that the router is on, gateway included.
std::vector<Subnet> connected_subnets(store::Transaction& txn, const Router& router) {
    std::vector<Subnet> subnets;
    auto add = [&](const Port& port) {
        for (const auto& fixed : port.fixed_ips)
            if (auto subnet = txn.peek<Subnet>(fixed.subnet_id)) subnets.push_back(std::move(*subnet));
    };
    for (const auto& port : interfaces_of(txn, router.id)) add(port);
    if (auto gateway = router.gateway_port_id.empty() ? std::nullopt : txn.peek<Port>(router.gateway_port_id))
        add(*gateway);
    return subnets;
}

void refuse_overlap_with_router(store::Transaction& txn, const Router& router, const Subnet& subnet) {
    const auto block = parse_block(subnet.cidr);
    for (const auto& other : connected_subnets(txn, router)) {
        if (other.id == subnet.id) throw bad_request("router", "Router already has a port on subnet " + subnet.id);
        if (auto taken = parse_block(other.cidr); block && taken && taken->overlaps(*block))
            throw bad_request("router", "Cidr " + subnet.cidr + " of subnet " + subnet.id + " overlaps with cidr " +
                                            other.cidr + " of subnet " + other.id);
    }
}

void touch(store::Transaction& txn, Router& router, std::string_view reason) {
    router.updated_at = txn.now();
    ++router.revision_number;
    txn.put(router, reason);
}

void clear_gateway(store::Transaction& txn, Router& router) {
    if (router.gateway_network_id.empty()) return;
    if (!txn.scan<FloatingIp>({.index = "router", .limit = 1}, router.id).empty())
        throw Fault(Errc::conflict,
                    "Gateway cannot be updated for router {}, since a gateway to external network {} is required by "
                    "one or more "
                    "floating IPs.",
                    router.id, router.gateway_network_id)
            .kind("RouterExternalGatewayInUseByFloatingIp");
    if (auto port = txn.get<Port>(router.gateway_port_id)) delete_port(txn, *port);
    router.gateway_network_id.clear();
    router.gateway_port_id.clear();
}

std::string choose_fixed_ip(const Port& port, const std::string& wanted) {
    std::vector<std::string> v4;
    for (const auto& fixed : port.fixed_ips)
        if (auto address = parse_address(fixed.ip_address); address && address->version == 4)
            v4.push_back(fixed.ip_address);
    if (!wanted.empty()) {
        if (std::ranges::find(v4, wanted) == v4.end())
            throw bad_request("floatingip", "Port " + port.id + " does not have fixed ip " + wanted);
        return wanted;
    }
    if (v4.empty())
        throw bad_request("floatingip",
                          "Cannot add floating IP to port " + port.id + " that has no fixed IPv4 addresses");
    if (v4.size() > 1)
        throw bad_request("floatingip",
                          "Port " + port.id +
                              " has multiple fixed IPv4 addresses. Must provide a specific IPv4 address when "
                              "assigning a floating IP");
    return v4.front();
}

std::optional<Router> router_between(store::Transaction& txn, const std::string& subnet_id,
                                     const std::string& network_id, const std::string& external_network_id) {
    std::optional<Router> found;
    txn.visit<Port>(
        {.index = "network"},
        [&](Port&& port) {
            if (port.device_owner != kOwnerRouterInterface) return true;
            if (std::ranges::find(port.fixed_ips, subnet_id, &FixedIp::subnet_id) == port.fixed_ips.end()) return true;
            auto router = txn.get<Router>(port.device_id);
            if (router && router->gateway_network_id == external_network_id) found = std::move(router);
            return !found;
        },
        network_id);
    return found;
}

}  // namespace

std::vector<Port> interfaces_of(store::Transaction& txn, const std::string& router_id) {
    auto ports = txn.scan<Port>({.index = "device"}, router_id);
    std::erase_if(ports, [](const Port& port) { return port.device_owner != kOwnerRouterInterface; });
    return ports;
}

Port add_interface(store::Transaction& txn, Random& random, Router& router, const Subnet& subnet) {
    if (subnet.gateway_ip.empty()) throw bad_request("router", "Subnet for router interface must have a gateway IP");
    refuse_overlap_with_router(txn, router, subnet);
    Port port;
    port.project_id = router.project_id;
    port.network_id = subnet.network_id;
    port.device_id = router.id;
    port.device_owner = kOwnerRouterInterface;
    port.status = "ACTIVE";
    port = create_port(txn, random, std::move(port),
                       {.addresses = std::vector<AddressWish>{{subnet.id, subnet.gateway_ip}},
                        .security_groups = std::vector<std::string>{}});
    touch(txn, router, "interface-added");
    return port;
}

Port add_interface(store::Transaction& txn, Router& router, Port port) {
    if (!port.device_id.empty())
        throw Fault(Errc::conflict,
                    "Unable to complete operation on port {} for network {}. Port already has an attached device {}.",
                    port.id, port.network_id, port.device_id)
            .kind("PortInUse");
    if (port.fixed_ips.empty()) throw bad_request("router", "Router port must have at least one fixed IP");
    for (const auto& fixed : port.fixed_ips)
        if (auto subnet = txn.peek<Subnet>(fixed.subnet_id)) refuse_overlap_with_router(txn, router, *subnet);
    change_groups(txn, port.security_groups, {});
    port.security_groups.clear();
    port.port_security_enabled = false;
    port.device_id = router.id;
    port.device_owner = kOwnerRouterInterface;
    port.status = "ACTIVE";
    update_port(txn, port, "interface-added");
    touch(txn, router, "interface-added");
    return port;
}

void remove_interface(store::Transaction& txn, Router& router, const Port& port) {
    for (const auto& fixed : port.fixed_ips) {
        auto subnet = txn.peek<Subnet>(fixed.subnet_id);
        auto block = subnet ? parse_block(subnet->cidr) : std::nullopt;
        if (!block) continue;
        for (const auto& floating : txn.scan<FloatingIp>({.index = "router"}, router.id))
            if (auto address = parse_address(floating.fixed_ip_address); address && block->contains(*address))
                throw Fault(
                    Errc::conflict,
                    "Router interface for subnet {} on router {} cannot be deleted, as it is required by one or more "
                    "floating IPs.",
                    subnet->id, router.id)
                    .kind("RouterInterfaceInUseByFloatingIP");
        for (const auto& route : router.routes)
            if (auto nexthop = parse_address(route.nexthop); nexthop && block->contains(*nexthop))
                throw Fault(Errc::conflict,
                            "Router interface for subnet {} on router {} cannot be deleted, as it is required by one "
                            "or more routes.",
                            subnet->id, router.id)
                    .kind("RouterInterfaceInUseByRoute");
    }
    delete_port(txn, port);
    touch(txn, router, "interface-removed");
}

void set_gateway(store::Transaction& txn, Random& random, Router& router, const std::optional<GatewayWish>& wish) {
    if (!wish) return clear_gateway(txn, router);
    router.enable_snat = wish->enable_snat.value_or(true);
    auto network = txn.get<Network>(wish->network_id);
    if (!network) throw network_not_found(wish->network_id);
    if (!network->external) throw bad_request("router", "Network " + network->id + " is not an external network");
    if (router.gateway_network_id == network->id) {
        auto port = txn.get<Port>(router.gateway_port_id);
        if (port && wish->addresses) {
            allocate_addresses(txn, random, *network, *port, *wish->addresses);
            update_port(txn, *port, "gateway");
        }
        return;
    }
    clear_gateway(txn, router);
    Port port;
    port.network_id = network->id;
    port.device_id = router.id;
    port.device_owner = kOwnerRouterGateway;
    port.status = "ACTIVE";
    port = create_port(txn, random, std::move(port),
                       {.addresses = wish->addresses, .security_groups = std::vector<std::string>{}});
    router.gateway_network_id = network->id;
    router.gateway_port_id = port.id;
}

void check_routes(store::Transaction& txn, const Router& router, const std::vector<Route>& routes) {
    const auto subnets = connected_subnets(txn, router);
    for (const auto& route : routes) {
        const auto nexthop = parse_address(route.nexthop);
        const auto destination = parse_block(route.destination);
        auto refuse = [&](std::string_view why) {
            throw Fault(Errc::bad_request, "Invalid format for routes: {} via {}, {}", route.destination, route.nexthop,
                        why)
                .kind("InvalidRoutes");
        };
        if (!nexthop || !destination) refuse("these are no addresses");
        const bool reachable = std::ranges::any_of(subnets, [&](const Subnet& subnet) {
            auto block = parse_block(subnet.cidr);
            return block && block->contains(*nexthop);
        });
        if (!reachable) refuse("the nexthop is not connected with router");
    }
}

void associate(store::Transaction& txn, FloatingIp& floating, const Port& port, const std::string& fixed_ip) {
    const auto fixed = choose_fixed_ip(port, fixed_ip);
    if (floating.port_id == port.id && floating.fixed_ip_address == fixed) return;
    if (auto other = txn.find<FloatingIp>("fixed", port.id, fixed); other && other->id != floating.id)
        throw Fault(Errc::conflict,
                    "Cannot associate floating IP {} ({}) with port {} using fixed IP {}, as that fixed IP already has "
                    "a floating "
                    "IP on external network {}.",
                    floating.floating_ip_address, floating.id, port.id, fixed, other->floating_network_id)
            .kind("FloatingIPPortAlreadyAssociated");
    const auto subnet_id = std::ranges::find(port.fixed_ips, fixed, &FixedIp::ip_address)->subnet_id;
    auto router = router_between(txn, subnet_id, port.network_id, floating.floating_network_id);
    if (!router)
        throw Fault(Errc::not_found,
                    "External network {} is not reachable from subnet {}. Therefore, cannot associate Port {} with a "
                    "Floating IP.",
                    floating.floating_network_id, subnet_id, port.id)
            .kind("ExternalGatewayForFloatingIPNotFound");
    floating.port_id = port.id;
    floating.fixed_ip_address = fixed;
    floating.router_id = router->id;
    floating.status = "ACTIVE";
    touch(txn, *router, "floating-ip");  // so that taking its gateway or interface away meanwhile is a conflict
}

}  // namespace cumulet::compute::networks
