#include <array>

#include "compute/model/host.hpp"
#include "compute/networks/api_list.hpp"
#include "compute/networks/router.hpp"
#include "compute/networks/service.hpp"

namespace cumulet::compute::networks {

using api::Errc;
using api::Fault;

namespace {

// One agent of ours does what these four do elsewhere; clients look for them by type.
struct AgentKind {
    std::string_view type, binary, topic;
};
constexpr std::array<AgentKind, 4> kKinds{{{"Linux bridge agent", "neutron-linuxbridge-agent", "N/A"},
                                           {"DHCP agent", "neutron-dhcp-agent", "dhcp_agent"},
                                           {"L3 agent", "neutron-l3-agent", "l3_agent"},
                                           {"Metadata agent", "neutron-metadata-agent", "N/A"}}};
constexpr auto kAliveFor = std::chrono::seconds(75);

// The host's UUID with its last digit replaced: stable, and none of ours twice.
std::string agent_id(const Host& host, std::size_t kind) {
    std::string id = host.uuid;
    if (!id.empty()) id.back() = static_cast<char>('a' + static_cast<int>(kind));
    return id;
}

json agent_document(const Call& call, store::Transaction& txn, const Host& host, std::size_t kind) {
    const auto pulse = txn.peek<HostPulse>(host.name);
    const auto seen = pulse ? pulse->seen_at : host.started_at;
    auto naive = [](Timestamp time) {
        auto text = to_iso_seconds(time);
        text[10] = ' ';
        return text.substr(0, 19);
    };
    return {{"id", agent_id(host, kind)},
            {"agent_type", kKinds[kind].type},
            {"binary", kKinds[kind].binary},
            {"topic", kKinds[kind].topic},
            {"host", host.name},
            {"admin_state_up", true},
            {"alive", call.now() - seen < kAliveFor && !host.forced_down},
            {"created_at", naive(host.created_at)},
            {"started_at", naive(host.started_at)},
            {"heartbeat_timestamp", naive(seen)},
            {"description", nullptr},
            {"availability_zone", kind == 1 || kind == 2 ? json(host.zone) : json(nullptr)},
            {"resources_synced", nullptr},
            {"configurations", json::object()}};
}

Reply list_agents(Call& call, store::Transaction& txn) {
    const ListQuery query(call, "agents", agent_document(call, txn, Host{}, 0));
    std::vector<json> documents;
    txn.visit<Host>({}, [&](Host&& host) {
        for (std::size_t kind = 0; kind < kKinds.size(); ++kind)
            if (auto document = agent_document(call, txn, host, kind); query.matches(document))
                documents.push_back(std::move(document));
        return true;
    });
    return query.reply(std::move(documents));
}

Reply show_agent(Call& call, store::Transaction& txn) {
    const auto& id = call.path("agent_id");
    std::optional<json> found;
    txn.visit<Host>({}, [&](Host&& host) {
        for (std::size_t kind = 0; kind < kKinds.size() && !found; ++kind)
            if (agent_id(host, kind) == id) found = agent_document(call, txn, host, kind);
        return !found;
    });
    if (!found) throw Fault(Errc::not_found, "Agent {} could not be found.", id).kind("AgentNotFound");
    return Reply::ok({{"agent", with_fields(call, std::move(*found))}});
}

Reply list_zones(Call& call, store::Transaction& txn) {
    std::set<std::string> names{"nova"};
    txn.visit<Host>({}, [&](Host&& host) { return names.insert(host.zone).second || true; });
    json zones = json::array();
    for (const auto& name : names)
        for (const char* resource : {"network", "router"})
            zones.push_back(with_fields(call, {{"name", name}, {"resource", resource}, {"state", "available"}}));
    return Reply::ok({{"availability_zones", std::move(zones)}});
}

Reply list_providers(Call&, store::Transaction&) {
    return Reply::ok(
        {{"service_providers", {{{"service_type", "L3_ROUTER_NAT"}, {"name", "single_node"}, {"default", true}}}}});
}

using http::Method;

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v2.0/agents",
     .policy = Policy{"get_agent", "rule:context_is_admin"},
     .target = own_target,
     .summary = "List what works for the network on each host.",
     .handle = list_agents},
    {.method = Method::get,
     .path = "/v2.0/agents/{agent_id}",
     .policy = Policy{"get_agent", "rule:context_is_admin"},
     .target = own_target,
     .summary = "Show one of them.",
     .handle = show_agent},
    {.method = Method::get,
     .path = "/v2.0/availability_zones",
     .policy = Policy{"get_availability_zone", "@"},
     .target = own_target,
     .summary = "List availability zones of networks and routers.",
     .handle = list_zones},
    {.method = Method::get,
     .path = "/v2.0/service-providers",
     .policy = Policy{"get_service_provider", "@"},
     .target = own_target,
     .summary = "List who provides routing.",
     .handle = list_providers},
};

}  // namespace

api::EndpointTable agent_endpoints() { return kEndpoints; }

}  // namespace cumulet::compute::networks
