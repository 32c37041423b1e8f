// What connects a server: its addresses, interfaces and security groups.
#include "compute/converge/tasks.hpp"
#include "compute/networks/for_servers.hpp"
#include "compute/networks/groups.hpp"
#include "compute/networks/port.hpp"
#include "compute/networks/ports.hpp"
#include "compute/servers/api.hpp"
#include "compute/servers/group_view.hpp"
#include "compute/servers/lookup.hpp"
#include "compute/servers/rules.hpp"
#include "compute/servers/server_view.hpp"

namespace cumulet::compute::servers {
namespace {

using api::Call;
using api::Errc;
using api::Fault;
using api::Reply;
using networks::Port;
using nlohmann::json;
using store::Transaction;

constexpr api::Schema kAttach{R"({"type": "object", "additionalProperties": false,
    "properties": {"interfaceAttachment": {"type": "object", "additionalProperties": false, "properties": {
      "net_id": {"type": "string", "format": "uuid"}, "port_id": {"type": "string", "format": "uuid"},
      "fixed_ips": {"type": "array", "minItems": 1, "maxItems": 1, "items": {"type": "object", "required": ["ip_address"],
        "additionalProperties": false, "properties": {"ip_address": {"type": "string", "maxLength": 45}}}},
      "tag": {"type": "string", "minLength": 1, "maxLength": 60, "pattern": "^[^,/]*$", "x-since": "2.49"}}}}})"};
constexpr api::Schema kAddGroup{R"({"type": "object", "required": ["addSecurityGroup"], "additionalProperties": false,
    "properties": {"addSecurityGroup": {"type": "object", "required": ["name"], "additionalProperties": false,
      "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 255}}}}})"};
constexpr api::Schema kRemoveGroup{
    R"({"type": "object", "required": ["removeSecurityGroup"], "additionalProperties": false,
    "properties": {"removeSecurityGroup": {"type": "object", "required": ["name"], "additionalProperties": false,
      "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 255}}}}})"};

std::vector<Port> ports_of(Transaction& txn, const std::string& server_id) {
    return txn.scan<Port>({.index = "device"}, server_id);
}

json addresses_of(Transaction& txn, const std::string& server_id) {
    auto addresses = addresses_json(txn, server_id);
    for (auto& list : addresses)
        for (auto& entry : list) entry = {{"version", entry["version"]}, {"addr", entry["addr"]}};
    return addresses;
}

Reply list_ips(Call& call, Transaction& txn) {
    return Reply::ok({{"addresses", addresses_of(txn, find_visible(txn, call, call.path("server_id")).id)}});
}

Reply show_ips(Call& call, Transaction& txn) {
    const auto addresses = addresses_of(txn, find_visible(txn, call, call.path("server_id")).id);
    const auto& network = call.path("network");
    if (!addresses.contains(network)) throw Fault(Errc::not_found, "Instance is not a member of specified network");
    return Reply::ok({{network, addresses[network]}});
}

json interface_json(const Call& call, const Port& port) {
    json ips = json::array();
    for (const auto& ip : port.fixed_ips) ips.push_back({{"subnet_id", ip.subnet_id}, {"ip_address", ip.ip_address}});
    json document{{"port_id", port.id},
                  {"net_id", port.network_id},
                  {"mac_addr", port.mac_address},
                  {"port_state", port.status},
                  {"fixed_ips", ips}};
    if (call.at_least({2, 70})) document["tag"] = port.nic_tag.empty() ? json(nullptr) : json(port.nic_tag);
    return document;
}

Reply list_interfaces(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& port : ports_of(txn, find_visible(txn, call, call.path("server_id")).id))
        items.push_back(interface_json(call, port));
    return Reply::ok({{"interfaceAttachments", items}});
}

Port find_interface(Call& call, Transaction& txn, const Server& server) {
    auto port = txn.get<Port>(call.path("port_id"));
    if (!port || port->device_id != server.id)
        throw Fault(Errc::not_found, "Port id {} is not attached to instance {}.", call.path("port_id"), server.id);
    return *std::move(port);
}

Reply show_interface(Call& call, Transaction& txn) {
    const auto server = find_visible(txn, call, call.path("server_id"));
    return Reply::ok({{"interfaceAttachment", interface_json(call, find_interface(call, txn, server))}});
}

Reply attach_interface(Call& call, Transaction& txn) {
    auto server = find_changeable(txn, call, call.path("server_id"));
    const auto asked = call.body().value("interfaceAttachment", json::object());
    networks::NicRequest request{
        .network_id = asked.value("net_id", ""),
        .port_id = asked.value("port_id", ""),
        .fixed_ip = asked.contains("fixed_ips") ? asked["fixed_ips"][0].value("ip_address", "") : "",
        .tag = asked.value("tag", "")};
    if (!request.network_id.empty() && !request.port_id.empty())
        throw Fault(Errc::bad_request, "Must not input both network_id and port_id");
    if (!request.fixed_ip.empty() && request.network_id.empty())
        throw Fault(Errc::bad_request, "Must input network_id when request IP address");
    std::vector<networks::NicRequest> requests{request};
    if (request.network_id.empty() && request.port_id.empty())
        requests = networks::default_networks(txn, server.project_id);

    std::set<std::string> before;
    for (const auto& port : ports_of(txn, server.id)) before.insert(port.id);
    networks::create_server_ports(txn, call.random(), server.id, server.project_id, requests, {},
                                  call.actor().is_admin());
    networks::bind_server_ports(txn, server.id, server.host);
    std::optional<Port> made;
    for (auto& port : ports_of(txn, server.id))
        if (!before.contains(port.id)) made = std::move(port);
    if (!made) throw Fault(Errc::bad_request, "No network was found to attach to");
    converge::start_task(txn, call.random(), server, "attach_interface", {{"port_id", made->id}});
    return Reply::ok({{"interfaceAttachment", interface_json(call, *made)}});
}

Reply detach_interface(Call& call, Transaction& txn) {
    auto server = find_changeable(txn, call, call.path("server_id"));
    const auto port = find_interface(call, txn, server);
    converge::start_task(txn, call.random(), server, "detach_interface",
                         {{"port_id", port.id}, {"mac", port.mac_address}});
    return Reply::accepted();
}

// By id or by name, within the server's project.
networks::SecurityGroup group_named(Transaction& txn, const Server& server, const std::string& name) {
    if (auto group = txn.get<networks::SecurityGroup>(name); group && group->project_id == server.project_id)
        return *std::move(group);
    for (auto& group : txn.scan<networks::SecurityGroup>({.index = "project"}, server.project_id))
        if (group.name == name) return std::move(group);
    throw Fault(Errc::not_found, "Security group {} not found for project {}.", name, server.project_id);
}

void show_group_names(Transaction& txn, Server& server) {
    std::set<std::string> names;
    for (const auto& port : ports_of(txn, server.id))
        for (const auto& id : port.security_groups)
            if (auto group = txn.peek<networks::SecurityGroup>(id)) names.insert(group->name);
    server.security_groups.assign(names.begin(), names.end());
    txn.put(server, "groups_changed");
}

Reply add_group(Call& call, Transaction& txn) {
    auto server = find_changeable(txn, call, call.path("server_id"));
    const auto group = group_named(txn, server, call.body()["addSecurityGroup"]["name"]);
    for (auto& port : ports_of(txn, server.id)) {
        auto after = port.security_groups;
        if (std::find(after.begin(), after.end(), group.id) != after.end()) continue;
        after.push_back(group.id);
        networks::change_groups(txn, port.security_groups, after);
        port.security_groups = std::move(after);
        networks::update_port(txn, port, "group_added");
    }
    show_group_names(txn, server);
    return Reply::accepted();
}

Reply remove_group(Call& call, Transaction& txn) {
    auto server = find_changeable(txn, call, call.path("server_id"));
    const auto group = group_named(txn, server, call.body()["removeSecurityGroup"]["name"]);
    bool found = false;
    for (auto& port : ports_of(txn, server.id)) {
        auto after = port.security_groups;
        if (std::erase(after, group.id) == 0) continue;
        found = true;
        networks::change_groups(txn, port.security_groups, after);
        port.security_groups = std::move(after);
        networks::update_port(txn, port, "group_removed");
    }
    if (!found)
        throw Fault(Errc::not_found, "Security group {} not associated with the instance {}", group.id, server.id);
    show_group_names(txn, server);
    return Reply::accepted();
}

Reply list_groups(Call& call, Transaction& txn) {
    const auto server = find_visible(txn, call, call.path("server_id"));
    std::set<std::string> ids;
    for (const auto& port : ports_of(txn, server.id))
        ids.insert(port.security_groups.begin(), port.security_groups.end());
    json items = json::array();
    for (const auto& id : ids) {
        if (auto group = txn.peek<networks::SecurityGroup>(id)) items.push_back(group_json(txn, *group));
    }
    return Reply::ok({{"security_groups", items}});
}

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::get,
     .path = "/v2.1/servers/{server_id}/ips",
     .policy = {"os_compute_api:ips:index", kReader},
     .summary = "List a server's addresses by network.",
     .handle = list_ips},
    {.method = http::Method::get,
     .path = "/v2.1/servers/{server_id}/ips/{network}",
     .policy = {"os_compute_api:ips:show", kReader},
     .summary = "List a server's addresses in one network.",
     .handle = show_ips},
    {.method = http::Method::get,
     .path = "/v2.1/servers/{server_id}/os-interface",
     .policy = {"os_compute_api:os-attach-interfaces:list", kReader},
     .summary = "List a server's interfaces.",
     .handle = list_interfaces},
    {.method = http::Method::post,
     .path = "/v2.1/servers/{server_id}/os-interface",
     .policy = {"os_compute_api:os-attach-interfaces:create", kMember},
     .body = kAttach,
     .summary = "Give a server another interface.",
     .handle = attach_interface},
    {.method = http::Method::get,
     .path = "/v2.1/servers/{server_id}/os-interface/{port_id}",
     .policy = {"os_compute_api:os-attach-interfaces:show", kReader},
     .summary = "Show an interface.",
     .handle = show_interface},
    {.method = http::Method::del,
     .path = "/v2.1/servers/{server_id}/os-interface/{port_id}",
     .policy = {"os_compute_api:os-attach-interfaces:delete", kMember},
     .success = 202,
     .summary = "Take an interface from a server.",
     .handle = detach_interface},
    {.method = http::Method::get,
     .path = "/v2.1/servers/{server_id}/os-security-groups",
     .policy = {"os_compute_api:os-security-groups:list", kReader},
     .summary = "List the security groups of a server's ports.",
     .handle = list_groups},
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "addSecurityGroup",
     .policy = {"os_compute_api:os-security-groups:add", kMember},
     .body = kAddGroup,
     .success = 202,
     .summary = "Put all ports of a server into a security group.",
     .handle = add_group},
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "removeSecurityGroup",
     .policy = {"os_compute_api:os-security-groups:remove", kMember},
     .body = kRemoveGroup,
     .success = 202,
     .summary = "Take all ports of a server out of a security group.",
     .handle = remove_group},
};

}  // namespace

api::EndpointTable server_network_endpoints() { return kTable; }

}  // namespace cumulet::compute::servers
