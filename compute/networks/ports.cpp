#include "compute/networks/ports.hpp"

#include <algorithm>
#include <set>

#include "compute/model/quota.hpp"
#include "compute/networks/faults.hpp"
#include "compute/networks/groups.hpp"
#include "compute/networks/holds.hpp"
#include "compute/networks/router.hpp"
#include "compute/networks/security_group.hpp"

namespace cumulet::compute::networks {

namespace {
bool is_counted(const Port& port) {
    return port.device_owner != kOwnerDhcp && port.device_owner != kOwnerFloatingIp &&
           port.device_owner != kOwnerRouterGateway;
}
}  // namespace

bool is_router_port(const Port& port) {
    return port.device_owner == kOwnerRouterInterface || port.device_owner == kOwnerRouterGateway;
}

void change_groups(store::Transaction& txn, const std::vector<std::string>& before,
                   const std::vector<std::string>& after) {
    for (const auto& id : after) {
        if (std::ranges::find(before, id) != before.end()) continue;
        if (!txn.get<SecurityGroup>(id)) throw security_group_not_found(id);
        hold(txn, kHoldGroup, id, 1);
    }
    for (const auto& id : before)
        if (std::ranges::find(after, id) == after.end()) hold(txn, kHoldGroup, id, -1);
}

Port create_port(store::Transaction& txn, Random& random, Port port, const PortWishes& wishes) {
    auto network = txn.get<Network>(port.network_id);
    if (!network) throw network_not_found(port.network_id);
    if (is_counted(port)) quota_take(txn, port.project_id, "port", 1);
    port.id = random.uuid();
    port.created_at = port.updated_at = txn.now();
    port.revision_number = 1;
    if (port.mac_address.empty())
        port.mac_address = allocate_mac(txn, random, network->id);
    else if (txn.find<Port>("mac", network->id, port.mac_address))
        throw mac_in_use(network->id, port.mac_address);
    if (wishes.addresses)
        allocate_addresses(txn, random, *network, port, *wishes.addresses);
    else
        allocate_automatically(txn, random, *network, port, wishes.versions);
    const bool infrastructure = port.device_owner.starts_with("network:");
    if (infrastructure) port.port_security_enabled = false;
    if (wishes.security_groups)
        port.security_groups = *wishes.security_groups;
    else if (port.port_security_enabled)
        port.security_groups = {default_group(txn, random, port.project_id).id};
    change_groups(txn, {}, port.security_groups);
    if (port.device_owner != kOwnerDhcp) hold(txn, kHoldNetwork, network->id, 1);
    txn.put(port, "created");
    return port;
}

void update_port(store::Transaction& txn, Port& port, std::string_view reason) {
    ++port.revision_number;
    port.updated_at = txn.now();
    txn.put(port, reason);
}

void delete_port(store::Transaction& txn, Port port) {
    disassociate_floating_ips(txn, port.id);
    release_addresses(txn, port);
    change_groups(txn, port.security_groups, {});
    if (port.device_owner != kOwnerDhcp) hold(txn, kHoldNetwork, port.network_id, -1);
    if (is_counted(port)) quota_take(txn, port.project_id, "port", -1);
    // The row as stored: release_addresses emptied this copy's addresses.
    if (auto row = txn.get<Port>(port.id)) txn.erase(*row, "deleted");
}

void disassociate_floating_ips(store::Transaction& txn, const std::string& port_id, std::string_view address) {
    for (const auto& listed : txn.scan<FloatingIp>({.index = "port"}, port_id)) {
        auto floating = txn.get<FloatingIp>(listed.id);
        if (!floating || (!address.empty() && floating->fixed_ip_address != address)) continue;
        floating->port_id.clear();
        floating->fixed_ip_address.clear();
        floating->router_id.clear();
        floating->status = "DOWN";
        floating->updated_at = txn.now();
        ++floating->revision_number;
        txn.put(*floating, "disassociated");
    }
}

void converge_dhcp_port(store::Transaction& txn, Random& random, const std::string& network_id) {
    auto network = txn.get<Network>(network_id);
    if (!network) return;
    std::vector<AddressWish> wanted;
    for (const auto& subnet : subnets_of(txn, *network))
        if (subnet.enable_dhcp) wanted.push_back({subnet.id, ""});
    std::optional<Port> present;
    const auto device = "dhcp-" + network_id;
    for (auto& port : txn.scan<Port>({.index = "device"}, device)) present = std::move(port);
    if (present) present = txn.get<Port>(present->id);
    if (!present) {
        if (wanted.empty()) return;
        Port port;
        port.project_id = network->project_id;
        port.network_id = network_id;
        port.device_id = device;
        port.device_owner = kOwnerDhcp;
        port.status = "ACTIVE";
        create_port(txn, random, std::move(port), {.addresses = wanted, .security_groups = std::vector<std::string>{}});
    } else if (wanted.empty()) {
        delete_port(txn, *present);
    } else {
        allocate_addresses(txn, random, *network, *present, wanted);
        update_port(txn, *present, "dhcp");
    }
}

}  // namespace cumulet::compute::networks
