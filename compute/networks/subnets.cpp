#include "compute/networks/subnets.hpp"

#include <algorithm>

#include "compute/networks/allocation.hpp"
#include "compute/networks/api_common.hpp"
#include "compute/networks/faults.hpp"

namespace cumulet::compute::networks {

using api::Errc;
using api::Fault;

namespace {

struct PoolSpan {
    Address first, last;
};

// Everything that hosts may have, the gateway left out.
std::vector<AddressPool> default_pools(const Subnet& subnet, const Block& block) {
    Address first = block.first, last = block.last();
    const int width = block.version() == 4 ? 32 : 128;
    if (block.prefix < width - 1) {
        first = first.plus(1);  // the network's own address, or the routers' anycast address
        if (block.version() == 4) last = Address{4, last.value - 1};
    }
    const auto gateway = parse_address(subnet.gateway_ip);
    if (!gateway || !block.contains(*gateway)) return {{first.text(), last.text()}};
    std::vector<AddressPool> pools;
    if (gateway->value > first.value)
        pools.push_back({first.text(), Address{first.version, gateway->value - 1}.text()});
    if (gateway->value < last.value) pools.push_back({gateway->plus(1).text(), last.text()});
    return pools;
}

std::vector<PoolSpan> check_pools(const Subnet& subnet, const Block& block) {
    std::vector<PoolSpan> spans;
    for (const auto& pool : subnet.allocation_pools) {
        const auto start = parse_address(pool.start), end = parse_address(pool.end);
        const auto shown = pool.start + "-" + pool.end;
        if (!start || !end || start->version != block.version() || end->version != block.version() ||
            end->value < start->value)
            throw Fault(Errc::bad_request, "The allocation pool {} is not valid.", shown).kind("InvalidAllocationPool");
        if (!block.contains(*start) || !block.contains(*end))
            throw Fault(Errc::bad_request, "The allocation pool {} spans beyond the subnet cidr {}.", shown,
                        subnet.cidr)
                .kind("OutOfBoundsAllocationPool");
        for (const auto& other : spans)
            if (start->value <= other.last.value && other.first.value <= end->value)
                throw Fault(Errc::conflict, "Found overlapping allocation pools: {} {}-{} for subnet {}.", shown,
                            other.first.text(), other.last.text(), subnet.cidr)
                    .kind("OverlappingAllocationPools");
        spans.push_back({*start, *end});
    }
    return spans;
}

void check_gateway(const Subnet& subnet, const Block& block, const std::vector<PoolSpan>& pools) {
    if (subnet.gateway_ip.empty()) return;
    const auto gateway = parse_address(subnet.gateway_ip);
    if (!gateway || gateway->version != block.version())
        throw invalid_input("'" + subnet.gateway_ip + "' is not a valid gateway of " + subnet.cidr);
    const bool plain_v4 = block.version() == 4 && block.prefix < 31;
    if (plain_v4 && (*gateway == block.first || *gateway == block.last()))
        throw invalid_input("Gateway is not valid on subnet");
    for (const auto& pool : pools)
        if (gateway->value >= pool.first.value && gateway->value <= pool.last.value)
            throw Fault(Errc::conflict, "Gateway ip {} conflicts with allocation pool {}-{}.", subnet.gateway_ip,
                        pool.first.text(), pool.last.text())
                .kind("GatewayConflictWithAllocationPools");
}

}  // namespace

std::vector<AddressPool> read_pools(const json& pools) {
    std::vector<AddressPool> out;
    for (const auto& pool : pools) {
        const auto start = parse_address(pool.at("start").get<std::string>()),
                   end = parse_address(pool.at("end").get<std::string>());
        if (!start || !end) throw invalid_input("an allocation pool is not made of IP addresses");
        out.push_back({start->text(), end->text()});
    }
    return out;
}

void read_lists(Subnet& subnet, const json& item) {
    if (item.contains("dns_nameservers"))
        subnet.dns_nameservers = has(item, "dns_nameservers")
                                     ? item.at("dns_nameservers").get<std::vector<std::string>>()
                                     : std::vector<std::string>{};
    if (!item.contains("host_routes")) return;
    subnet.host_routes.clear();
    if (has(item, "host_routes"))
        for (const auto& route : item.at("host_routes"))
            subnet.host_routes.push_back(
                {route.at("destination").get<std::string>(), route.at("nexthop").get<std::string>()});
}

void choose_gateway_and_pools(Subnet& subnet, const Block& block, const json& item) {
    const int width = block.version() == 4 ? 32 : 128;
    if (item.contains("gateway_ip")) {
        subnet.gateway_ip = text_of(item, "gateway_ip");
        if (auto gateway = parse_address(subnet.gateway_ip)) subnet.gateway_ip = gateway->text();
    } else if (block.prefix < width - 1) {
        subnet.gateway_ip = block.first.plus(1).text();
    }
    subnet.allocation_pools =
        has(item, "allocation_pools") ? read_pools(item.at("allocation_pools")) : default_pools(subnet, block);
}

void check_subnet(const Subnet& subnet, const Block& block) {
    check_gateway(subnet, block, check_pools(subnet, block));
    if (block.prefix == 0) throw invalid_input("0 is not allowed as CIDR prefix length");
    if (subnet.dns_nameservers.size() > 5) throw invalid_input("a subnet has at most 5 DNS name servers");
    for (std::size_t i = 0; i < subnet.dns_nameservers.size(); ++i) {
        const auto& server = subnet.dns_nameservers[i];
        if (!parse_address(server)) throw invalid_input("'" + server + "' is not a valid nameserver");
        if (std::find(subnet.dns_nameservers.begin(), subnet.dns_nameservers.begin() + static_cast<std::ptrdiff_t>(i),
                      server) != subnet.dns_nameservers.begin() + static_cast<std::ptrdiff_t>(i))
            throw invalid_input("duplicate nameserver '" + server + "'");
    }
    for (const auto& route : subnet.host_routes) {
        const auto destination = parse_block(route.destination);
        const auto nexthop = parse_address(route.nexthop);
        if (!destination || !nexthop || destination->version() != block.version() ||
            nexthop->version != block.version())
            throw invalid_input("a host route is not valid: " + route.destination + " via " + route.nexthop);
    }
    if (subnet.ip_version == 4 && (!subnet.ipv6_ra_mode.empty() || !subnet.ipv6_address_mode.empty()))
        throw invalid_input("ipv6_ra_mode and ipv6_address_mode are not for IPv4 subnets");
    if (!subnet.enable_dhcp && (!subnet.ipv6_ra_mode.empty() || !subnet.ipv6_address_mode.empty()))
        throw invalid_input("ipv6_ra_mode or ipv6_address_mode cannot be set when enable_dhcp is set to False");
    if (!subnet.ipv6_ra_mode.empty() && !subnet.ipv6_address_mode.empty() &&
        subnet.ipv6_ra_mode != subnet.ipv6_address_mode)
        throw invalid_input("ipv6_ra_mode and ipv6_address_mode, when both are set, must be the same");
    const bool automatic = subnet.ipv6_address_mode == "slaac" || subnet.ipv6_address_mode == "dhcpv6-stateless";
    if (automatic && block.prefix != 64) throw invalid_input("an IPv6 subnet with automatic addresses needs a /64");
}

void refuse_overlap(store::Transaction& txn, const Network& network, const Subnet& subnet) {
    const auto block = parse_block(subnet.cidr);
    for (const auto& other : subnets_of(txn, network))
        if (auto taken = parse_block(other.cidr); block && taken && taken->overlaps(*block))
            throw invalid_input("Requested subnet with cidr: " + subnet.cidr + " for network: " + network.id +
                                " overlaps with another subnet");
}

bool gateway_in_use(store::Transaction& txn, const Subnet& subnet) {
    return !subnet.gateway_ip.empty() && txn.get<AddressAllocation>(subnet.id, subnet.gateway_ip).has_value();
}

}  // namespace cumulet::compute::networks
