#include <algorithm>

#include "compute/networks/address.hpp"
#include "compute/networks/documents.hpp"
#include "compute/networks/ports.hpp"
#include "compute/networks/rules.hpp"
#include "compute/networks/schema.hpp"
#include "compute/networks/service.hpp"

namespace cumulet::compute::networks {

using api::Errc;
using api::Fault;

namespace {

constexpr std::string_view kSingular = "port", kPlural = "ports";
constexpr std::string_view kProperties = R"J(
 "name":{"$ref":"#/definitions/name"},"network_id":{"$ref":"#/definitions/id"},"admin_state_up":{"$ref":"#/definitions/flag"},
 "mac_address":{"$ref":"#/definitions/text"},"fixed_ips":{"$ref":"#/definitions/fixed_ips"},
 "device_id":{"type":["string","null"],"maxLength":255},"device_owner":{"type":["string","null"],"maxLength":255},
 "security_groups":{"$ref":"#/definitions/names"},"port_security_enabled":{"$ref":"#/definitions/flag"},
 "allowed_address_pairs":{"type":["array","null"],"maxItems":100,"items":{"type":"object","additionalProperties":false,
  "required":["ip_address"],"properties":{"ip_address":{"type":"string","maxLength":64},"mac_address":{"$ref":"#/definitions/text"}}}},
 "extra_dhcp_opts":{"type":["array","null"],"maxItems":100,"items":{"type":"object","additionalProperties":false,
  "required":["opt_name"],"properties":{"opt_name":{"type":"string","minLength":1,"maxLength":64},
  "opt_value":{"$ref":"#/definitions/name"},"ip_version":{"enum":[4,6,"4","6"]}}}},
 "binding:host_id":{"type":["string","null"],"maxLength":255},"binding:profile":{"type":["object","null"]},
 "binding:vnic_type":{"enum":["normal",null]})J";

const std::vector<GuardedAttribute>& guarded() {
    static const std::vector<GuardedAttribute> kGuarded{{"mac_address", nullptr},
                                                        {"port_security_enabled", true},
                                                        {"allowed_address_pairs", json::array()},
                                                        {"binding:host_id", ""},
                                                        {"binding:profile", json::object()}};
    return kGuarded;
}

json port_target(store::Transaction& txn, const Port& port) {
    auto target = target_of(port);
    if (auto network = txn.peek<Network>(port.network_id)) target["network:tenant_id"] = network->project_id;
    return target;
}

void enforce_port_attributes(const Call& call, store::Transaction& txn, std::string_view action, const json& item,
                             const Port& port) {
    const auto target = port_target(txn, port);
    enforce_attributes(call, action, item, target, guarded());
    if (text_of(item, "device_owner").starts_with("network:"))
        call.enforce(std::string(action) + ":device_owner", target);
    if (has(item, "fixed_ips"))
        for (const auto& fixed : item.at("fixed_ips"))
            if (fixed.contains("ip_address")) {
                const bool kept = std::ranges::any_of(
                    port.fixed_ips, [&](const FixedIp& each) { return fixed.at("ip_address") == each.ip_address; });
                if (!kept) call.enforce(std::string(action) + ":fixed_ips:ip_address", target);
            }
}

std::vector<AddressWish> read_wishes(const json& list) {
    std::vector<AddressWish> wishes;
    for (const auto& entry : list) {
        AddressWish wish{text_of(entry, "subnet_id"), text_of(entry, "ip_address")};
        if (wish.subnet_id.empty() && wish.ip_address.empty())
            throw invalid_input("IP allocation requires subnet_id or ip_address");
        if (auto address = parse_address(wish.ip_address)) wish.ip_address = address->text();
        wishes.push_back(std::move(wish));
    }
    return wishes;
}

std::vector<AddressPair> read_pairs(const json& list) {
    std::vector<AddressPair> pairs;
    for (const auto& entry : list) {
        const auto address = entry.at("ip_address").get<std::string>();
        if (!parse_block(address)) throw invalid_input("'" + address + "' is not a valid IP address or block");
        AddressPair pair{address, ""};
        if (has(entry, "mac_address")) {
            auto mac = parse_mac(entry.at("mac_address").get<std::string>());
            if (!mac) throw invalid_input("'" + text_of(entry, "mac_address") + "' is not a valid MAC address");
            pair.mac_address = *mac;
        }
        auto same = [&](const AddressPair& other) {
            return other.ip_address == pair.ip_address && other.mac_address == pair.mac_address;
        };
        if (std::ranges::any_of(pairs, same))
            throw Fault(Errc::bad_request, "Request contains duplicate address pair: ip_address {}.", address)
                .kind("DuplicateAddressPairInRequest");
        pairs.push_back(std::move(pair));
    }
    return pairs;
}

std::vector<DhcpOption> read_options(const json& list) {
    std::vector<DhcpOption> options;
    for (const auto& entry : list) {
        if (!has(entry, "opt_value")) continue;
        options.push_back({entry.at("opt_name").get<std::string>(), entry.at("opt_value").get<std::string>(),
                           static_cast<int>(number_of(entry, "ip_version", 4))});
    }
    return options;
}

// The groups that the body names, each visible to the actor.
std::vector<std::string> read_groups(const Call& call, store::Transaction& txn, const json& list) {
    std::vector<std::string> ids;
    for (const auto& entry : list) {
        auto group = find_visible(call, txn, security_group_list(), entry.get<std::string>(), security_group_not_found);
        if (std::ranges::find(ids, group.id) == ids.end()) ids.push_back(group.id);
    }
    return ids;
}

void read_settings(Port& port, const json& item) {
    port.admin_state_up = flag_of(item, "admin_state_up", port.admin_state_up);
    if (item.contains("device_id")) port.device_id = text_of(item, "device_id");
    if (item.contains("device_owner")) port.device_owner = text_of(item, "device_owner");
    port.port_security_enabled = flag_of(item, "port_security_enabled", port.port_security_enabled);
    if (item.contains("allowed_address_pairs"))
        port.allowed_address_pairs = has(item, "allowed_address_pairs") ? read_pairs(item.at("allowed_address_pairs"))
                                                                        : std::vector<AddressPair>{};
    if (has(item, "extra_dhcp_opts")) port.extra_dhcp_opts = read_options(item.at("extra_dhcp_opts"));
    if (item.contains("binding:host_id")) port.host = text_of(item, "binding:host_id");
    if (item.contains("binding:profile"))
        port.binding_profile = has(item, "binding:profile") ? item.at("binding:profile") : json::object();
}

void check_security(const Port& port) {
    if (port.port_security_enabled) return;
    if (!port.security_groups.empty())
        throw Fault(Errc::conflict,
                    "Port has security group associated. Cannot disable port security or ip address until "
                    "security group is removed")
            .kind("PortSecurityPortHasSecurityGroup");
    if (!port.allowed_address_pairs.empty())
        throw Fault(Errc::conflict, "Port Security must be enabled in order to have allowed address pairs on a port.")
            .kind("AddressPairAndPortSecurityRequired");
}

Port make_port(Call& call, store::Transaction& txn, const json& item) {
    Port port;
    fill_new(call, txn, port, item);
    port.network_id = text_of(item, "network_id");
    if (port.network_id.empty()) throw invalid_input("network_id is required");
    auto network = find_visible(call, txn, network_list(), port.network_id, network_not_found);
    auto target = target_of(port);
    target["network:tenant_id"] = network.project_id;
    if (network.external && !network.shared && network.project_id != call.actor().project_id && !is_admin(call))
        throw network_not_found(port.network_id);
    port.port_security_enabled = network.port_security_enabled;
    enforce_port_attributes(call, txn, "create_port", item, port);
    read_settings(port, item);
    if (has(item, "mac_address")) {
        auto mac = parse_mac(item.at("mac_address").get<std::string>());
        if (!mac) throw invalid_input("'" + text_of(item, "mac_address") + "' is not a valid MAC address");
        port.mac_address = *mac;
    }
    PortWishes wishes;
    if (has(item, "fixed_ips")) wishes.addresses = read_wishes(item.at("fixed_ips"));
    if (has(item, "security_groups")) wishes.security_groups = read_groups(call, txn, item.at("security_groups"));
    if (!port.port_security_enabled && !wishes.security_groups) wishes.security_groups.emplace();
    if (wishes.security_groups) port.security_groups = *wishes.security_groups;
    check_security(port);
    return within_quota("port", [&] { return create_port(txn, call.random(), std::move(port), wishes); });
}

Reply list_ports(Call& call, store::Transaction& txn) { return list_rows(call, txn, port_list()); }

Reply create_ports(Call& call, store::Transaction& txn) {
    std::vector<json> documents;
    for (const auto& item : items_of(call, kSingular, kPlural))
        documents.push_back(port_document(call, txn, make_port(call, txn, item)));
    return created(call, kSingular, kPlural, std::move(documents));
}

Port visible_port(Call& call, store::Transaction& txn) {
    return find_visible(call, txn, port_list(), call.path("port_id"), port_not_found);
}

Reply show_port(Call& call, store::Transaction& txn) {
    return Reply::ok({{kSingular, with_fields(call, port_document(call, txn, visible_port(call, txn)))}});
}

void change_addresses(Call& call, store::Transaction& txn, Port& port, const json& list) {
    auto network = txn.get<Network>(port.network_id);
    if (!network) throw network_not_found(port.network_id);
    const auto before = port.fixed_ips;
    allocate_addresses(txn, call.random(), *network, port, read_wishes(list));
    for (const auto& fixed : before)
        if (std::ranges::find(port.fixed_ips, fixed) == port.fixed_ips.end())
            disassociate_floating_ips(txn, port.id, fixed.ip_address);
}

void change_mac(store::Transaction& txn, Port& port, const json& item) {
    auto mac = parse_mac(item.at("mac_address").get<std::string>());
    if (!mac) throw invalid_input("'" + text_of(item, "mac_address") + "' is not a valid MAC address");
    if (*mac == port.mac_address) return;
    if (port.host.size() > 0 && !port.device_id.empty())
        throw Fault(Errc::conflict, "Unable to complete operation on port {}, port is already bound.", port.id)
            .kind("PortBound");
    if (txn.find<Port>("mac", port.network_id, *mac)) throw mac_in_use(port.network_id, *mac);
    port.mac_address = *mac;
}

Reply update_one_port(Call& call, store::Transaction& txn) {
    auto port = visible_port(call, txn);
    const auto& item = call.body().at(std::string(kSingular));
    call.enforce("update_port", port_target(txn, port));
    refuse_read_only(item, {"tenant_id", "project_id", "network_id"});
    enforce_port_attributes(call, txn, "update_port", item, port);
    if (has(item, "mac_address")) change_mac(txn, port, item);
    read_settings(port, item);
    if (item.contains("security_groups")) {
        auto groups = has(item, "security_groups") ? read_groups(call, txn, item.at("security_groups"))
                                                   : std::vector<std::string>{};
        change_groups(txn, port.security_groups, groups);
        port.security_groups = std::move(groups);
    }
    if (has(item, "fixed_ips")) change_addresses(call, txn, port, item.at("fixed_ips"));
    check_security(port);
    if (item.contains("name")) port.name = text_of(item, "name");
    if (item.contains("description")) port.description = text_of(item, "description");
    update_port(txn, port, "updated");
    return Reply::ok({{kSingular, port_document(call, txn, port)}});
}

Reply delete_one_port(Call& call, store::Transaction& txn) {
    auto port = visible_port(call, txn);
    call.enforce("delete_port", port_target(txn, port));
    if (is_router_port(port))
        throw Fault(Errc::conflict, "Port {} cannot be deleted directly via the port API: has device owner {}.",
                    port.id, port.device_owner)
            .kind("ServicePortInUse");
    if (port.device_owner == kOwnerFloatingIp)
        throw Fault(Errc::conflict,
                    "Port {} cannot be deleted directly via the port API: it belongs to floating IP {}.", port.id,
                    port.device_id)
            .kind("ServicePortInUse");
    delete_port(txn, port);
    return Reply::no_content();
}

using http::Method;

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v2.0/ports",
     .policy = Policy{"get_port", kReader},
     .target = own_target,
     .summary = "List ports.",
     .handle = list_ports},
    {.method = Method::post,
     .path = "/v2.0/ports",
     .policy = Policy{"create_port", kMember},
     .target = own_target,
     .body = {schema::kCreate<kSingular, kPlural, kProperties>},
     .success = 201,
     .summary = "Create one port or several.",
     .handle = create_ports},
    {.method = Method::get,
     .path = "/v2.0/ports/{port_id}",
     .policy = Policy{"get_port", kReader},
     .target = own_target,
     .summary = "Show a port.",
     .handle = show_port},
    {.method = Method::put,
     .path = "/v2.0/ports/{port_id}",
     .policy = Policy{"update_port", kMember},
     .target = own_target,
     .body = {schema::kUpdate<kSingular, kProperties>},
     .summary = "Change a port.",
     .handle = update_one_port},
    {.method = Method::del,
     .path = "/v2.0/ports/{port_id}",
     .policy = Policy{"delete_port", kMember},
     .target = own_target,
     .success = 204,
     .summary = "Delete a port; those of routers and floating IPs go with them only.",
     .handle = delete_one_port},
};

}  // namespace

api::EndpointTable port_endpoints() { return kEndpoints; }

}  // namespace cumulet::compute::networks
