#include "compute/model/quota.hpp"
#include "compute/networks/documents.hpp"
#include "compute/networks/ports.hpp"
#include "compute/networks/routing.hpp"
#include "compute/networks/rules.hpp"
#include "compute/networks/schema.hpp"
#include "compute/networks/service.hpp"

namespace cumulet::compute::networks {

using api::Errc;
using api::Fault;

namespace {

constexpr std::string_view kSingular = "router", kPlural = "routers";
constexpr std::string_view kProperties = R"J(
 "name":{"$ref":"#/definitions/name"},"admin_state_up":{"$ref":"#/definitions/flag"},
 "external_gateway_info":{"$ref":"#/definitions/gateway"},"routes":{"$ref":"#/definitions/routes"},
 "availability_zone_hints":{"$ref":"#/definitions/names"},"distributed":{"enum":[false,null]},"ha":{"enum":[false,null]})J";
constexpr std::string_view kInterface = R"J({"type":"object","additionalProperties":false,"minProperties":1,
 "properties":{"subnet_id":{"type":"string","minLength":1,"maxLength":64},"port_id":{"type":"string","minLength":1,"maxLength":64}}})J";

std::optional<GatewayWish> read_gateway(Call& call, store::Transaction& txn, std::string_view action,
                                        const Router& router, const json& info) {
    if (info.is_null() || info.empty()) return std::nullopt;
    GatewayWish wish;
    wish.network_id = text_of(info, "network_id", router.gateway_network_id);
    if (wish.network_id.empty()) throw invalid_input("network_id is required in external_gateway_info");
    find_visible(call, txn, network_list(), wish.network_id, network_not_found);
    const auto target = target_of(router);
    if (has(info, "enable_snat")) {
        wish.enable_snat = flag_of(info, "enable_snat", true);
        if (!*wish.enable_snat) call.enforce(std::string(action) + ":external_gateway_info:enable_snat", target);
    } else if (router.gateway_network_id == wish.network_id) {
        wish.enable_snat = router.enable_snat;
    }
    if (has(info, "external_fixed_ips")) {
        call.enforce(std::string(action) + ":external_gateway_info:external_fixed_ips", target);
        wish.addresses.emplace();
        for (const auto& fixed : info.at("external_fixed_ips"))
            wish.addresses->push_back({text_of(fixed, "subnet_id"), text_of(fixed, "ip_address")});
    }
    return wish;
}

void read_settings(store::Transaction& txn, Router& router, const json& item) {
    router.admin_state_up = flag_of(item, "admin_state_up", router.admin_state_up);
    if (!item.contains("routes")) return;
    std::vector<Route> routes;
    if (has(item, "routes"))
        for (const auto& route : item.at("routes"))
            routes.push_back({text_of(route, "destination"), text_of(route, "nexthop")});
    check_routes(txn, router, routes);
    router.routes = std::move(routes);
}

Router make_router(Call& call, store::Transaction& txn, const json& item) {
    Router router;
    fill_new(call, txn, router, item);
    within_quota("router", [&] { quota_take(txn, router.project_id, "router", 1); });
    if (has(item, "external_gateway_info"))
        set_gateway(txn, call.random(), router,
                    read_gateway(call, txn, "create_router", router, item.at("external_gateway_info")));
    read_settings(txn, router, item);
    txn.put(router, "created");
    return router;
}

Reply list_routers(Call& call, store::Transaction& txn) { return list_rows(call, txn, router_list()); }

Reply create_routers(Call& call, store::Transaction& txn) {
    std::vector<json> documents;
    for (const auto& item : items_of(call, kSingular, kPlural))
        documents.push_back(router_document(call, txn, make_router(call, txn, item)));
    return created(call, kSingular, kPlural, std::move(documents));
}

Router visible_router(Call& call, store::Transaction& txn) {
    return find_visible(call, txn, router_list(), call.path("router_id"), router_not_found);
}

Reply show_router(Call& call, store::Transaction& txn) {
    return Reply::ok({{kSingular, with_fields(call, router_document(call, txn, visible_router(call, txn)))}});
}

Reply update_router(Call& call, store::Transaction& txn) {
    auto router = visible_router(call, txn);
    const auto& item = call.body().at(std::string(kSingular));
    refuse_read_only(item, {"tenant_id", "project_id", "availability_zone_hints"});
    if (item.contains("external_gateway_info"))
        set_gateway(txn, call.random(), router,
                    read_gateway(call, txn, "update_router", router, item.at("external_gateway_info")));
    read_settings(txn, router, item);
    fill_changed(txn, router, item);
    txn.put(router, "updated");
    return Reply::ok({{kSingular, router_document(call, txn, router)}});
}

Reply delete_router(Call& call, store::Transaction& txn) {
    auto router = visible_router(call, txn);
    if (!interfaces_of(txn, router.id).empty()) throw router_in_use(router.id, "still has ports");
    set_gateway(txn, call.random(), router, std::nullopt);
    quota_take(txn, router.project_id, "router", -1);
    txn.erase(router, "deleted");
    return Reply::no_content();
}

json interface_document(const Router& router, const Port& port) {
    json subnets = json::array();
    for (const auto& fixed : port.fixed_ips) subnets.push_back(fixed.subnet_id);
    return {{"id", router.id},
            {"tenant_id", router.project_id},
            {"project_id", router.project_id},
            {"port_id", port.id},
            {"network_id", port.network_id},
            {"subnet_id", subnets.empty() ? json(nullptr) : subnets.front()},
            {"subnet_ids", subnets}};
}

Reply add_router_interface(Call& call, store::Transaction& txn) {
    auto router = visible_router(call, txn);
    const auto subnet_id = text_of(call.body(), "subnet_id"), port_id = text_of(call.body(), "port_id");
    if (!subnet_id.empty() && !port_id.empty())
        throw bad_request("router", "Cannot specify both subnet-id and port-id");
    if (!port_id.empty())
        return Reply::ok(interface_document(
            router, add_interface(txn, router, find_visible(call, txn, port_list(), port_id, port_not_found))));
    const auto subnet = find_visible(call, txn, subnet_list(), subnet_id, subnet_not_found);
    return Reply::ok(interface_document(router, add_interface(txn, call.random(), router, subnet)));
}

Port interface_named(store::Transaction& txn, const Router& router, const std::string& subnet_id,
                     const std::string& port_id) {
    for (const auto& listed : interfaces_of(txn, router.id)) {
        const bool on_subnet =
            std::ranges::find(listed.fixed_ips, subnet_id, &FixedIp::subnet_id) != listed.fixed_ips.end();
        if (!port_id.empty() && listed.id != port_id) continue;
        if (!subnet_id.empty() && !on_subnet) {
            if (port_id.empty()) continue;
            throw Fault(Errc::conflict, "Subnet {} on port {} does not match requested subnet", subnet_id, port_id)
                .kind("SubnetMismatchForPort");
        }
        if (auto port = txn.get<Port>(listed.id)) return *port;
    }
    if (!port_id.empty())
        throw Fault(Errc::not_found, "Router {} does not have an interface with id {}", router.id, port_id)
            .kind("RouterInterfaceNotFound");
    throw Fault(Errc::not_found, "Router {} has no interface on subnet {}", router.id, subnet_id)
        .kind("RouterInterfaceNotFoundForSubnet");
}

Reply remove_router_interface(Call& call, store::Transaction& txn) {
    auto router = visible_router(call, txn);
    const auto port = interface_named(txn, router, text_of(call.body(), "subnet_id"), text_of(call.body(), "port_id"));
    const auto document = interface_document(router, port);
    remove_interface(txn, router, port);
    return Reply::ok(document);
}

using http::Method;

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v2.0/routers",
     .policy = Policy{"get_router", kReader},
     .target = own_target,
     .summary = "List routers.",
     .handle = list_routers},
    {.method = Method::post,
     .path = "/v2.0/routers",
     .policy = Policy{"create_router", kMember},
     .target = own_target,
     .body = {schema::kCreate<kSingular, kPlural, kProperties>},
     .success = 201,
     .summary = "Create one router or several.",
     .handle = create_routers},
    {.method = Method::get,
     .path = "/v2.0/routers/{router_id}",
     .policy = Policy{"get_router", kReader},
     .target = own_target,
     .summary = "Show a router.",
     .handle = show_router},
    {.method = Method::put,
     .path = "/v2.0/routers/{router_id}",
     .policy = Policy{"update_router", kMember},
     .target = own_target,
     .body = {schema::kUpdate<kSingular, kProperties>},
     .summary = "Change a router, its gateway and its routes.",
     .handle = update_router},
    {.method = Method::del,
     .path = "/v2.0/routers/{router_id}",
     .policy = Policy{"delete_router", kMember},
     .target = own_target,
     .success = 204,
     .summary = "Delete a router that has no interfaces.",
     .handle = delete_router},
    {.method = Method::put,
     .path = "/v2.0/routers/{router_id}/add_router_interface",
     .policy = Policy{"add_router_interface", kMember},
     .target = own_target,
     .body = {kInterface},
     .summary = "Join a subnet to the router, by the subnet's gateway address or by a port.",
     .handle = add_router_interface},
    {.method = Method::put,
     .path = "/v2.0/routers/{router_id}/remove_router_interface",
     .policy = Policy{"remove_router_interface", kMember},
     .target = own_target,
     .body = {kInterface},
     .summary = "Take a subnet off the router.",
     .handle = remove_router_interface},
};

}  // namespace

api::EndpointTable router_endpoints() { return kEndpoints; }

}  // namespace cumulet::compute::networks
