#include "compute/networks/documents.hpp"

#include "compute/networks/allocation.hpp"

namespace cumulet::compute::networks {

json network_document(const Call& call, store::Transaction&, const Network& network) {
    auto out = base_document(network);
    out["admin_state_up"] = network.admin_state_up;
    out["status"] = network.admin_state_up ? "ACTIVE" : "DOWN";
    out["shared"] = network.shared;
    out["router:external"] = network.external;
    out["is_default"] = network.is_default;
    out["port_security_enabled"] = network.port_security_enabled;
    out["mtu"] = network.mtu;
    out["subnets"] = network.subnet_ids;
    out["availability_zone_hints"] = json::array();
    out["availability_zones"] = {"nova"};
    out["ipv4_address_scope"] = nullptr;
    out["ipv6_address_scope"] = nullptr;
    if (call.allowed("get_network:provider:network_type", target_of(network))) {
        out["provider:network_type"] = network.network_type;
        out["provider:physical_network"] = null_or(network.physical_network);
        out["provider:segmentation_id"] = network.segmentation_id ? json(network.segmentation_id) : json(nullptr);
    }
    return out;
}

json subnet_document(const Call&, store::Transaction&, const Subnet& subnet) {
    auto out = base_document(subnet);
    out["network_id"] = subnet.network_id;
    out["ip_version"] = subnet.ip_version;
    out["cidr"] = subnet.cidr;
    out["gateway_ip"] = null_or(subnet.gateway_ip);
    out["enable_dhcp"] = subnet.enable_dhcp;
    out["allocation_pools"] = store::to_json(subnet.allocation_pools);
    out["dns_nameservers"] = subnet.dns_nameservers;
    out["host_routes"] = store::to_json(subnet.host_routes);
    out["ipv6_ra_mode"] = null_or(subnet.ipv6_ra_mode);
    out["ipv6_address_mode"] = null_or(subnet.ipv6_address_mode);
    out["subnetpool_id"] = nullptr;
    out["service_types"] = subnet.service_types;
    return out;
}

json port_document(const Call& call, store::Transaction&, const Port& port) {
    auto out = base_document(port);
    out["network_id"] = port.network_id;
    out["mac_address"] = port.mac_address;
    out["fixed_ips"] = store::to_json(port.fixed_ips);
    out["admin_state_up"] = port.admin_state_up;
    out["status"] = port.status;
    out["device_id"] = port.device_id;
    out["device_owner"] = port.device_owner;
    out["security_groups"] = port.security_groups;
    out["allowed_address_pairs"] = store::to_json(port.allowed_address_pairs);
    out["port_security_enabled"] = port.port_security_enabled;
    out["extra_dhcp_opts"] = json::array();
    for (const auto& option : port.extra_dhcp_opts)
        out["extra_dhcp_opts"].push_back(
            {{"opt_name", option.name}, {"opt_value", option.value}, {"ip_version", option.ip_version}});
    out["binding:vnic_type"] = port.vnic_type;
    if (call.allowed("get_port:binding:host_id", target_of(port))) {
        const bool bound = !port.host.empty();
        out["binding:host_id"] = port.host;
        out["binding:profile"] = port.binding_profile;
        out["binding:vif_type"] = bound ? "bridge" : "unbound";
        out["binding:vif_details"] = bound ? json{{"port_filter", true}} : json::object();
    }
    return out;
}

json router_document(const Call&, store::Transaction& txn, const Router& router) {
    auto out = base_document(router);
    out["admin_state_up"] = router.admin_state_up;
    out["status"] = router.status;
    out["routes"] = store::to_json(router.routes);
    out["availability_zone_hints"] = json::array();
    out["availability_zones"] = {"nova"};
    out["external_gateway_info"] = nullptr;
    if (!router.gateway_network_id.empty()) {
        auto port = txn.peek<Port>(router.gateway_port_id);
        out["external_gateway_info"] = {{"network_id", router.gateway_network_id},
                                        {"enable_snat", router.enable_snat},
                                        {"external_fixed_ips", port ? store::to_json(port->fixed_ips) : json::array()}};
    }
    return out;
}

json floating_ip_document(const Call&, store::Transaction& txn, const FloatingIp& floating) {
    auto out = base_document(floating);
    out.erase("name");
    out["floating_ip_address"] = floating.floating_ip_address;
    out["floating_network_id"] = floating.floating_network_id;
    out["port_id"] = null_or(floating.port_id);
    out["fixed_ip_address"] = null_or(floating.fixed_ip_address);
    out["router_id"] = null_or(floating.router_id);
    out["status"] = floating.status;
    out["port_details"] = nullptr;
    if (auto port = floating.port_id.empty() ? std::nullopt : txn.peek<Port>(floating.port_id))
        out["port_details"] = {{"name", port->name},
                               {"network_id", port->network_id},
                               {"mac_address", port->mac_address},
                               {"admin_state_up", port->admin_state_up},
                               {"status", port->status},
                               {"device_id", port->device_id},
                               {"device_owner", port->device_owner}};
    return out;
}

json security_group_document(const Call& call, store::Transaction& txn, const SecurityGroup& group) {
    auto out = base_document(group);
    out["stateful"] = group.stateful;
    out["security_group_rules"] = json::array();
    for (const auto& rule : txn.scan<SecurityGroupRule>({.index = "group"}, group.id))
        out["security_group_rules"].push_back(security_group_rule_document(call, txn, rule));
    return out;
}

json security_group_rule_document(const Call&, store::Transaction&, const SecurityGroupRule& rule) {
    auto out = base_document(rule);
    out.erase("name");
    auto number = [](const std::optional<std::int64_t>& value) { return value ? json(*value) : json(nullptr); };
    out["security_group_id"] = rule.security_group_id;
    out["direction"] = rule.direction;
    out["ethertype"] = rule.ethertype;
    out["protocol"] = null_or(rule.protocol);
    out["port_range_min"] = number(rule.port_min);
    out["port_range_max"] = number(rule.port_max);
    out["remote_ip_prefix"] = null_or(rule.remote_prefix);
    out["remote_group_id"] = null_or(rule.remote_group_id);
    return out;
}

json availability_document(store::Transaction& txn, const Network& network) {
    json subnets = json::array();
    double total = 0;
    std::int64_t used = 0;
    for (const auto& subnet : subnets_of(txn, network)) {
        double size = 0;
        for (const auto& pool : subnet.allocation_pools) {
            const auto start = parse_address(pool.start), end = parse_address(pool.end);
            if (start && end) size += static_cast<double>(end->value - start->value + 1);
        }
        const auto taken = static_cast<std::int64_t>(txn.scan<AddressAllocation>({}, subnet.id).size());
        subnets.push_back({{"subnet_id", subnet.id},
                           {"subnet_name", subnet.name},
                           {"ip_version", subnet.ip_version},
                           {"cidr", subnet.cidr},
                           {"total_ips", size < 9e18 ? json(static_cast<std::int64_t>(size)) : json(size)},
                           {"used_ips", taken}});
        total += size;
        used += taken;
    }
    return {{"network_id", network.id},
            {"network_name", network.name},
            {"tenant_id", network.project_id},
            {"project_id", network.project_id},
            {"total_ips", total < 9e18 ? json(static_cast<std::int64_t>(total)) : json(total)},
            {"used_ips", used},
            {"subnet_ip_availability", std::move(subnets)}};
}

namespace {

bool network_is_open(store::Transaction&, const Network& network) { return network.shared || network.external; }
void visit_open_networks(store::Transaction& txn, const std::function<bool(Network&&)>& each) {
    txn.visit<Network>({.index = "open"}, each, std::string("open"));
}
bool subnet_is_open(store::Transaction& txn, const Subnet& subnet) {
    auto network = txn.peek<Network>(subnet.network_id);
    return network && (network->shared || network->external);
}
void visit_open_subnets(store::Transaction& txn, const std::function<bool(Subnet&&)>& each) {
    bool more = true;
    visit_open_networks(txn, [&](Network&& network) {
        txn.visit<Subnet>(
            {.index = "network"}, [&](Subnet&& subnet) { return more = each(std::move(subnet)); }, network.id);
        return more;
    });
}

}  // namespace

const ListSpec<Network>& network_list() {
    static const ListSpec<Network> kSpec{"networks", network_document, network_is_open, visit_open_networks, {}};
    return kSpec;
}
const ListSpec<Subnet>& subnet_list() {
    static const ListSpec<Subnet> kSpec{
        "subnets", subnet_document, subnet_is_open, visit_open_subnets, {{"network_id", "network"}}};
    return kSpec;
}
const ListSpec<Port>& port_list() {
    static const ListSpec<Port> kSpec{
        "ports",
        port_document,
        nullptr,
        nullptr,
        {{"device_id", "device"}, {"network_id", "network"}, {"binding:host_id", "host"}}};
    return kSpec;
}
const ListSpec<Router>& router_list() {
    static const ListSpec<Router> kSpec{"routers", router_document};
    return kSpec;
}
const ListSpec<FloatingIp>& floating_ip_list() {
    static const ListSpec<FloatingIp> kSpec{
        "floatingips", floating_ip_document, nullptr, nullptr, {{"port_id", "port"}, {"router_id", "router"}}};
    return kSpec;
}
const ListSpec<SecurityGroup>& security_group_list() {
    static const ListSpec<SecurityGroup> kSpec{"security_groups", security_group_document};
    return kSpec;
}
const ListSpec<SecurityGroupRule>& security_group_rule_list() {
    static const ListSpec<SecurityGroupRule> kSpec{
        "security_group_rules", security_group_rule_document, nullptr, nullptr, {{"security_group_id", "group"}}};
    return kSpec;
}

}  // namespace cumulet::compute::networks
