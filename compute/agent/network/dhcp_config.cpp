#include <fmt/format.h>

#include "compute/agent/network/checked.hpp"
#include "compute/agent/network/dnsmasq.hpp"
#include "compute/agent/network/names.hpp"
#include "compute/agent/network/router_rules.hpp"

namespace cumulet::compute::agent::network {

namespace {

constexpr int kLeaseSeconds = 86400;

// A tag that ties a range, its options and its hosts together; dnsmasq takes letters and digits.
std::string tag_of(std::size_t index) { return "subnet" + std::to_string(index); }

bool serves(const protocol::SubnetState& subnet) {
    return subnet.enable_dhcp && address_version(subnet.cidr) == 4 && address_version(subnet.dhcp_address) == 4;
}

std::string subnet_options(const protocol::NetworkSegment& network, const protocol::SubnetState& subnet,
                           const std::string& tag) {
    std::string out;
    auto option = [&](std::string_view name, const std::string& value) {
        out += fmt::format("tag:{},option:{},{}\n", tag, name, value);
    };
    const bool gateway = address_version(subnet.gateway_ip) == 4;
    std::vector<std::string> servers;
    for (const auto& server : subnet.dns)
        if (address_version(server) == 4) servers.push_back(server);
    option("dns-server", servers.empty() ? subnet.dhcp_address : fmt::format("{}", fmt::join(servers, ",")));
    option("mtu", std::to_string(network.mtu));
    std::vector<std::string> routes;
    for (const auto& route : subnet.routes)
        if (address_version(route.destination) == 4 && address_version(route.nexthop) == 4)
            routes.push_back(route.destination + "," + route.nexthop);
    // Without a router nobody but this server can lead to the metadata service.
    if (!subnet.has_router) routes.push_back(fmt::format("{}/32,{}", kMetadataAddress, subnet.dhcp_address));
    // Clients that understand routes ignore the router option, so the default route is said in both.
    if (gateway) {
        option("router", subnet.gateway_ip);
        if (!routes.empty()) routes.push_back("0.0.0.0/0," + subnet.gateway_ip);
    } else {
        out += fmt::format("tag:{},option:router\n", tag);
    }
    if (!routes.empty()) {
        option("classless-static-route", fmt::format("{}", fmt::join(routes, ",")));
        out += fmt::format("tag:{},249,{}\n", tag, fmt::join(routes, ","));
    }
    return out;
}

}  // namespace

DhcpConfig dhcp_config(const protocol::NetworkSegment& network, const std::filesystem::path& folder) {
    DhcpConfig config;
    config.arguments = {"--conf-file=/dev/null",
                        "--no-hosts",
                        "--no-resolv",
                        "--bind-interfaces",
                        "--except-interface=lo",
                        "--interface=" + dhcp_inner_end(network.dhcp_port_id),
                        "--pid-file=" + (folder / "pid").string(),
                        "--dhcp-hostsfile=" + (folder / "hosts").string(),
                        "--dhcp-optsfile=" + (folder / "options").string(),
                        "--dhcp-leasefile=/dev/null",
                        "--leasefile-ro",
                        "--dhcp-authoritative",
                        "--dhcp-no-override",
                        "--no-ping",
                        "--domain=openstacklocal",
                        "--local=/openstacklocal/"};
    for (std::size_t i = 0; i < network.subnets.size(); ++i) {
        const auto& subnet = network.subnets[i];
        if (!serves(subnet)) continue;
        const auto slash = subnet.cidr.find('/');
        const int prefix = slash == std::string::npos ? 32 : std::stoi(subnet.cidr.substr(slash + 1));
        const std::uint32_t mask = prefix == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix);
        config.arguments.push_back(fmt::format("--dhcp-range=set:{},{},static,{}.{}.{}.{},{}s", tag_of(i),
                                               without_prefix(subnet.cidr), mask >> 24, mask >> 16 & 255,
                                               mask >> 8 & 255, mask & 255, kLeaseSeconds));
        config.options += subnet_options(network, subnet, tag_of(i));
    }
    for (const auto& lease : network.leases) {
        if (!is_mac(lease.mac)) continue;
        for (const auto& address : lease.addresses)
            if (address_version(address) == 4)
                config.hosts +=
                    fmt::format("{},{},{}\n", lease.mac, is_plain_name(lease.hostname) ? lease.hostname : "*", address);
    }
    return config;
}

}  // namespace cumulet::compute::agent::network
