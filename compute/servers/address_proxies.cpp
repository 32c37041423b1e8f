// Networks and floating IPs through Nova, as clients knew them before 2.36 (binding them before 2.44): Nova's words for
// Neutron's records.
#include "compute/networks/network.hpp"
#include "compute/networks/port.hpp"
#include "compute/networks/proxied.hpp"
#include "compute/networks/router.hpp"
#include "compute/networks/routing.hpp"
#include "compute/servers/api.hpp"
#include "compute/servers/lookup.hpp"
#include "compute/servers/rules.hpp"

namespace cumulet::compute::servers {
namespace {

using api::Call;
using api::Errc;
using api::Fault;
using api::Reply;
using networks::FloatingIp;
using networks::Network;
using networks::Port;
using nlohmann::json;
using store::Transaction;

constexpr api::Schema kAllocate{R"({"type": ["object", "null"], "additionalProperties": false,
    "properties": {"pool": {"type": ["string", "null"], "maxLength": 255}}})"};
constexpr api::Schema kAdd{R"({"type": "object", "required": ["addFloatingIp"], "additionalProperties": false,
    "properties": {"addFloatingIp": {"type": "object", "required": ["address"], "additionalProperties": false, "properties": {
      "address": {"type": "string", "format": "ipv4"}, "fixed_address": {"type": "string", "format": "ipv4"}}}}})"};
constexpr api::Schema kRemove{R"({"type": "object", "required": ["removeFloatingIp"], "additionalProperties": false,
    "properties": {"removeFloatingIp": {"type": "object", "required": ["address"], "additionalProperties": false,
      "properties": {"address": {"type": "string", "format": "ipv4"}}}}})"};

bool visible(const Call& call, const Network& network) {
    return call.actor().is_admin() || network.project_id == call.actor().project_id || network.shared ||
           network.external;
}

Reply list_networks(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& network : txn.scan<Network>({}))
        if (visible(call, network)) items.push_back({{"id", network.id}, {"label", network.name}, {"cidr", nullptr}});
    return Reply::ok({{"networks", items}});
}

Reply show_network(Call& call, Transaction& txn) {
    const auto network = txn.peek<Network>(call.path("network_id"));
    if (!network || !visible(call, *network)) throw Fault(Errc::not_found, "Network not found");
    return Reply::ok({{"network", {{"id", network->id}, {"label", network->name}, {"cidr", nullptr}}}});
}

json floating_json(Transaction& txn, const FloatingIp& floating) {
    const auto pool = txn.peek<Network>(floating.floating_network_id);
    const auto port = floating.port_id.empty() ? std::nullopt : txn.peek<Port>(floating.port_id);
    return {{"id", floating.id},
            {"ip", floating.floating_ip_address},
            {"pool", pool ? json(pool->name) : json(nullptr)},
            {"fixed_ip", floating.fixed_ip_address.empty() ? json(nullptr) : json(floating.fixed_ip_address)},
            {"instance_id", port && !port->device_id.empty() ? json(port->device_id) : json(nullptr)}};
}

std::vector<FloatingIp> own_floating_ips(const Call& call, Transaction& txn) {
    return txn.scan<FloatingIp>({.index = "project"}, call.actor().project_id);
}

Reply list_floating_ips(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& floating : own_floating_ips(call, txn)) items.push_back(floating_json(txn, floating));
    return Reply::ok({{"floating_ips", items}});
}

FloatingIp find_floating_ip(const Call& call, Transaction& txn) {
    const auto& id = call.path("floating_ip_id");
    auto floating = txn.get<FloatingIp>(id);
    if (!floating || (floating->project_id != call.actor().project_id && !call.actor().is_admin()))
        throw Fault(Errc::not_found, "Floating IP not found for ID {}", id);
    return *std::move(floating);
}

Reply show_floating_ip(Call& call, Transaction& txn) {
    return Reply::ok({{"floating_ip", floating_json(txn, find_floating_ip(call, txn))}});
}

Reply allocate_floating_ip(Call& call, Transaction& txn) {
    const auto& body = call.body();
    const auto pool =
        body.is_object() && body.contains("pool") && body["pool"].is_string() ? body["pool"].get<std::string>() : "";
    for (const auto& network : txn.scan<Network>({})) {
        if (!network.external || !visible(call, network)) continue;
        if (!pool.empty() && network.name != pool && network.id != pool) continue;
        const auto made = networks::make_floating_ip(call, txn, {{"floating_network_id", network.id}});
        return Reply::ok({{"floating_ip", floating_json(txn, made)}});
    }
    throw Fault(Errc::not_found, "Floating IP pool {}not found.", pool.empty() ? "" : pool + " ");
}

Reply release_floating_ip(Call& call, Transaction& txn) {
    networks::erase_floating_ip(txn, find_floating_ip(call, txn));
    return Reply::accepted();
}

Reply list_pools(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& network : txn.scan<Network>({}))
        if (network.external && visible(call, network)) items.push_back({{"name", network.name}});
    return Reply::ok({{"floating_ip_pools", items}});
}

FloatingIp floating_by_address(const Call& call, Transaction& txn, const std::string& address) {
    for (auto& floating : own_floating_ips(call, txn))
        if (floating.floating_ip_address == address) return *txn.get<FloatingIp>(floating.id);
    throw Fault(Errc::not_found, "floating IP not found");
}

void put_changed(Transaction& txn, FloatingIp& floating, std::string_view reason) {
    floating.updated_at = txn.now();
    ++floating.revision_number;
    txn.put(floating, reason);
}

Reply add_floating_ip(Call& call, Transaction& txn) {
    const auto server = find_changeable(txn, call, call.path("server_id"));
    const auto& asked = call.body()["addFloatingIp"];
    auto floating = floating_by_address(call, txn, asked["address"]);
    const std::string wanted = asked.value("fixed_address", "");
    for (const auto& port : txn.scan<Port>({.index = "device"}, server.id))
        for (const auto& fixed : port.fixed_ips) {
            if (wanted.empty() ? fixed.ip_address.find(':') != std::string::npos : fixed.ip_address != wanted) continue;
            networks::dissociate(floating);
            try {
                networks::associate(txn, floating, port, fixed.ip_address);
            } catch (const Fault& fault) {
                throw Fault(Errc::bad_request, "Unable to associate floating IP {}: {}", floating.floating_ip_address,
                            fault.what());
            }
            put_changed(txn, floating, "associated");
            return Reply::accepted();
        }
    throw Fault(
        Errc::bad_request, "{}",
        wanted.empty() ? "No fixed IPs associated to instance" : "Specified fixed address not assigned to instance");
}

Reply remove_floating_ip(Call& call, Transaction& txn) {
    const auto server = find_changeable(txn, call, call.path("server_id"));
    auto floating = floating_by_address(call, txn, call.body()["removeFloatingIp"]["address"]);
    const auto port = floating.port_id.empty() ? std::nullopt : txn.peek<Port>(floating.port_id);
    if (!port || port->device_id != server.id)
        throw Fault(Errc::conflict, "Floating IP {} is not associated with instance {}.", floating.floating_ip_address,
                    server.id);
    networks::dissociate(floating);
    put_changed(txn, floating, "dissociated");
    return Reply::accepted();
}

constexpr api::Version kLast{2, 35}, kLastAction{2, 43};

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::get,
     .path = "/v2.1/os-networks",
     .until = kLast,
     .policy = {"os_compute_api:os-networks:list", kReader},
     .summary = "List networks, in Nova's words.",
     .handle = list_networks},
    {.method = http::Method::get,
     .path = "/v2.1/os-networks/{network_id}",
     .until = kLast,
     .policy = {"os_compute_api:os-networks:show", kReader},
     .summary = "Show a network, in Nova's words.",
     .handle = show_network},
    {.method = http::Method::get,
     .path = "/v2.1/os-tenant-networks",
     .until = kLast,
     .policy = {"os_compute_api:os-tenant-networks:list", kReader},
     .summary = "List the networks that a project sees.",
     .handle = list_networks},
    {.method = http::Method::get,
     .path = "/v2.1/os-tenant-networks/{network_id}",
     .until = kLast,
     .policy = {"os_compute_api:os-tenant-networks:show", kReader},
     .summary = "Show a network that a project sees.",
     .handle = show_network},
    {.method = http::Method::get,
     .path = "/v2.1/os-floating-ips",
     .until = kLast,
     .policy = {"os_compute_api:os-floating-ips:list", kReader},
     .summary = "List floating IPs, in Nova's words.",
     .handle = list_floating_ips},
    {.method = http::Method::post,
     .path = "/v2.1/os-floating-ips",
     .until = kLast,
     .policy = {"os_compute_api:os-floating-ips:create", kMember},
     .body = kAllocate,
     .summary = "Take an address of an external network.",
     .handle = allocate_floating_ip},
    {.method = http::Method::get,
     .path = "/v2.1/os-floating-ips/{floating_ip_id}",
     .until = kLast,
     .policy = {"os_compute_api:os-floating-ips:show", kReader},
     .summary = "Show a floating IP, in Nova's words.",
     .handle = show_floating_ip},
    {.method = http::Method::del,
     .path = "/v2.1/os-floating-ips/{floating_ip_id}",
     .until = kLast,
     .policy = {"os_compute_api:os-floating-ips:delete", kMember},
     .success = 202,
     .summary = "Give a floating IP back.",
     .handle = release_floating_ip},
    {.method = http::Method::get,
     .path = "/v2.1/os-floating-ip-pools",
     .until = kLast,
     .policy = {"os_compute_api:os-floating-ip-pools", "@"},
     .summary = "List the networks that floating IPs come from.",
     .handle = list_pools},
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "addFloatingIp",
     .until = kLastAction,
     .policy = {"os_compute_api:os-floating-ips:add", kMember},
     .body = kAdd,
     .success = 202,
     .summary = "Bind a floating IP to a server.",
     .handle = add_floating_ip},
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "removeFloatingIp",
     .until = kLastAction,
     .policy = {"os_compute_api:os-floating-ips:remove", kMember},
     .body = kRemove,
     .success = 202,
     .summary = "Take a floating IP from a server.",
     .handle = remove_floating_ip},
};

}  // namespace

api::EndpointTable address_proxy_endpoints() { return kTable; }

}  // namespace cumulet::compute::servers
