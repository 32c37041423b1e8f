#include "compute/networks/allocation.hpp"

#include <algorithm>
#include <set>

#include "compute/networks/faults.hpp"
#include "compute/networks/holds.hpp"

namespace cumulet::compute::networks {

namespace {

bool is_automatic_v6(const Subnet& subnet) {
    return subnet.ip_version == 6 &&
           (subnet.ipv6_address_mode == "slaac" || subnet.ipv6_address_mode == "dhcpv6-stateless");
}

struct PoolRange {
    Address first;
    Bits128 size;
};

std::vector<PoolRange> pool_ranges(const Subnet& subnet) {
    std::vector<PoolRange> ranges;
    for (const auto& pool : subnet.allocation_pools) {
        const auto start = parse_address(pool.start), end = parse_address(pool.end);
        if (start && end && end->value >= start->value) ranges.push_back({*start, end->value - start->value + 1});
    }
    return ranges;
}

// An address nobody has, or nullopt when the pools are used up. A few random draws find one at once while there is
// room; the walk over all allocations is for the last ones.
std::optional<std::string> find_free(store::Transaction& txn, Random& random, const Subnet& subnet) {
    const auto ranges = pool_ranges(subnet);
    Bits128 total = 0;
    for (const auto& range : ranges) total += range.size;
    if (total == 0) return std::nullopt;
    auto at = [&](Bits128 offset) {
        for (const auto& range : ranges) {
            if (offset < range.size) return range.first.plus(offset).text();
            offset -= range.size;
        }
        return std::string();
    };
    const auto bound = static_cast<std::uint64_t>(std::min<Bits128>(total, Bits128{1} << 62));
    for (int draw = 0; draw < 8; ++draw) {
        auto address = at(random.below(bound));
        if (!txn.peek<AddressAllocation>(subnet.id, address)) return address;
    }
    std::set<std::string> taken;
    txn.visit<AddressAllocation>(
        {}, [&](AddressAllocation&& row) { return taken.insert(std::move(row.ip_address)).second || true; }, subnet.id);
    std::vector<std::string> free;
    for (Bits128 offset = 0; offset < total && free.size() < 256; ++offset)
        if (auto address = at(offset); !taken.contains(address)) free.push_back(std::move(address));
    if (free.empty()) return std::nullopt;
    return free[random.below(free.size())];
}

void take(store::Transaction& txn, Port& port, const Subnet& subnet, const std::string& address) {
    if (txn.get<AddressAllocation>(subnet.id, address)) throw address_in_use(port.network_id, address);
    txn.put(AddressAllocation{subnet.id, address, port.id, port.network_id}, "address-taken");
    if (port.device_owner != kOwnerDhcp) {
        txn.get<Subnet>(subnet.id);
        hold(txn, kHoldSubnet, subnet.id, 1);
    }
    port.fixed_ips.push_back({subnet.id, address});
}

void let_go(store::Transaction& txn, const Port& port, const FixedIp& fixed) {
    if (auto row = txn.get<AddressAllocation>(fixed.subnet_id, fixed.ip_address)) txn.erase(*row, "address-freed");
    if (port.device_owner != kOwnerDhcp) hold(txn, kHoldSubnet, fixed.subnet_id, -1);
}

// From the first of the subnets that has one left. False when there is none of that version.
bool take_any(store::Transaction& txn, Random& random, Port& port, const std::vector<const Subnet*>& subnets) {
    if (subnets.empty()) return false;
    for (const auto* subnet : subnets) {
        std::optional<std::string> address = is_automatic_v6(*subnet)
                                                 ? eui64_address(*parse_block(subnet->cidr), port.mac_address).text()
                                                 : find_free(txn, random, *subnet);
        if (!address) continue;
        take(txn, port, *subnet, *address);
        return true;
    }
    throw addresses_exhausted(port.network_id);
}

bool usable_host_address(const Subnet& subnet, const Address& address) {
    const auto block = *parse_block(subnet.cidr);
    if (!block.contains(address)) return false;
    if (block.version() == 4 && block.prefix < 31) return address != block.first && address != block.last();
    return true;
}

void fulfil(store::Transaction& txn, Random& random, Port& port, const std::vector<Subnet>& subnets,
            const AddressWish& wish) {
    const Subnet* subnet = nullptr;
    if (!wish.subnet_id.empty()) {
        auto found = std::ranges::find(subnets, wish.subnet_id, &Subnet::id);
        if (found == subnets.end()) {
            if (!txn.peek<Subnet>(wish.subnet_id)) throw subnet_not_found(wish.subnet_id);
            throw invalid_input("Failed to create port on network " + port.network_id +
                                ", because fixed_ips included invalid subnet " + wish.subnet_id);
        }
        subnet = &*found;
    }
    if (wish.ip_address.empty()) {
        if (!subnet) throw invalid_input("IP allocation requires subnet_id or ip_address");
        take_any(txn, random, port, {subnet});
        return;
    }
    const auto address = parse_address(wish.ip_address);
    if (!address) throw invalid_input("'" + wish.ip_address + "' is not a valid IP address");
    if (!subnet) {
        auto found = std::ranges::find_if(
            subnets, [&](const Subnet& each) { return parse_block(each.cidr)->contains(*address); });
        if (found == subnets.end()) throw invalid_address_for_network(wish.ip_address);
        subnet = &*found;
    }
    if (!usable_host_address(*subnet, *address))
        throw api::Fault(api::Errc::bad_request, "IP address {} is not a valid IP for the specified subnet.",
                         wish.ip_address)
            .kind("InvalidIpForSubnet");
    take(txn, port, *subnet, address->text());
}

}  // namespace

std::vector<Subnet> subnets_of(store::Transaction& txn, const Network& network) {
    std::vector<Subnet> subnets;
    for (const auto& id : network.subnet_ids)
        if (auto subnet = txn.peek<Subnet>(id)) subnets.push_back(std::move(*subnet));
    return subnets;
}

void allocate_automatically(store::Transaction& txn, Random& random, const Network& network, Port& port,
                            const std::vector<int>& versions) {
    const auto subnets = subnets_of(txn, network);
    for (int version : versions) {
        std::vector<const Subnet*> fitting;
        for (const auto& subnet : subnets)
            if (subnet.ip_version == version) fitting.push_back(&subnet);
        take_any(txn, random, port, fitting);
    }
}

void allocate_addresses(store::Transaction& txn, Random& random, const Network& network, Port& port,
                        const std::vector<AddressWish>& wishes) {
    const auto subnets = subnets_of(txn, network);
    auto before = std::move(port.fixed_ips);
    port.fixed_ips.clear();
    std::vector<AddressWish> open;
    for (const auto& wish : wishes) {
        auto kept = std::ranges::find_if(before, [&](const FixedIp& fixed) {
            return !wish.ip_address.empty() && fixed.ip_address == wish.ip_address &&
                   (wish.subnet_id.empty() || wish.subnet_id == fixed.subnet_id);
        });
        if (kept == before.end())
            open.push_back(wish);
        else {
            port.fixed_ips.push_back(*kept);
            before.erase(kept);
        }
    }
    // A subnet asked for without an address is content with one that the port has there already.
    std::erase_if(open, [&](const AddressWish& wish) {
        if (!wish.ip_address.empty()) return false;
        auto kept = std::ranges::find(before, wish.subnet_id, &FixedIp::subnet_id);
        if (kept == before.end()) return false;
        port.fixed_ips.push_back(*kept);
        before.erase(kept);
        return true;
    });
    for (const auto& gone : before) let_go(txn, port, gone);
    for (const auto& wish : open) fulfil(txn, random, port, subnets, wish);
}

void release_addresses(store::Transaction& txn, Port& port) {
    for (const auto& fixed : port.fixed_ips) let_go(txn, port, fixed);
    port.fixed_ips.clear();
}

std::string allocate_mac(store::Transaction& txn, Random& random, const std::string& network_id) {
    for (;;) {
        const auto tail = random.below(1u << 24);
        auto mac = fmt::format("fa:16:3e:{:02x}:{:02x}:{:02x}", tail >> 16, tail >> 8 & 0xff, tail & 0xff);
        if (!txn.find<Port>("mac", network_id, mac)) return mac;
    }
}

}  // namespace cumulet::compute::networks
