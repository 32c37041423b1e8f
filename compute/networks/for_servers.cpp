#include "compute/networks/for_servers.hpp"

#include <algorithm>
#include <set>

#include "common/api/fault.hpp"
#include "compute/networks/address.hpp"
#include "compute/networks/groups.hpp"
#include "compute/networks/ports.hpp"
#include "compute/networks/router.hpp"
#include "compute/networks/security_group.hpp"

namespace cumulet::compute::networks {

using api::Errc;
using api::Fault;

namespace {

std::vector<std::string> resolve_groups(store::Transaction& txn, Random& random, const std::string& project_id,
                                        const std::vector<std::string>& wanted) {
    std::vector<std::string> ids;
    for (const auto& name : wanted) {
        std::vector<std::string> found;
        if (name == "default") {
            found.push_back(default_group(txn, random, project_id).id);
        } else {
            txn.visit<SecurityGroup>(
                {.index = "project"},
                [&](SecurityGroup&& group) {
                    if (group.id == name) found.assign(1, group.id);
                    if (group.name == name && (found.empty() || found.front() != name)) found.push_back(group.id);
                    return true;
                },
                project_id);
        }
        if (found.empty()) throw Fault(Errc::bad_request, "Security group {} not found.", name);
        if (found.size() > 1)
            throw Fault(Errc::conflict, "Multiple security groups found matching '{}'. Use an ID to be more specific.",
                        name);
        if (std::ranges::find(ids, found.front()) == ids.end()) ids.push_back(found.front());
    }
    if (ids.empty()) ids.push_back(default_group(txn, random, project_id).id);
    return ids;
}

bool may_use(const Network& network, const std::string& project_id, bool admin) {
    return admin || network.project_id == project_id || network.shared || network.external;
}

void take_over_port(store::Transaction& txn, const NicRequest& request, const std::string& server_id,
                    const std::string& project_id, bool admin, std::int64_t nic_index) {
    auto port = txn.get<Port>(request.port_id);
    if (!port || (!admin && port->project_id != project_id))
        throw Fault(Errc::bad_request, "Port id {} could not be found.", request.port_id);
    if (!port->device_id.empty()) throw Fault(Errc::conflict, "Port {} is still in use.", port->id);
    if (port->fixed_ips.empty())
        throw Fault(Errc::bad_request, "Port {} requires a FixedIP in order to be used.", port->id);
    port->device_id = server_id;
    port->device_owner = "compute:nova";
    port->nic_index = nic_index;
    port->nic_tag = request.tag;
    update_port(txn, *port, "attached");
}

void make_port(store::Transaction& txn, Random& random, const NicRequest& request, const std::string& server_id,
               const std::string& project_id, const std::vector<std::string>& groups, bool admin,
               std::int64_t nic_index) {
    auto network = txn.get<Network>(request.network_id);
    if (!network || !may_use(*network, project_id, admin))
        throw Fault(Errc::bad_request, "Network {} could not be found.", request.network_id);
    if (network->external && !network->shared && !admin && network->project_id != project_id)
        throw Fault(Errc::forbidden, "It is not allowed to create an interface on external network {}", network->id);
    if (network->subnet_ids.empty())
        throw Fault(Errc::bad_request, "Network {} requires a subnet in order to boot instances on.", network->id);
    Port port;
    port.project_id = project_id;
    port.network_id = network->id;
    port.device_id = server_id;
    port.device_owner = "compute:nova";
    port.made_for_server = true;
    port.nic_index = nic_index;
    port.nic_tag = request.tag;
    port.port_security_enabled = network->port_security_enabled;
    PortWishes wishes;
    if (!request.fixed_ip.empty()) wishes.addresses = std::vector<AddressWish>{{"", request.fixed_ip}};
    wishes.security_groups = port.port_security_enabled ? groups : std::vector<std::string>{};
    try {
        create_port(txn, random, std::move(port), wishes);
    } catch (const Fault& fault) {
        if (fault.kind() == "IpAddressInUse")
            throw Fault(Errc::bad_request, "Fixed IP address {} is already in use.", request.fixed_ip);
        throw;
    }
}

std::vector<Port> ports_of(store::Transaction& txn, const std::string& server_id) {
    return txn.scan<Port>({.index = "device"}, server_id);
}

}  // namespace

void create_server_ports(store::Transaction& txn, Random& random, const std::string& server_id,
                         const std::string& project_id, const std::vector<NicRequest>& requests,
                         const std::vector<std::string>& security_groups, bool admin) {
    std::int64_t nic_index = 0;
    for (const auto& port : ports_of(txn, server_id)) nic_index = std::max(nic_index, port.nic_index + 1);
    std::optional<std::vector<std::string>> groups;
    for (const auto& request : requests) {
        if (!request.port_id.empty()) {
            take_over_port(txn, request, server_id, project_id, admin, nic_index++);
            continue;
        }
        if (!groups) groups = resolve_groups(txn, random, project_id, security_groups);
        make_port(txn, random, request, server_id, project_id, *groups, admin, nic_index++);
    }
}

std::vector<NicRequest> default_networks(store::Transaction& txn, const std::string& project_id) {
    std::set<std::string> ids;
    auto consider = [&](Network&& network) {
        if (network.admin_state_up && (!network.external || network.shared) && !network.subnet_ids.empty() &&
            (network.shared || network.project_id == project_id))
            ids.insert(network.id);
        return true;
    };
    txn.visit<Network>({.index = "project"}, consider, project_id);
    txn.visit<Network>({.index = "open"}, consider, std::string("open"));
    if (ids.size() > 1)
        throw Fault(Errc::conflict, "Multiple possible networks found, use a Network ID to be more specific.");
    std::vector<NicRequest> requests;
    for (const auto& id : ids) requests.push_back({id, "", "", ""});
    return requests;
}

void bind_server_ports(store::Transaction& txn, const std::string& server_id, const std::string& host) {
    for (const auto& listed : ports_of(txn, server_id)) {
        auto port = txn.get<Port>(listed.id);
        if (!port || port->host == host) continue;
        port->host = host;
        port->status = "DOWN";
        update_port(txn, *port, host.empty() ? "unbound" : "bound");
    }
}

void set_server_ports_status(store::Transaction& txn, const std::string& server_id, bool active) {
    const std::string status = active ? "ACTIVE" : "DOWN";
    for (const auto& listed : ports_of(txn, server_id)) {
        if (listed.status == status) continue;
        auto port = txn.get<Port>(listed.id);
        if (!port) continue;
        port->status = status;
        update_port(txn, *port, active ? "plugged" : "unplugged");
    }
}

namespace {

void release_port(store::Transaction& txn, Port port) {
    if (port.made_for_server) return delete_port(txn, port);
    port.device_id.clear();
    port.device_owner.clear();
    port.host.clear();
    port.status = "DOWN";
    port.nic_index = 0;
    port.nic_tag.clear();
    update_port(txn, port, "detached");
}

}  // namespace

void release_server_ports(store::Transaction& txn, const std::string& server_id) {
    for (const auto& listed : ports_of(txn, server_id))
        if (auto port = txn.get<Port>(listed.id)) release_port(txn, std::move(*port));
}

void release_server_port(store::Transaction& txn, const std::string& server_id, const std::string& port_id) {
    auto port = txn.get<Port>(port_id);
    if (port && port->device_id == server_id) release_port(txn, std::move(*port));
}

std::vector<ServerAddress> server_addresses(store::Transaction& txn, const std::string& server_id) {
    std::vector<ServerAddress> addresses;
    for (const auto& port : ports_of(txn, server_id)) {
        auto network = txn.peek<Network>(port.network_id);
        const std::string name = network ? network->name : port.network_id;
        const auto floating = txn.scan<FloatingIp>({.index = "port"}, port.id);
        for (const auto& fixed : port.fixed_ips) {
            const auto parsed = parse_address(fixed.ip_address);
            addresses.push_back(
                {name, fixed.ip_address, parsed ? parsed->version : 4, "fixed", port.mac_address, port.id});
            for (const auto& each : floating)
                if (each.fixed_ip_address == fixed.ip_address)
                    addresses.push_back({name, each.floating_ip_address, 4, "floating", port.mac_address, port.id});
        }
    }
    return addresses;
}

}  // namespace cumulet::compute::networks
