#include <algorithm>

#include "compute/model/quota.hpp"
#include "compute/networks/address.hpp"
#include "compute/networks/documents.hpp"
#include "compute/networks/holds.hpp"
#include "compute/networks/ports.hpp"
#include "compute/networks/rules.hpp"
#include "compute/networks/schema.hpp"
#include "compute/networks/service.hpp"
#include "compute/networks/subnets.hpp"

namespace cumulet::compute::networks {

using api::Errc;
using api::Fault;

namespace {

constexpr std::string_view kSingular = "subnet", kPlural = "subnets";
constexpr std::string_view kProperties = R"J(
 "name":{"$ref":"#/definitions/name"},"network_id":{"$ref":"#/definitions/id"},"ip_version":{"enum":[4,6,"4","6"]},
 "cidr":{"$ref":"#/definitions/text"},"gateway_ip":{"$ref":"#/definitions/text"},"enable_dhcp":{"$ref":"#/definitions/flag"},
 "allocation_pools":{"$ref":"#/definitions/pools"},"dns_nameservers":{"$ref":"#/definitions/names"},
 "host_routes":{"$ref":"#/definitions/routes"},"ipv6_ra_mode":{"enum":["dhcpv6-stateful","dhcpv6-stateless","slaac",null]},
 "ipv6_address_mode":{"enum":["dhcpv6-stateful","dhcpv6-stateless","slaac",null]},
 "subnetpool_id":{"type":"null"},"prefixlen":{"type":"null"},"use_default_subnetpool":{"enum":[false,null]},
 "service_types":{"$ref":"#/definitions/names"})J";

Subnet read_new(Call& call, store::Transaction& txn, const json& item) {
    Subnet subnet;
    fill_new(call, txn, subnet, item);
    subnet.network_id = text_of(item, "network_id");
    if (subnet.network_id.empty()) throw invalid_input("network_id is required");
    subnet.cidr = text_of(item, "cidr");
    if (subnet.cidr.empty()) throw bad_request("subnets", "a subnetpool must be specified in the absence of a cidr");
    const auto block = parse_block(subnet.cidr);
    if (!block || subnet.cidr.find('/') == std::string::npos)
        throw invalid_input("'" + subnet.cidr + "' is not a valid IP subnet");
    subnet.ip_version = static_cast<int>(number_of(item, "ip_version", block->version()));
    if (subnet.ip_version != block->version())
        throw invalid_input(fmt::format("ip_version {} does not match cidr {}", subnet.ip_version, subnet.cidr));
    subnet.cidr = block->text();
    subnet.enable_dhcp = flag_of(item, "enable_dhcp", true);
    subnet.ipv6_ra_mode = text_of(item, "ipv6_ra_mode");
    subnet.ipv6_address_mode = text_of(item, "ipv6_address_mode");
    subnet.service_types = item.value("service_types", json()).is_array()
                               ? item.at("service_types").get<std::vector<std::string>>()
                               : std::vector<std::string>{};
    read_lists(subnet, item);
    choose_gateway_and_pools(subnet, *block, item);
    check_subnet(subnet, *block);
    return subnet;
}

Subnet make_subnet(Call& call, store::Transaction& txn, const json& item) {
    auto subnet = read_new(call, txn, item);
    auto network = find_visible(call, txn, network_list(), subnet.network_id, network_not_found);
    auto target = target_of(subnet);
    target["network:tenant_id"] = network.project_id;
    call.enforce("create_subnet", target);
    if (!item.contains("project_id") && !item.contains("tenant_id") && is_admin(call))
        subnet.project_id = network.project_id;
    refuse_overlap(txn, network, subnet);
    within_quota("subnet", [&] { quota_take(txn, subnet.project_id, "subnet", 1); });
    txn.put(subnet, "created");
    network.subnet_ids.push_back(subnet.id);
    txn.put(network, "subnet-added");
    if (subnet.enable_dhcp) converge_dhcp_port(txn, call.random(), network.id);
    return subnet;
}

Reply list_subnets(Call& call, store::Transaction& txn) { return list_rows(call, txn, subnet_list()); }

Reply create_subnets(Call& call, store::Transaction& txn) {
    std::vector<json> documents;
    for (const auto& item : items_of(call, kSingular, kPlural))
        documents.push_back(subnet_document(call, txn, make_subnet(call, txn, item)));
    return created(call, kSingular, kPlural, std::move(documents));
}

Subnet visible_subnet(Call& call, store::Transaction& txn) {
    return find_visible(call, txn, subnet_list(), call.path("subnet_id"), subnet_not_found);
}

json subnet_target(store::Transaction& txn, const Subnet& subnet) {
    auto target = target_of(subnet);
    if (auto network = txn.peek<Network>(subnet.network_id)) target["network:tenant_id"] = network->project_id;
    return target;
}

Reply show_subnet(Call& call, store::Transaction& txn) {
    return Reply::ok({{kSingular, with_fields(call, subnet_document(call, txn, visible_subnet(call, txn)))}});
}

Reply update_subnet(Call& call, store::Transaction& txn) {
    auto subnet = visible_subnet(call, txn);
    const auto before = subnet;
    const auto& item = call.body().at(std::string(kSingular));
    call.enforce("update_subnet", subnet_target(txn, subnet));
    refuse_read_only(
        item, {"tenant_id", "project_id", "network_id", "ip_version", "cidr", "ipv6_ra_mode", "ipv6_address_mode"});
    const auto block = *parse_block(subnet.cidr);
    subnet.enable_dhcp = flag_of(item, "enable_dhcp", subnet.enable_dhcp);
    read_lists(subnet, item);
    if (has(item, "allocation_pools")) subnet.allocation_pools = read_pools(item.at("allocation_pools"));
    if (item.contains("gateway_ip")) {
        const auto wanted = text_of(item, "gateway_ip");
        if (wanted != subnet.gateway_ip && gateway_in_use(txn, subnet))
            throw Fault(Errc::conflict, "Current gateway ip {} already in use by a port. Unable to update.",
                        subnet.gateway_ip)
                .kind("GatewayIpInUse");
        subnet.gateway_ip = wanted;
    }
    check_subnet(subnet, block);
    fill_changed(txn, subnet, item);
    txn.put(subnet, "updated");
    if (before.enable_dhcp != subnet.enable_dhcp) converge_dhcp_port(txn, call.random(), subnet.network_id);
    return Reply::ok({{kSingular, subnet_document(call, txn, subnet)}});
}

Reply delete_subnet(Call& call, store::Transaction& txn) {
    auto subnet = visible_subnet(call, txn);
    call.enforce("delete_subnet", subnet_target(txn, subnet));
    if (!close_for_ever(txn, kHoldSubnet, subnet.id)) throw subnet_in_use(subnet.id);
    auto network = txn.get<Network>(subnet.network_id);
    if (!network) throw subnet_not_found(subnet.id);
    std::erase(network->subnet_ids, subnet.id);
    txn.put(*network, "subnet-removed");
    converge_dhcp_port(txn, call.random(), network->id);
    quota_take(txn, subnet.project_id, "subnet", -1);
    txn.erase(subnet, "deleted");
    return Reply::no_content();
}

using http::Method;
constexpr std::string_view kNetworkOwner = "rule:admin_or_project_member or rule:network_owner";

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v2.0/subnets",
     .policy = Policy{"get_subnet", kReader},
     .target = own_target,
     .summary = "List subnets of the networks that the project sees.",
     .handle = list_subnets},
    {.method = Method::post,
     .path = "/v2.0/subnets",
     .policy = Policy{"create_subnet", "rule:context_is_admin or (role:member and rule:network_owner)"},
     .target = own_target,
     .body = {schema::kCreate<kSingular, kPlural, kProperties>},
     .success = 201,
     .summary = "Create one subnet or several.",
     .handle = create_subnets},
    {.method = Method::get,
     .path = "/v2.0/subnets/{subnet_id}",
     .policy = Policy{"get_subnet", kReader},
     .target = own_target,
     .summary = "Show a subnet.",
     .handle = show_subnet},
    {.method = Method::put,
     .path = "/v2.0/subnets/{subnet_id}",
     .policy = Policy{"update_subnet", kNetworkOwner},
     .target = own_target,
     .body = {schema::kUpdate<kSingular, kProperties>},
     .summary = "Change a subnet.",
     .handle = update_subnet},
    {.method = Method::del,
     .path = "/v2.0/subnets/{subnet_id}",
     .policy = Policy{"delete_subnet", kNetworkOwner},
     .target = own_target,
     .success = 204,
     .summary = "Delete a subnet that no port has addresses of.",
     .handle = delete_subnet},
};

}  // namespace

api::EndpointTable subnet_endpoints() { return kEndpoints; }

}  // namespace cumulet::compute::networks
