// Routers and floating IPs.
#pragma once

#include <string>
#include <vector>

#include "common/store/record.hpp"
#include "compute/networks/network.hpp"

namespace cumulet::compute::networks {

// Its interfaces are ports (device_owner network:router_interface, device_id the router), its gateway is one too. The
// row is rewritten with each interface, which serialises them.
struct Router : Resource {
    bool admin_state_up = true;
    std::string status = "ACTIVE";
    std::string gateway_network_id;  // empty: no gateway
    std::string gateway_port_id;
    bool enable_snat = true;
    std::vector<Route> routes;
    std::string host;  // which host runs it; empty: not chosen yet
};

struct FloatingIp : Resource {
    std::string floating_network_id;
    std::string floating_ip_address;
    std::string floating_port_id;  // holds the address on the external network
    std::string port_id;           // empty: not associated
    std::string fixed_ip_address;
    std::string router_id;
    std::string status = "DOWN";
    std::string dns_domain, dns_name;
};

}  // namespace cumulet::compute::networks

template <>
struct cumulet::store::Describe<cumulet::compute::networks::Router> {
    using Router = cumulet::compute::networks::Router;
    static constexpr std::string_view collection = "router";
    static constexpr int version = 1;
    static constexpr auto key = List{&Router::id};
    static constexpr auto fields =
        join(cumulet::compute::networks::kResourceFields,
             List{field("admin_state_up", &Router::admin_state_up), field("status", &Router::status),
                  field("gateway_network_id", &Router::gateway_network_id),
                  field("gateway_port_id", &Router::gateway_port_id), field("enable_snat", &Router::enable_snat),
                  field("routes", &Router::routes), field("host", &Router::host)});
    static constexpr auto indexes = List{index("project", &Router::project_id), index("host", &Router::host)};
};

template <>
struct cumulet::store::Describe<cumulet::compute::networks::FloatingIp> {
    using Floating = cumulet::compute::networks::FloatingIp;
    static constexpr std::string_view collection = "floating_ip";
    static constexpr int version = 1;
    static constexpr auto key = List{&Floating::id};
    static constexpr auto fields =
        join(cumulet::compute::networks::kResourceFields,
             List{field("floating_network_id", &Floating::floating_network_id),
                  field("floating_ip_address", &Floating::floating_ip_address),
                  field("floating_port_id", &Floating::floating_port_id), field("port_id", &Floating::port_id),
                  field("fixed_ip_address", &Floating::fixed_ip_address), field("router_id", &Floating::router_id),
                  field("status", &Floating::status), field("dns_domain", &Floating::dns_domain),
                  field("dns_name", &Floating::dns_name)});
    static constexpr auto indexes =
        List{index("project", &Floating::project_id), index("port", &Floating::port_id),
             index("router", &Floating::router_id), unique("fixed", &Floating::port_id, &Floating::fixed_ip_address)};
};
