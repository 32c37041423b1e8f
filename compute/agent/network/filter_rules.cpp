#include "compute/agent/network/filter_rules.hpp"

#include <fmt/format.h>

#include <set>
#include <string>
#include <vector>

#include "compute/agent/network/checked.hpp"
#include "compute/agent/network/names.hpp"

namespace cumulet::compute::agent::network {

using protocol::GroupState;
using protocol::NetworkState;
using protocol::PortState;
using protocol::RuleState;

namespace {

// What a cloud numbers its ports and networks from: marks 0x4xxx0001 to 0x4xxxffff, 128 zones.
struct Numbers {
    std::uint32_t first_mark;
    int first_zone;
};

Numbers numbers_of(std::string_view cloud) {
    std::uint32_t hash = 2'166'136'261;  // FNV-1a: the same in every process
    for (const char c : cloud) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619;
    return {.first_mark = 0x40000001 | (hash & 0xfff) << 16, .first_zone = static_cast<int>(hash % 511) * 128 + 1};
}

// A port on a bridge, as the rules number it.
struct Numbered {
    std::string interface;
    std::uint32_t mark = 0;
    int zone = 0;
    const PortState* port = nullptr;  // null: the end of a router or DHCP server
    std::vector<std::string> dhcp;    // addresses of the network's DHCP server
};

std::string chain_id(std::string_view id) {
    std::string out;
    for (char c : id) out += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
    return out;
}

std::string joined(const std::vector<std::string>& parts) { return fmt::format("{}", fmt::join(parts, ", ")); }

std::vector<Numbered> number_ports(const NetworkState& state, const Numbers& numbers) {
    std::vector<Numbered> out;
    int zone = 0, next_zone = numbers.first_zone;
    auto add = [&](std::string interface, const PortState* port, const std::vector<std::string>& dhcp) {
        out.push_back(
            {std::move(interface), numbers.first_mark + static_cast<std::uint32_t>(out.size()), zone, port, dhcp});
    };
    for (const auto& network : state.networks) {
        // The host itself takes part in an external network, outside any zone; and those do not overlap.
        zone = network.external ? 0 : next_zone++;
        std::vector<std::string> dhcp;
        for (const auto& subnet : network.subnets)
            if (address_version(subnet.dhcp_address) == 4) dhcp.push_back(subnet.dhcp_address);
        for (const auto& port : network.ports)
            if (is_mac(port.mac)) add(tap_name(port.id), &port, dhcp);
        if (!network.dhcp_port_id.empty()) add(dhcp_host_end(network.dhcp_port_id), nullptr, {});
        for (const auto& router : state.routers) {
            for (const auto& interface : router.interfaces)
                if (interface.network_id == network.id) add(router_host_end(interface.port_id), nullptr, {});
            if (router.gateway && router.gateway->network_id == network.id)
                add(router_host_end(router.gateway->port_id), nullptr, {});
        }
    }
    return out;
}

// Which senders a port may claim to be: (MAC, address) pairs of one version.
std::vector<std::string> allowed_senders(const PortState& port, int version) {
    std::set<std::string> pairs;
    for (const auto& address : port.addresses)
        if (address_version(address) == version) pairs.insert(port.mac + " . " + address);
    for (const auto& pair : port.allowed_pairs)
        if (is_mac(pair.mac) && address_version(pair.address) == version) pairs.insert(pair.mac + " . " + pair.address);
    if (version == 6) pairs.insert(port.mac + " . " + link_local(port.mac));
    return {pairs.begin(), pairs.end()};
}

// Whether any of the pairs is a block: concatenations with blocks need another kind of set.
std::string set_flags(const std::vector<std::string>& pairs) {
    for (const auto& pair : pairs)
        if (pair.find('/') != std::string::npos) return "flags interval; ";
    return "";
}

std::string sender_set(const std::string& name, std::string_view type, const std::vector<std::string>& pairs) {
    if (pairs.empty()) return fmt::format(" set {} {{ type ether_addr . {}; }}\n", name, type);
    return fmt::format(" set {} {{ type ether_addr . {}; {}elements = {{ {} }} }}\n", name, type, set_flags(pairs),
                       joined(pairs));
}

std::string spoof_sets(const Numbered& port) {
    const auto id = chain_id(port.port->id);
    return sender_set("v4_" + id, "ipv4_addr", allowed_senders(*port.port, 4)) +
           sender_set("v6_" + id, "ipv6_addr", allowed_senders(*port.port, 6));
}

std::string spoof_chain(const Numbered& port) {
    const auto id = chain_id(port.port->id);
    std::string out = fmt::format(" chain from_{} {{\n", id);
    if (!port.port->admin_up) return out + "  drop\n }\n";
    if (!port.port->port_security) return out + "  accept\n }\n";
    // A guest is no DHCP server and no router of IPv6.
    out += "  ether type ip udp sport 67 udp dport 68 drop\n  ether type ip6 icmpv6 type nd-router-advert drop\n";
    out += fmt::format("  ether type ip ether saddr {} ip saddr 0.0.0.0 udp sport 68 udp dport 67 accept\n",
                       port.port->mac);
    out += fmt::format("  ether type ip ether saddr . ip saddr @v4_{} accept\n", id);
    out += fmt::format("  ether type arp arp saddr ether . arp saddr ip @v4_{} accept\n", id);
    out += fmt::format("  ether type arp arp saddr ether {} arp saddr ip 0.0.0.0 accept\n", port.port->mac);
    out += fmt::format("  ether type ip6 ether saddr . ip6 saddr @v6_{} accept\n", id);
    out += fmt::format("  ether type ip6 ether saddr {} ip6 saddr :: meta l4proto ipv6-icmp accept\n", port.port->mac);
    return out + "  drop\n }\n";
}

std::string bridge_table(const std::vector<Numbered>& ports) {
    std::vector<std::string> marks, checks, taps;
    std::string sets, chains;
    for (const auto& port : ports) {
        marks.push_back(fmt::format("\"{}\" : {:#x}", port.interface, port.mark));
        if (!port.port) continue;
        checks.push_back(fmt::format("\"{}\" : jump from_{}", port.interface, chain_id(port.port->id)));
        if (port.port->port_security) taps.push_back(marks.back());
        sets += spoof_sets(port);
        chains += spoof_chain(port);
    }
    std::string out =
        sets + chains + " chain prerouting {\n  type filter hook prerouting priority -300; policy accept;\n";
    if (!marks.empty()) out += fmt::format("  meta mark set iifname map {{ {} }}\n", joined(marks));
    if (!checks.empty()) out += fmt::format("  iifname vmap {{ {} }}\n", joined(checks));
    out += " }\n chain forward {\n  type filter hook forward priority -200; policy accept;\n";
    if (!marks.empty())
        out += fmt::format("  meta mark >= {:#x} meta mark <= {:#x} meta mark set 0\n", ports.front().mark,
                           ports.back().mark);
    if (!taps.empty()) out += fmt::format("  meta mark set oifname map {{ {} }}\n", joined(taps));
    return out + " }\n";
}

std::string match_protocol(const RuleState& rule) {
    if (rule.protocol.empty()) return "";
    const auto number = protocol_number(rule.protocol);
    if (!number) return "none";
    std::string out = fmt::format(" meta l4proto {}", *number);
    if (*number == 1 || *number == 58) {
        const char* family = *number == 1 ? "icmp" : "icmpv6";
        if (rule.port_min) out += fmt::format(" {} type {}", family, *rule.port_min);
        if (rule.port_max) out += fmt::format(" {} code {}", family, *rule.port_max);
    } else if (rule.port_min && rule.port_max) {
        out += *rule.port_min == *rule.port_max ? fmt::format(" th dport {}", *rule.port_min)
                                                : fmt::format(" th dport {}-{}", *rule.port_min, *rule.port_max);
    }
    return out;
}

// "" when the rule lets nothing through.
std::string rule_line(const RuleState& rule, bool ingress) {
    std::string out = rule.ip_version == 6 ? "  meta nfproto ipv6" : "  meta nfproto ipv4";
    if (!rule.any_remote) {
        std::vector<std::string> remotes;
        for (const auto& remote : rule.remotes)
            if (address_version(remote) == rule.ip_version) remotes.push_back(remote);
        if (remotes.empty()) return "";
        out += fmt::format(" {} {} {{ {} }}", rule.ip_version == 6 ? "ip6" : "ip", ingress ? "saddr" : "daddr",
                           joined(remotes));
    }
    const auto protocol = match_protocol(rule);
    return protocol == "none" ? "" : out + protocol + " accept\n";
}

std::string group_chains(const GroupState& group) {
    std::string in = fmt::format(" chain group_in_{} {{\n", chain_id(group.id)),
                out = fmt::format(" chain group_out_{} {{\n", chain_id(group.id));
    for (const auto& rule : group.rules) {
        if (rule.direction == "ingress") in += rule_line(rule, true);
        if (rule.direction == "egress") out += rule_line(rule, false);
    }
    return in + " }\n" + out + " }\n";
}

std::string port_chains(const Numbered& port, const std::set<std::string>& groups) {
    const auto id = chain_id(port.port->id);
    std::string in = fmt::format(" chain in_{} {{\n", id), out = fmt::format(" chain out_{} {{\n", id);
    for (auto* chain : {&in, &out}) *chain += "  ct state established,related accept\n  ct state invalid drop\n";
    // What every guest needs to have an address at all.
    if (!port.dhcp.empty())
        in += fmt::format("  ip saddr {{ {} }} udp sport 67 udp dport 68 accept\n", joined(port.dhcp));
    in += "  icmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, mld-listener-query } accept\n";
    out += "  udp sport 68 udp dport 67 accept\n";
    out +=
        "  icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert, mld-listener-report, "
        "mld2-listener-report } accept\n";
    for (const auto& group : port.port->groups) {
        if (!groups.contains(group)) continue;
        in += fmt::format("  jump group_in_{}\n", chain_id(group));
        out += fmt::format("  jump group_out_{}\n", chain_id(group));
    }
    return in + "  drop\n }\n" + out + "  drop\n }\n";
}

// Nothing of a project's network ends at this host or is routed by it, whatever a guest sends to the bridge's own MAC.
std::string host_chains(const NetworkState& state) {
    std::string input, forward;
    for (const auto& network : state.networks) {
        if (network.external) continue;
        const auto bridge = bridge_name(network.id);
        input += fmt::format("  iifname \"{}\" drop\n", bridge);
        forward += fmt::format("  iifname \"{0}\" oifname != \"{0}\" drop\n  oifname \"{0}\" iifname != \"{0}\" drop\n",
                               bridge);
    }
    return " chain to_host {\n  type filter hook input priority -10; policy accept;\n" + input +
           " }\n chain through_host {\n  type filter hook forward priority -20; policy accept;\n" + forward + " }\n";
}

std::string inet_table(const NetworkState& state, const std::vector<Numbered>& ports) {
    std::vector<std::string> zones, ins, outs, ours;
    std::string chains;
    std::set<std::string> groups;
    for (const auto& group : state.groups) {
        groups.insert(group.id);
        chains += group_chains(group);
    }
    for (const auto& port : ports) {
        if (port.zone != 0) zones.push_back(fmt::format("{:#x} : {}", port.mark, port.zone));
        if (!port.port || !port.port->port_security) continue;
        const auto id = chain_id(port.port->id);
        ins.push_back(fmt::format("{:#x} : jump in_{}", port.mark, id));
        outs.push_back(fmt::format("{:#x} : jump out_{}", port.mark, id));
        chains += port_chains(port, groups);
    }
    auto decide = [](const std::vector<std::string>& verdicts) {
        return verdicts.empty() ? std::string() : fmt::format("  meta mark vmap {{ {} }}\n", joined(verdicts));
    };
    std::string out =
        chains + host_chains(state) + " chain zones {\n  type filter hook prerouting priority -300; policy accept;\n";
    if (!zones.empty()) out += fmt::format("  ct zone set meta mark map {{ {} }}\n", joined(zones));
    out += " }\n chain from_guests {\n  type filter hook prerouting priority -150; policy accept;\n" + decide(outs);
    out += " }\n chain to_guests {\n  type filter hook forward priority -10; policy accept;\n" + decide(ins);
    return out + " }\n";
}

}  // namespace

FilterRules filter_rules(const NetworkState& state, std::string_view cloud) {
    const auto ports = number_ports(state, numbers_of(cloud));
    return {bridge_table(ports), inet_table(state, ports)};
}

}  // namespace cumulet::compute::agent::network
