#include "compute/model/quota.hpp"
#include "compute/networks/documents.hpp"
#include "compute/networks/holds.hpp"
#include "compute/networks/ports.hpp"
#include "compute/networks/rules.hpp"
#include "compute/networks/schema.hpp"
#include "compute/networks/service.hpp"

namespace cumulet::compute::networks {

using api::Errc;
using api::Fault;

namespace {

constexpr std::string_view kSingular = "network", kPlural = "networks";
constexpr std::string_view kProperties = R"J(
 "name":{"$ref":"#/definitions/name"},"admin_state_up":{"$ref":"#/definitions/flag"},"shared":{"$ref":"#/definitions/flag"},
 "router:external":{"$ref":"#/definitions/flag"},"is_default":{"$ref":"#/definitions/flag"},
 "port_security_enabled":{"$ref":"#/definitions/flag"},"mtu":{"$ref":"#/definitions/number"},
 "availability_zone_hints":{"$ref":"#/definitions/names"},"provider:network_type":{"$ref":"#/definitions/text"},
 "provider:physical_network":{"$ref":"#/definitions/text"},"provider:segmentation_id":{"$ref":"#/definitions/number"})J";

constexpr std::int64_t kMaxVni = (1 << 24) - 1;

const std::vector<GuardedAttribute>& guarded() {
    static const std::vector<GuardedAttribute> kGuarded{{"shared", false},
                                                        {"router:external", false},
                                                        {"is_default", false},
                                                        {"provider:network_type", nullptr},
                                                        {"provider:physical_network", nullptr},
                                                        {"provider:segmentation_id", nullptr}};
    return kGuarded;
}

void choose_segment(Call& call, store::Transaction& txn, Network& network, const json& item) {
    network.network_type = text_of(item, "provider:network_type", "vxlan");
    network.physical_network = text_of(item, "provider:physical_network");
    network.segmentation_id = number_of(item, "provider:segmentation_id", 0);
    if (network.network_type == "flat") {
        if (network.physical_network.empty())
            throw invalid_input("physical_network required for flat provider network");
        if (network.segmentation_id != 0) throw invalid_input("segmentation_id prohibited for flat provider network");
    } else if (network.network_type == "vxlan") {
        if (!network.physical_network.empty())
            throw invalid_input("provider:physical_network specified for vxlan network");
        if (network.segmentation_id < 0 || network.segmentation_id > kMaxVni)
            throw invalid_input(fmt::format("segmentation_id must be between 1 and {}", kMaxVni));
        while (network.segmentation_id == 0) {
            const auto draw = static_cast<std::int64_t>(call.random().below(kMaxVni)) + 1;
            if (!txn.find<Network>("segment", "vxlan:" + std::to_string(draw))) network.segmentation_id = draw;
        }
    } else {
        throw invalid_input("network_type value '" + network.network_type + "' not supported: flat or vxlan");
    }
    const auto segment = store::Describe<Network>::segment(network);
    if (txn.find<Network>("segment", segment))
        throw Fault(Errc::conflict, "Unable to create the network. The segment {} is in use.", segment)
            .kind(network.network_type == "flat" ? "FlatNetworkInUse" : "TunnelIdInUse");
}

void read_settings(Network& network, const json& item) {
    network.admin_state_up = flag_of(item, "admin_state_up", network.admin_state_up);
    network.shared = flag_of(item, "shared", network.shared);
    network.external = flag_of(item, "router:external", network.external);
    network.is_default = flag_of(item, "is_default", network.is_default);
    network.port_security_enabled = flag_of(item, "port_security_enabled", network.port_security_enabled);
    network.mtu = number_of(item, "mtu", network.mtu);
    const std::int64_t most = network.network_type == "flat" ? 1500 : 1450;
    if (network.mtu == 0) network.mtu = most;
    if (network.mtu < 68 || network.mtu > most)
        throw invalid_input(fmt::format("Requested MTU is too big, maximum is {}, minimum is 68", most));
}

Network make_network(Call& call, store::Transaction& txn, const json& item) {
    Network network;
    fill_new(call, txn, network, item);
    enforce_attributes(call, "create_network", item, target_of(network), guarded());
    choose_segment(call, txn, network, item);
    network.mtu = network.network_type == "flat" ? 1500 : 1450;
    read_settings(network, item);
    within_quota("network", [&] { quota_take(txn, network.project_id, "network", 1); });
    txn.put(network, "created");
    return network;
}

Reply list_networks(Call& call, store::Transaction& txn) { return list_rows(call, txn, network_list()); }

Reply create_networks(Call& call, store::Transaction& txn) {
    std::vector<json> documents;
    for (const auto& item : items_of(call, kSingular, kPlural))
        documents.push_back(network_document(call, txn, make_network(call, txn, item)));
    return created(call, kSingular, kPlural, std::move(documents));
}

Network visible_network(Call& call, store::Transaction& txn) {
    return find_visible(call, txn, network_list(), call.path("network_id"), network_not_found);
}

Reply show_network(Call& call, store::Transaction& txn) {
    return Reply::ok({{kSingular, with_fields(call, network_document(call, txn, visible_network(call, txn)))}});
}

bool others_use(store::Transaction& txn, const Network& network) {
    bool used = false;
    txn.visit<Port>(
        {.index = "network"},
        [&](Port&& port) {
            used = port.project_id != network.project_id && !port.device_owner.starts_with("network:");
            return !used;
        },
        network.id);
    return used;
}

Reply update_network(Call& call, store::Transaction& txn) {
    auto network = visible_network(call, txn);
    const auto& item = call.body().at(std::string(kSingular));
    call.enforce("update_network", target_of(network));
    enforce_attributes(call, "update_network", item, target_of(network), guarded());
    refuse_read_only(item, {"tenant_id", "project_id", "availability_zone_hints", "provider:network_type",
                            "provider:physical_network", "provider:segmentation_id"});
    const bool was_shared = network.shared, was_external = network.external;
    read_settings(network, item);
    if (was_shared && !network.shared && others_use(txn, network))
        throw Fault(Errc::conflict,
                    "Unable to reconfigure sharing settings for network {}. Multiple tenants are using it.", network.id)
            .kind("InvalidSharedSetting");
    if (was_external && !network.external && holders(txn, kHoldNetwork, network.id) > 0)
        throw Fault(
            Errc::conflict,
            "External network {} cannot be updated to be made non-external, since it has existing gateway ports.",
            network.id)
            .kind("ExternalNetworkInUse");
    fill_changed(txn, network, item);
    txn.put(network, "updated");
    return Reply::ok({{kSingular, network_document(call, txn, network)}});
}

Reply delete_network(Call& call, store::Transaction& txn) {
    auto network = visible_network(call, txn);
    call.enforce("delete_network", target_of(network));
    if (!close_for_ever(txn, kHoldNetwork, network.id)) throw network_in_use(network.id);
    for (const auto& port : txn.scan<Port>({.index = "network"}, network.id)) {
        if (port.device_owner != kOwnerDhcp) throw network_in_use(network.id);
        delete_port(txn, port);
    }
    for (const auto& subnet : subnets_of(txn, network)) {
        quota_take(txn, subnet.project_id, "subnet", -1);
        txn.erase(subnet, "deleted");
    }
    quota_take(txn, network.project_id, "network", -1);
    txn.erase(network, "deleted");
    return Reply::no_content();
}

// Addresses in use, by network: what the pools hold and what is taken of them.
Reply show_availability(Call& call, store::Transaction& txn) {
    const auto network = visible_network(call, txn);
    auto document = availability_document(txn, network);
    return Reply::ok({{"network_ip_availability", with_fields(call, std::move(document))}});
}

Reply list_availability(Call& call, store::Transaction& txn) {
    json all = json::array();
    txn.visit<Network>({}, [&](Network&& network) {
        auto document = availability_document(txn, network);
        auto matches = [&](std::string_view name) {
            auto wanted = call.query(name);
            return !wanted || document.at(std::string(name)) == *wanted;
        };
        if (matches("network_id") && matches("network_name") && matches("project_id") && matches("tenant_id"))
            all.push_back(std::move(document));
        return true;
    });
    return Reply::ok({{"network_ip_availabilities", std::move(all)}});
}

using http::Method;

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v2.0/networks",
     .policy = Policy{"get_network", kReader},
     .target = own_target,
     .summary = "List networks: the project's, shared and external ones.",
     .handle = list_networks},
    {.method = Method::post,
     .path = "/v2.0/networks",
     .policy = Policy{"create_network", kMember},
     .target = own_target,
     .body = {schema::kCreate<kSingular, kPlural, kProperties>},
     .success = 201,
     .summary = "Create one network or several.",
     .handle = create_networks},
    {.method = Method::get,
     .path = "/v2.0/networks/{network_id}",
     .policy = Policy{"get_network", kReader},
     .target = own_target,
     .summary = "Show a network.",
     .handle = show_network},
    {.method = Method::put,
     .path = "/v2.0/networks/{network_id}",
     .policy = Policy{"update_network", kMember},
     .target = own_target,
     .body = {schema::kUpdate<kSingular, kProperties>},
     .summary = "Change a network.",
     .handle = update_network},
    {.method = Method::del,
     .path = "/v2.0/networks/{network_id}",
     .policy = Policy{"delete_network", kMember},
     .target = own_target,
     .success = 204,
     .summary = "Delete a network with its subnets.",
     .handle = delete_network},
    {.method = Method::get,
     .path = "/v2.0/network-ip-availabilities",
     .policy = Policy{"get_network_ip_availability", "rule:context_is_admin"},
     .target = own_target,
     .summary = "List how many addresses the networks have and use.",
     .handle = list_availability},
    {.method = Method::get,
     .path = "/v2.0/network-ip-availabilities/{network_id}",
     .policy = Policy{"get_network_ip_availability", "rule:context_is_admin"},
     .target = own_target,
     .summary = "Show how many addresses a network has and uses.",
     .handle = show_availability},
};

}  // namespace

api::EndpointTable network_endpoints() { return kEndpoints; }

}  // namespace cumulet::compute::networks
