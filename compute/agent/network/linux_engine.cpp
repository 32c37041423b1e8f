#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>

#include "common/runtime/log.hpp"
#include "compute/agent/network/checked.hpp"
#include "compute/agent/network/dnsmasq.hpp"
#include "compute/agent/network/engine.hpp"
#include "compute/agent/network/filter_rules.hpp"
#include "compute/agent/network/names.hpp"
#include "compute/agent/network/namespaces.hpp"
#include "compute/agent/network/netlink.hpp"
#include "compute/agent/network/nft.hpp"
#include "compute/agent/network/router_rules.hpp"

namespace cumulet::compute::agent::network {

using protocol::NetworkSegment;
using protocol::NetworkState;
using protocol::RouterInterface;
using protocol::RouterState;

namespace {

namespace fs = std::filesystem;

void write_setting(const std::string& path, std::string_view value) {
    std::ofstream out(path);
    out << value;
    if (!out.flush()) throw std::runtime_error("writing " + path);
}

// Looked up now, because dnsmasq's command line is compared with what runs.
std::string find_program(const std::string& name) {
    if (name.find('/') != std::string::npos) return name;
    for (const char* folder : {"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/", "/usr/local/sbin/"})
        if (fs::exists(folder + name)) return folder + name;
    return name;
}

class LinuxEngine final : public NetworkEngine {
public:
    explicit LinuxEngine(LinuxOptions options) : options_(std::move(options)) {
        options_.dnsmasq = find_program(options_.dnsmasq);
    }

    void apply(const NetworkState& wanted) override;
    std::set<std::string> ready_ports() const override { return ready_; }
    void remove_all() override;
    std::string bridge(std::string_view network_id) const override { return bridge_name(network_id); }

private:
    // One namespace's end on a bridge.
    struct Plug {
        std::string host_end, inner_end, mac, network_id;
        std::set<std::string> addresses;
    };

    bool attempt(const std::string& what, const std::function<void()>& work);
    void ensure_bridge(const NetworkSegment& network);
    void ensure_plug(const std::string& name_space, const Plug& plug);
    void ensure_dhcp(const NetworkSegment& network);
    void ensure_router(const RouterState& router);
    void open_metadata(const std::string& name_space, std::vector<const NetworkSegment*> networks);
    void filter(const NetworkState& wanted);
    void masquerade(const NetworkState& wanted);
    void remove_unwanted();
    void remove_space(const std::string& name);
    Dnsmasq dnsmasq(const std::string& name_space) const {
        return {options_.dnsmasq, fs::path(options_.run_folder) / name_space, name_space};
    }
    std::int64_t mtu_of(const std::string& network_id) const;

    LinuxOptions options_;
    const NetworkState* wanted_ = nullptr;  // of the apply() that runs
    std::set<std::string> links_, spaces_;  // that are wanted
    std::set<std::string> ready_;           // ports
    std::exception_ptr first_failure_;
};

bool LinuxEngine::attempt(const std::string& what, const std::function<void()>& work) {
    try {
        work();
        return true;
    } catch (const std::exception& error) {
        log::warning("network: {}: {}", what, error.what());
        if (!first_failure_) first_failure_ = std::make_exception_ptr(std::runtime_error(what + ": " + error.what()));
        return false;
    }
}

void LinuxEngine::apply(const NetworkState& wanted) {
    wanted_ = &wanted;
    links_.clear();
    spaces_.clear();
    first_failure_ = nullptr;
    for (const auto& network : wanted.networks) {
        links_.insert(bridge_name(network.id));
        if (network.dhcp_port_id.empty()) continue;
        links_.insert(dhcp_host_end(network.dhcp_port_id));
        spaces_.insert(dhcp_namespace(options_.cloud, network.id));
    }
    for (const auto& router : wanted.routers) {
        if (!router.admin_up) continue;
        spaces_.insert(router_namespace(options_.cloud, router.id));
        for (const auto& interface : router.interfaces) links_.insert(router_host_end(interface.port_id));
        if (router.gateway) links_.insert(router_host_end(router.gateway->port_id));
    }
    // Rules come first for guests that are plugged in already: nothing runs unfiltered for a moment.
    const bool filtered = attempt("security groups", [&] { filter(wanted); });
    std::set<std::string> failed;
    for (const auto& network : wanted.networks)
        if (!attempt("network " + network.id, [&] { ensure_bridge(network); })) failed.insert(network.id);
    for (const auto& network : wanted.networks)
        if (!network.dhcp_port_id.empty() && !failed.contains(network.id) &&
            !attempt("DHCP of network " + network.id, [&] { ensure_dhcp(network); }))
            failed.insert(network.id);
    ready_.clear();
    for (const auto& network : wanted.networks)
        for (const auto& port : network.ports)
            if (filtered && !failed.contains(network.id)) ready_.insert(port.id);
    for (const auto& router : wanted.routers)
        if (router.admin_up) attempt("router " + router.id, [&] { ensure_router(router); });
    attempt("masquerading", [&] { masquerade(wanted); });
    attempt("what is not wanted any more", [&] { remove_unwanted(); });
    wanted_ = nullptr;
    if (first_failure_) std::rethrow_exception(first_failure_);
}

std::int64_t LinuxEngine::mtu_of(const std::string& network_id) const {
    auto found = std::ranges::find(wanted_->networks, network_id, &NetworkSegment::id);
    return found == wanted_->networks.end() ? 1500 : found->mtu;
}

void LinuxEngine::ensure_bridge(const NetworkSegment& network) {
    const auto name = bridge_name(network.id);
    Netlink netlink;
    auto link = netlink.link(name);
    if (link && link->kind != "bridge") throw std::runtime_error(name + " is there and is no bridge");
    if (!link) netlink.make_bridge(name);
    const auto alias = alias_prefix(options_.cloud) + network.id;
    if (!link || link->alias != alias) netlink.set_alias(name, alias);
    if (!link || link->mtu != network.mtu) netlink.set_mtu(name, static_cast<std::uint32_t>(network.mtu));
    netlink.filter_bridge(name);
    // The host has no address in a project's network, not even one it gave itself.
    if (!network.external) write_setting("/proc/sys/net/ipv6/conf/" + name + "/disable_ipv6", "1");
    // The host is an external network's gateway: that is how floating IPs are reached from here.
    std::set<std::string> addresses;
    if (network.external)
        for (const auto& subnet : network.subnets)
            if (address_version(subnet.gateway_ip) != 0)
                addresses.insert(subnet.gateway_ip +
                                 subnet.cidr.substr(std::min(subnet.cidr.find('/'), subnet.cidr.size())));
    netlink.converge_addresses(name, addresses);
    if (!link || !link->up) netlink.set_up(name);
}

void LinuxEngine::ensure_plug(const std::string& name_space, const Plug& plug) {
    Netlink netlink;
    const auto bridge = netlink.link(bridge_name(plug.network_id));
    if (!bridge) throw std::runtime_error("the bridge of network " + plug.network_id + " is missing");
    const auto mtu = static_cast<std::uint32_t>(mtu_of(plug.network_id));
    std::optional<Link> inner;
    run_in_namespace(name_space, [&] { inner = Netlink().link(plug.inner_end); });
    auto outer = netlink.link(plug.host_end);
    if (outer && (!inner || inner->mac != plug.mac)) {
        netlink.remove_link(plug.host_end);
        outer.reset();
        inner.reset();
    }
    if (!outer) {
        if (inner) run_in_namespace(name_space, [&] { Netlink().remove_link(plug.inner_end); });
        const auto space = open_namespace(name_space);
        netlink.make_veth({plug.host_end, plug.inner_end, plug.mac, space.get(), mtu});
    }
    const auto alias = alias_prefix(options_.cloud) + plug.network_id;
    if (!outer || outer->alias != alias) netlink.set_alias(plug.host_end, alias);
    if (!outer || outer->master != bridge->index) netlink.set_master(plug.host_end, bridge->index);
    if (!outer || outer->mtu != mtu) netlink.set_mtu(plug.host_end, mtu);
    if (!outer || !outer->up) netlink.set_up(plug.host_end);
    run_in_namespace(name_space, [&] {
        Netlink inside;
        auto link = inside.link(plug.inner_end);
        if (link && link->mtu != mtu) inside.set_mtu(plug.inner_end, mtu);
        if (!link || !link->up) inside.set_up(plug.inner_end);
        inside.converge_addresses(plug.inner_end, plug.addresses);
    });
}

std::string with_prefix_of(const std::string& address, const std::string& cidr) {
    const auto slash = cidr.find('/');
    return slash == std::string::npos ? address : address + cidr.substr(slash);
}

void LinuxEngine::ensure_dhcp(const NetworkSegment& network) {
    const auto name = dhcp_namespace(options_.cloud, network.id);
    ensure_namespace(name);
    Plug plug{
        dhcp_host_end(network.dhcp_port_id), dhcp_inner_end(network.dhcp_port_id), network.dhcp_mac, network.id, {}};
    std::set<RouteSpec> routes;
    for (const auto& subnet : network.subnets) {
        if (address_version(subnet.dhcp_address) == 0) continue;
        plug.addresses.insert(with_prefix_of(subnet.dhcp_address, subnet.cidr));
        // The way out, for name servers beyond the subnet.
        const int version = address_version(subnet.gateway_ip);
        if (version != 0 && std::ranges::none_of(routes, [&](const RouteSpec& route) {
                return address_version(route.nexthop) == version;
            }))
            routes.insert({version == 4 ? "0.0.0.0/0" : "::/0", subnet.gateway_ip});
    }
    plug.addresses.insert(std::string(kMetadataAddress) + "/32");
    ensure_plug(name, plug);
    run_in_namespace(name, [&] {
        Netlink().converge_routes(routes);
        RuleSet rules;
        rules.table("ip", table_name(options_.cloud), dhcp_rules());
        rules.apply();
    });
    auto server = dnsmasq(name);
    server.ensure(dhcp_config(network, fs::path(options_.run_folder) / name));
    open_metadata(name, {&network});
}

void LinuxEngine::ensure_router(const RouterState& router) {
    const auto name = router_namespace(options_.cloud, router.id);
    ensure_namespace(name);
    run_in_namespace(name, [] {
        write_setting("/proc/sys/net/ipv4/ip_forward", "1");
        write_setting("/proc/sys/net/ipv6/conf/all/forwarding", "1");
    });
    std::vector<const NetworkSegment*> networks;
    for (const auto& interface : router.interfaces) {
        ensure_plug(name, {router_host_end(interface.port_id),
                           router_inner_end(interface.port_id),
                           interface.mac,
                           interface.network_id,
                           {interface.addresses.begin(), interface.addresses.end()}});
        for (const auto& network : wanted_->networks)
            if (network.id == interface.network_id) networks.push_back(&network);
    }
    std::set<RouteSpec> routes;
    for (const auto& route : router.routes)
        if (address_version(route.destination) != 0 && address_version(route.nexthop) != 0)
            routes.insert({route.destination, route.nexthop});
    if (router.gateway) {
        Plug plug{router_host_end(router.gateway->port_id),
                  gateway_inner_end(router.gateway->port_id),
                  router.gateway->mac,
                  router.gateway->network_id,
                  {router.gateway->addresses.begin(), router.gateway->addresses.end()}};
        for (const auto& floating : router.floating_ips)
            if (address_version(floating.floating) == 4) plug.addresses.insert(floating.floating + "/32");
        ensure_plug(name, plug);
        for (const auto& nexthop : router.gateway_nexthops)
            routes.insert({address_version(nexthop) == 6 ? "::/0" : "0.0.0.0/0", nexthop});
    }
    run_in_namespace(name, [&] {
        // Interfaces of a gateway that the router does not have any more.
        Netlink netlink;
        for (const auto& [link_name, link] : netlink.links()) {
            const bool gateway = router.gateway && link_name == gateway_inner_end(router.gateway->port_id);
            const bool interface = std::ranges::any_of(router.interfaces, [&](const RouterInterface& each) {
                return link_name == router_inner_end(each.port_id);
            });
            if (link.kind == "veth" && !gateway && !interface) netlink.remove_link(link_name);
        }
        netlink.converge_routes(routes);
        RuleSet rules;
        rules.table("ip", table_name(options_.cloud), router_rules(router));
        rules.apply();
    });
    open_metadata(name, std::move(networks));
}

void LinuxEngine::open_metadata(const std::string& name_space, std::vector<const NetworkSegment*> networks) {
    if (!options_.metadata) return;
    std::map<std::string, MetadataClient> clients;
    for (const auto* network : networks)
        for (const auto& lease : network->leases)
            for (const auto& address : lease.addresses)
                clients[address] = {network->id, address, lease.port_id, lease.device_id};
    options_.metadata->open(
        name_space, kMetadataPort,
        [clients = std::move(clients)](const std::string& address) -> std::optional<MetadataClient> {
            auto found = clients.find(address);
            return found == clients.end() ? std::nullopt : std::optional(found->second);
        });
}

void LinuxEngine::filter(const NetworkState& wanted) {
    const auto rules = filter_rules(wanted, options_.cloud);
    RuleSet set;
    set.table("bridge", table_name(options_.cloud), rules.bridge);
    set.table("inet", table_name(options_.cloud), rules.inet);
    set.apply();
}

void LinuxEngine::masquerade(const NetworkState& wanted) {
    if (!options_.masquerade_external) return;
    std::string lines;
    for (const auto& network : wanted.networks)
        for (const auto& subnet : network.subnets)
            if (network.external && address_version(subnet.cidr) == 4)
                lines +=
                    fmt::format("  ip saddr {} oifname != \"{}\" masquerade\n", subnet.cidr, bridge_name(network.id));
    if (!lines.empty()) write_setting("/proc/sys/net/ipv4/ip_forward", "1");
    RuleSet rules;
    rules.table("ip", table_name(options_.cloud),
                " chain postrouting {\n  type nat hook postrouting priority 100; policy accept;\n" + lines + " }\n");
    rules.apply();
}

void LinuxEngine::remove_space(const std::string& name) {
    if (options_.metadata) options_.metadata->close(name);
    dnsmasq(name).remove();
    remove_namespace(name);
}

void LinuxEngine::remove_unwanted() {
    for (const auto& name : namespaces(namespace_prefix(options_.cloud)))
        if (!spaces_.contains(name)) attempt("removing " + name, [&] { remove_space(name); });
    Netlink netlink;
    for (const auto& [name, link] : netlink.links())
        if (link.alias.starts_with(alias_prefix(options_.cloud)) && !links_.contains(name))
            attempt("removing " + name, [&] { netlink.remove_link(name); });
    // Files of servers whose namespace went without us.
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(options_.run_folder, none))
        if (const auto name = entry.path().filename().string();
            name.starts_with(namespace_prefix(options_.cloud)) && !spaces_.contains(name))
            dnsmasq(name).remove();
}

void LinuxEngine::remove_all() {
    links_.clear();
    spaces_.clear();
    ready_.clear();
    first_failure_ = nullptr;
    if (options_.metadata) options_.metadata->close_all();
    remove_unwanted();
    for (const char* family : {"bridge", "inet", "ip"})
        attempt("removing rules", [&] { remove_table(family, table_name(options_.cloud)); });
    std::error_code none;
    fs::remove(options_.run_folder, none);  // only when nothing else is in it
    if (first_failure_) std::rethrow_exception(first_failure_);
}

}  // namespace

std::unique_ptr<NetworkEngine> make_linux_engine(LinuxOptions options) {
    const bool good =
        !options.cloud.empty() && options.cloud.size() <= 8 &&
        std::ranges::all_of(options.cloud, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
    if (!good) throw std::invalid_argument("a cloud's id has 1 to 8 letters and digits");
    return std::make_unique<LinuxEngine>(std::move(options));
}

bool remove_unused_network(const LinuxOptions& options) {
    std::set<int> bridges;
    bool anything = !namespaces(namespace_prefix(options.cloud)).empty() || fs::exists(options.run_folder);
    const auto links = Netlink().links();
    for (const auto& [name, link] : links) {
        if (!link.alias.starts_with(alias_prefix(options.cloud))) continue;
        anything = true;
        if (link.kind == "bridge") bridges.insert(link.index);
    }
    if (!anything) return true;
    for (const auto& [name, link] : links)
        if (bridges.contains(link.master) && !link.alias.starts_with(alias_prefix(options.cloud))) return false;
    make_linux_engine(options)->remove_all();
    return true;
}

std::string default_run_folder(std::string_view cloud) { return "/run/cumulet-" + std::string(cloud); }

}  // namespace cumulet::compute::agent::network
