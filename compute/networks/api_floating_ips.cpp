#include "compute/model/quota.hpp"
#include "compute/networks/documents.hpp"
#include "compute/networks/ports.hpp"
#include "compute/networks/proxied.hpp"
#include "compute/networks/routing.hpp"
#include "compute/networks/rules.hpp"
#include "compute/networks/schema.hpp"
#include "compute/networks/service.hpp"

namespace cumulet::compute::networks {

namespace {

constexpr std::string_view kSingular = "floatingip", kPlural = "floatingips";
constexpr std::string_view kProperties = R"J(
 "floating_network_id":{"$ref":"#/definitions/id"},"floating_ip_address":{"$ref":"#/definitions/text"},
 "subnet_id":{"$ref":"#/definitions/id_or_null"},"port_id":{"$ref":"#/definitions/id_or_null"},
 "fixed_ip_address":{"$ref":"#/definitions/text"})J";

// The port that holds the address on the external network; it belongs to nobody.
Port make_external_port(Call& call, store::Transaction& txn, const FloatingIp& floating, const json& item) {
    Port port;
    port.network_id = floating.floating_network_id;
    port.device_id = floating.id;
    port.device_owner = kOwnerFloatingIp;
    PortWishes wishes{.addresses = std::nullopt, .security_groups = std::vector<std::string>{}, .versions = {4}};
    AddressWish wish{text_of(item, "subnet_id"), text_of(item, "floating_ip_address")};
    if (!wish.ip_address.empty()) call.enforce("create_floatingip:floating_ip_address", target_of(floating));
    if (!wish.subnet_id.empty() || !wish.ip_address.empty()) wishes.addresses = std::vector<AddressWish>{wish};
    port = create_port(txn, call.random(), std::move(port), wishes);
    if (port.fixed_ips.empty())
        throw bad_request("floatingip", "Network " + port.network_id + " does not contain any IPv4 subnet");
    return port;
}

void associate_wished(Call& call, store::Transaction& txn, FloatingIp& floating, const json& item) {
    const auto port_id = text_of(item, "port_id");
    const auto fixed_ip = text_of(item, "fixed_ip_address");
    if (port_id.empty()) {
        if (!fixed_ip.empty())
            throw bad_request("floatingip", "fixed_ip_address cannot be specified without a port_id");
        return dissociate(floating);
    }
    associate(txn, floating, find_visible(call, txn, port_list(), port_id, port_not_found), fixed_ip);
}

}  // namespace

void dissociate(FloatingIp& floating) {
    floating.port_id.clear();
    floating.fixed_ip_address.clear();
    floating.router_id.clear();
    floating.status = "DOWN";
}

FloatingIp make_floating_ip(Call& call, store::Transaction& txn, const json& item) {
    FloatingIp floating;
    fill_new(call, txn, floating, item);
    floating.floating_network_id = text_of(item, "floating_network_id");
    if (floating.floating_network_id.empty()) throw invalid_input("floating_network_id is required");
    auto network = find_visible(call, txn, network_list(), floating.floating_network_id, network_not_found);
    if (!network.external)
        throw bad_request("floatingip", "Network " + network.id + " is not a valid external network");
    within_quota("floatingip", [&] { quota_take(txn, floating.project_id, "floatingip", 1); });
    const auto port = make_external_port(call, txn, floating, item);
    floating.floating_port_id = port.id;
    floating.floating_ip_address = port.fixed_ips.front().ip_address;
    associate_wished(call, txn, floating, item);
    txn.put(floating, "created");
    return floating;
}

void erase_floating_ip(store::Transaction& txn, const FloatingIp& floating) {
    if (auto port = txn.get<Port>(floating.floating_port_id)) delete_port(txn, *port);
    quota_take(txn, floating.project_id, "floatingip", -1);
    txn.erase(floating, "deleted");
}

namespace {

Reply list_floating_ips(Call& call, store::Transaction& txn) { return list_rows(call, txn, floating_ip_list()); }

Reply create_floating_ips(Call& call, store::Transaction& txn) {
    std::vector<json> documents;
    for (const auto& item : items_of(call, kSingular, kPlural))
        documents.push_back(floating_ip_document(call, txn, make_floating_ip(call, txn, item)));
    return created(call, kSingular, kPlural, std::move(documents));
}

FloatingIp visible_floating_ip(Call& call, store::Transaction& txn) {
    return find_visible(call, txn, floating_ip_list(), call.path("floatingip_id"), floating_ip_not_found);
}

Reply show_floating_ip(Call& call, store::Transaction& txn) {
    return Reply::ok({{kSingular, with_fields(call, floating_ip_document(call, txn, visible_floating_ip(call, txn)))}});
}

Reply update_floating_ip(Call& call, store::Transaction& txn) {
    auto floating = visible_floating_ip(call, txn);
    const auto& item = call.body().at(std::string(kSingular));
    refuse_read_only(item, {"tenant_id", "project_id", "floating_network_id", "floating_ip_address", "subnet_id"});
    if (item.contains("port_id") || item.contains("fixed_ip_address")) {
        json wanted = item;
        if (!item.contains("port_id")) wanted["port_id"] = null_or(floating.port_id);
        associate_wished(call, txn, floating, wanted);
    }
    fill_changed(txn, floating, item);
    txn.put(floating, "updated");
    return Reply::ok({{kSingular, floating_ip_document(call, txn, floating)}});
}

Reply delete_floating_ip(Call& call, store::Transaction& txn) {
    erase_floating_ip(txn, visible_floating_ip(call, txn));
    return Reply::no_content();
}

using http::Method;

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v2.0/floatingips",
     .policy = Policy{"get_floatingip", kReader},
     .target = own_target,
     .summary = "List floating IPs.",
     .handle = list_floating_ips},
    {.method = Method::post,
     .path = "/v2.0/floatingips",
     .policy = Policy{"create_floatingip", kMember},
     .target = own_target,
     .body = {schema::kCreate<kSingular, kPlural, kProperties>},
     .success = 201,
     .summary = "Take an address of an external network, at choice bound to a port at once.",
     .handle = create_floating_ips},
    {.method = Method::get,
     .path = "/v2.0/floatingips/{floatingip_id}",
     .policy = Policy{"get_floatingip", kReader},
     .target = own_target,
     .summary = "Show a floating IP.",
     .handle = show_floating_ip},
    {.method = Method::put,
     .path = "/v2.0/floatingips/{floatingip_id}",
     .policy = Policy{"update_floatingip", kMember},
     .target = own_target,
     .body = {schema::kUpdate<kSingular, kProperties>},
     .summary = "Bind a floating IP to a port, or take it off.",
     .handle = update_floating_ip},
    {.method = Method::del,
     .path = "/v2.0/floatingips/{floatingip_id}",
     .policy = Policy{"delete_floatingip", kMember},
     .target = own_target,
     .success = 204,
     .summary = "Give a floating IP back.",
     .handle = delete_floating_ip},
};

}  // namespace

api::EndpointTable floating_ip_endpoints() { return kEndpoints; }

}  // namespace cumulet::compute::networks
