// How operators asked for hosts before 2.53: by name in the path, and os-hosts.
#include <set>

#include "compute/model/server.hpp"
#include "compute/placement/hosts.hpp"
#include "compute/placement/scheduler.hpp"
#include "compute/servers/api.hpp"
#include "compute/servers/host_view.hpp"
#include "compute/servers/rules.hpp"

namespace cumulet::compute::servers {
namespace {

using api::Call;
using api::Errc;
using api::Fault;
using api::Reply;
using nlohmann::json;
using store::Transaction;

constexpr api::Schema kUpdate{R"({"type": "object", "minProperties": 1, "additionalProperties": false, "properties": {
    "status": {"type": "string", "enum": ["enable", "disable", "Enable", "Disable", "ENABLE", "DISABLE"]},
    "maintenance_mode": {"type": "string", "enum": ["enable", "disable", "Enable", "Disable", "ENABLE", "DISABLE"]}}})"};

Reply matching_hypervisors(Call& call, Transaction& txn, bool with_servers) {
    const auto& pattern = call.path("hypervisor_id");
    json items = json::array();
    std::size_t place = 0;
    for (const auto& host : txn.scan<Host>({})) {
        const auto at = place++;
        if (host.name.find(pattern) == std::string::npos) continue;
        items.push_back(hypervisor_summary(call, txn, host, at));
        if (auto servers = with_servers ? servers_on(txn, host) : json::array(); !servers.empty())
            items.back()["servers"] = std::move(servers);
    }
    if (items.empty()) throw Fault(Errc::not_found, "No hypervisor matching '{}' could be found.", pattern);
    return Reply::ok({{"hypervisors", items}});
}

Reply search_hypervisors(Call& call, Transaction& txn) { return matching_hypervisors(call, txn, false); }
Reply hypervisor_servers(Call& call, Transaction& txn) { return matching_hypervisors(call, txn, true); }

Reply hypervisor_uptime(Call& call, Transaction& txn) {
    const auto& id = call.path("hypervisor_id");
    std::size_t place = 0;
    for (const auto& host : txn.scan<Host>({})) {
        const auto wanted = id_of(call, host.uuid, place++);
        if ((wanted.is_string() ? wanted.get<std::string>() : wanted.dump()) == id)
            throw Fault(Errc::bad_request, "The hypervisor of host {} does not tell its uptime.", host.name);
    }
    throw Fault(Errc::not_found, "Compute host {} could not be found.", id);
}

Reply list_hosts(Call& call, Transaction& txn) {
    const auto zone = call.query("zone");
    json items = json::array();
    for (const auto& host : txn.scan<Host>({}))
        if (!zone || zone->empty() || *zone == host.zone)
            items.push_back({{"host_name", host.name}, {"service", "compute"}, {"zone", host.zone}});
    return Reply::ok({{"hosts", items}});
}

Host find_host(const Call& call, Transaction& txn) {
    auto host = txn.get<Host>(call.path("host_name"));
    if (!host) throw Fault(Errc::not_found, "Compute host {} could not be found.", call.path("host_name"));
    return *std::move(host);
}

json resource(const Host& host, const std::string& project, std::int64_t cpu, std::int64_t memory_mib,
              std::int64_t disk_gib) {
    return {
        {"resource",
         {{"host", host.name}, {"project", project}, {"cpu", cpu}, {"memory_mb", memory_mib}, {"disk_gb", disk_gib}}}};
}

Reply show_host(Call& call, Transaction& txn) {
    const auto host = find_host(call, txn);
    const auto use = placement::host_use(txn, host.name);
    std::map<std::string, placement::HostUse> by_project;
    for (const auto& server : txn.scan<Server>({.index = "host"}, host.name)) {
        auto& sum = by_project[server.project_id];
        sum.vcpus += server.flavor.vcpus;
        sum.memory_mib += server.flavor.memory_mib;
        sum.disk_gib += disk_gib_of(server.flavor);
    }
    json items = json::array({resource(host, "(total)", host.vcpus, host.memory_mib, host.disk_gib),
                              resource(host, "(used_now)", use.vcpus, use.memory_mib, use.disk_gib),
                              resource(host, "(used_max)", use.vcpus, use.memory_mib, use.disk_gib)});
    for (const auto& [project, sum] : by_project)
        items.push_back(resource(host, project, sum.vcpus, sum.memory_mib, sum.disk_gib));
    return Reply::ok({{"host", items}});
}

Reply update_host(Call& call, Transaction& txn) {
    auto host = find_host(call, txn);
    if (call.body().contains("maintenance_mode"))
        throw Fault(Errc::not_implemented, "The hypervisor of host {} has no maintenance mode.", host.name);
    const auto& status = call.body()["status"].get_ref<const std::string&>();
    host.disabled = status[0] == 'd' || status[0] == 'D';
    host.disabled_reason.clear();
    txn.put(host, "service_changed");
    return Reply::ok({{"host", host.name}, {"status", host.disabled ? "disabled" : "enabled"}});
}

Reply power_host(Call& call, Transaction& txn) {
    const auto host = find_host(call, txn);
    throw Fault(Errc::not_implemented, "The power of host {} is not in the hands of its hypervisor.", host.name);
}

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::get,
     .path = "/v2.1/os-hypervisors/{hypervisor_id}/search",
     .until = {2, 52},
     .policy = {"os_compute_api:os-hypervisors:search", kAdmin},
     .summary = "List hypervisors whose name holds a text.",
     .handle = search_hypervisors},
    {.method = http::Method::get,
     .path = "/v2.1/os-hypervisors/{hypervisor_id}/servers",
     .until = {2, 52},
     .policy = {"os_compute_api:os-hypervisors:servers", kAdmin},
     .summary = "List the servers of hypervisors whose name holds a text.",
     .handle = hypervisor_servers},
    {.method = http::Method::get,
     .path = "/v2.1/os-hypervisors/{hypervisor_id}/uptime",
     .until = {2, 87},
     .policy = {"os_compute_api:os-hypervisors:uptime", kAdmin},
     .summary = "Refused: hypervisors do not tell their uptime.",
     .handle = hypervisor_uptime},
    {.method = http::Method::get,
     .path = "/v2.1/os-hosts",
     .until = {2, 42},
     .policy = {"os_compute_api:os-hosts:list", kAdmin},
     .summary = "List hosts.",
     .handle = list_hosts},
    {.method = http::Method::get,
     .path = "/v2.1/os-hosts/{host_name}",
     .until = {2, 42},
     .policy = {"os_compute_api:os-hosts:show", kAdmin},
     .summary = "Show what a host has and what projects use of it.",
     .handle = show_host},
    {.method = http::Method::put,
     .path = "/v2.1/os-hosts/{host_name}",
     .until = {2, 42},
     .policy = {"os_compute_api:os-hosts:update", kAdmin},
     .body = kUpdate,
     .summary = "Let a host take servers, or keep new ones from it.",
     .handle = update_host},
    {.method = http::Method::get,
     .path = "/v2.1/os-hosts/{host_name}/startup",
     .until = {2, 42},
     .policy = {"os_compute_api:os-hosts:start", kAdmin},
     .summary = "Refused: hosts are not switched on from here.",
     .handle = power_host},
    {.method = http::Method::get,
     .path = "/v2.1/os-hosts/{host_name}/shutdown",
     .until = {2, 42},
     .policy = {"os_compute_api:os-hosts:shutdown", kAdmin},
     .summary = "Refused: hosts are not switched off from here.",
     .handle = power_host},
    {.method = http::Method::get,
     .path = "/v2.1/os-hosts/{host_name}/reboot",
     .until = {2, 42},
     .policy = {"os_compute_api:os-hosts:reboot", kAdmin},
     .summary = "Refused: hosts are not rebooted from here.",
     .handle = power_host},
};

}  // namespace

api::EndpointTable older_host_endpoints() { return kTable; }

}  // namespace cumulet::compute::servers
