// What operators see of hosts: hypervisors, compute services, availability zones.
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

constexpr api::Schema kServiceUpdate{R"({"type": "object", "additionalProperties": false, "properties": {
    "status": {"type": "string", "enum": ["enabled", "disabled"]},
    "disabled_reason": {"type": "string", "minLength": 1, "maxLength": 255},
    "forced_down": {"type": ["boolean", "string"]}}})"};
constexpr api::Schema kServiceByName{
    R"({"type": "object", "required": ["host", "binary"], "additionalProperties": false,
    "properties": {"host": {"type": "string", "minLength": 1, "maxLength": 255}, "binary": {"type": "string"},
      "disabled_reason": {"type": "string", "minLength": 1, "maxLength": 255}}})"};

// How guests are accelerated stands in here: clients check the names of a hypervisor's other members.
json cpu_info(const Call& call, const Host& host) {
    auto parsed = json::parse(host.cpu_info_json, nullptr, false);
    if (!parsed.is_object()) parsed = json::object();
    if (!host.acceleration_note.empty()) parsed["acceleration"] = host.acceleration_note;
    return call.at_least({2, 28}) ? parsed : json(parsed.dump());
}

json hypervisor_json(const Call& call, Transaction& txn, const Host& host, std::size_t place) {
    auto document = hypervisor_summary(call, txn, host, place);
    document["host_ip"] = host.address;
    document["hypervisor_type"] = host.hypervisor_type;
    document["hypervisor_version"] = host.hypervisor_version;
    document["service"] = {
        {"id", id_of(call, host.service_uuid, place)},
        {"host", host.name},
        {"disabled_reason", host.disabled_reason.empty() ? json(nullptr) : json(host.disabled_reason)}};
    if (call.at_least({2, 88})) {
        document["uptime"] = nullptr;
        if (!host.acceleration_note.empty()) document["acceleration"] = host.acceleration_note;
        return document;
    }
    const auto use = placement::host_use(txn, host.name);
    document["cpu_info"] = cpu_info(call, host);
    document["vcpus"] = host.vcpus;
    document["vcpus_used"] = use.vcpus;
    document["memory_mb"] = host.memory_mib;
    document["memory_mb_used"] = use.memory_mib + host.reserved_memory_mib;
    document["free_ram_mb"] = host.memory_mib - use.memory_mib - host.reserved_memory_mib;
    document["local_gb"] = host.disk_gib;
    document["local_gb_used"] = use.disk_gib;
    document["free_disk_gb"] = host.disk_gib - use.disk_gib;
    document["disk_available_least"] = host.disk_gib - use.disk_gib;
    document["running_vms"] = use.servers;
    document["current_workload"] = 0;
    return document;
}

void add_servers(json& document, Transaction& txn, const Host& host) {
    if (auto servers = servers_on(txn, host); !servers.empty()) document["servers"] = std::move(servers);
}

Reply list(Call& call, Transaction& txn, bool detail) {
    const auto pattern = call.at_least({2, 53}) ? call.query("hypervisor_hostname_pattern") : std::nullopt;
    const bool with_servers = call.at_least({2, 53}) && call.query_bool("with_servers").value_or(false);
    json items = json::array();
    std::size_t place = 0;
    for (const auto& host : txn.scan<Host>({})) {
        const auto at = place++;
        if (pattern && host.name.find(*pattern) == std::string::npos) continue;
        items.push_back(detail ? hypervisor_json(call, txn, host, at) : hypervisor_summary(call, txn, host, at));
        if (with_servers) add_servers(items.back(), txn, host);
    }
    if (pattern && items.empty()) throw Fault(Errc::not_found, "No hypervisor matching '{}' could be found.", *pattern);
    return Reply::ok({{"hypervisors", items}});
}

Reply list_hypervisors(Call& call, Transaction& txn) { return list(call, txn, false); }
Reply list_hypervisors_detail(Call& call, Transaction& txn) { return list(call, txn, true); }

Reply show_hypervisor(Call& call, Transaction& txn) {
    const auto& id = call.path("hypervisor_id");
    std::size_t place = 0;
    for (const auto& host : txn.scan<Host>({})) {
        const auto at = place++;
        if (call.at_least({2, 53}) ? host.uuid != id : std::to_string(at + 1) != id) continue;
        auto document = hypervisor_json(call, txn, host, at);
        if (call.at_least({2, 53}) && call.query_bool("with_servers").value_or(false)) add_servers(document, txn, host);
        return Reply::ok({{"hypervisor", document}});
    }
    throw Fault(Errc::not_found, "Compute host {} could not be found.", id);
}

Reply statistics(Call& call, Transaction& txn) {
    json sums{{"count", 0},          {"vcpus", 0},       {"vcpus_used", 0},       {"memory_mb", 0},
              {"memory_mb_used", 0}, {"free_ram_mb", 0}, {"local_gb", 0},         {"local_gb_used", 0},
              {"free_disk_gb", 0},   {"running_vms", 0}, {"current_workload", 0}, {"disk_available_least", 0}};
    for (const auto& host : txn.scan<Host>({})) {
        if (host.disabled) continue;
        const auto document = hypervisor_json(call, txn, host, 0);
        for (auto& [name, sum] : sums.items())
            if (name != "count") sum = sum.get<std::int64_t>() + document[name].get<std::int64_t>();
        sums["count"] = sums["count"].get<int>() + 1;
    }
    return Reply::ok({{"hypervisor_statistics", sums}});
}

json service_json(const Call& call, Transaction& txn, const Host& host, std::size_t place) {
    const auto pulse = txn.peek<HostPulse>(host.name);
    json document{{"id", id_of(call, host.service_uuid, place)},
                  {"binary", "nova-compute"},
                  {"host", host.name},
                  {"zone", host.zone},
                  {"status", host.disabled ? "disabled" : "enabled"},
                  {"state", is_up(call, txn, host) ? "up" : "down"},
                  {"updated_at", pulse ? json(to_iso_naive(pulse->seen_at)) : json(nullptr)},
                  {"disabled_reason", host.disabled_reason.empty() ? json(nullptr) : json(host.disabled_reason)}};
    if (call.at_least({2, 11})) document["forced_down"] = host.forced_down;
    return document;
}

Reply list_services(Call& call, Transaction& txn) {
    json items = json::array();
    std::size_t place = 0;
    const auto binary = call.query("binary").value_or("nova-compute");
    for (const auto& host : txn.scan<Host>({})) {
        const auto at = place++;
        if (call.query("host").value_or(host.name) == host.name && binary == "nova-compute")
            items.push_back(service_json(call, txn, host, at));
    }
    return Reply::ok({{"services", items}});
}

Reply update_service(Call& call, Transaction& txn) {
    auto host = txn.find<Host>("service_uuid", call.path("service_id"));
    if (!host) throw Fault(Errc::not_found, "Service {} could not be found.", call.path("service_id"));
    const auto& asked = call.body();
    if (asked.empty())
        throw Fault(Errc::bad_request,
                    "No updates were requested. Fields 'status' or 'forced_down' should be specified.");
    if (asked.contains("status")) {
        host->disabled = asked["status"] == "disabled";
        host->disabled_reason.clear();
    }
    if (asked.contains("disabled_reason")) {
        if (!host->disabled || !asked.contains("status"))
            throw Fault(Errc::bad_request, "Specifying disabled_reason requires that status is 'disabled'.");
        host->disabled_reason = asked["disabled_reason"];
    }
    if (asked.contains("forced_down"))
        host->forced_down = asked["forced_down"] == true || asked["forced_down"] == "true";
    txn.put(*host, "service_changed");
    return Reply::ok({{"service", service_json(call, txn, *host, 0)}});
}

Reply switch_service(Call& call, Transaction& txn, bool disabled, bool with_reason) {
    auto host = txn.get<Host>(call.body()["host"].get<std::string>());
    if (!host || call.body()["binary"] != "nova-compute")
        throw Fault(Errc::not_found, "Host '{}' could not be found.", call.body()["host"].get<std::string>());
    if (with_reason && !call.body().contains("disabled_reason"))
        throw Fault(Errc::bad_request, "Missing disabled reason field");
    host->disabled = disabled;
    host->disabled_reason = with_reason ? call.body()["disabled_reason"].get<std::string>() : "";
    txn.put(*host, "service_changed");
    json document{{"host", host->name}, {"binary", "nova-compute"}, {"status", disabled ? "disabled" : "enabled"}};
    if (with_reason) document["disabled_reason"] = host->disabled_reason;
    return Reply::ok({{"service", document}});
}

Reply enable_service(Call& call, Transaction& txn) { return switch_service(call, txn, false, false); }
Reply disable_service(Call& call, Transaction& txn) { return switch_service(call, txn, true, false); }
Reply disable_service_with_reason(Call& call, Transaction& txn) { return switch_service(call, txn, true, true); }

Reply zones(Call& call, Transaction& txn, bool detail) {
    std::map<std::string, json> by_zone;
    std::map<std::string, bool> available;
    for (const auto& host : txn.scan<Host>({})) {
        const bool up = is_up(call, txn, host);
        available[host.zone] = available[host.zone] || (up && !host.disabled);
        const auto pulse = txn.peek<HostPulse>(host.name);
        by_zone[host.zone][host.name]["nova-compute"] = {
            {"available", up},
            {"active", !host.disabled},
            {"updated_at", pulse ? json(to_iso_naive(pulse->seen_at)) : json(nullptr)}};
    }
    if (by_zone.empty()) {
        by_zone[call.module<Settings>().default_zone] = json::object();
        available[call.module<Settings>().default_zone] = false;
    }
    json items = json::array();
    for (auto& [zone, hosts] : by_zone)
        items.push_back({{"zoneName", zone},
                         {"zoneState", {{"available", available[zone]}}},
                         {"hosts", detail ? hosts : json(nullptr)}});
    return Reply::ok({{"availabilityZoneInfo", items}});
}

Reply list_zones(Call& call, Transaction& txn) { return zones(call, txn, false); }
Reply list_zones_detail(Call& call, Transaction& txn) { return zones(call, txn, true); }

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::get,
     .path = "/v2.1/os-hypervisors",
     .policy = {"os_compute_api:os-hypervisors:list", kAdmin},
     .summary = "List hypervisors.",
     .handle = list_hypervisors},
    {.method = http::Method::get,
     .path = "/v2.1/os-hypervisors/detail",
     .policy = {"os_compute_api:os-hypervisors:list-detail", kAdmin},
     .summary = "List hypervisors with their capacity and use.",
     .handle = list_hypervisors_detail},
    {.method = http::Method::get,
     .path = "/v2.1/os-hypervisors/statistics",
     .until = {2, 87},
     .policy = {"os_compute_api:os-hypervisors:statistics", kAdmin},
     .summary = "Show capacity and use over all hypervisors.",
     .handle = statistics},
    {.method = http::Method::get,
     .path = "/v2.1/os-hypervisors/{hypervisor_id}",
     .policy = {"os_compute_api:os-hypervisors:show", kAdmin},
     .summary = "Show a hypervisor.",
     .handle = show_hypervisor},
    {.method = http::Method::get,
     .path = "/v2.1/os-services",
     .policy = {"os_compute_api:os-services:list", kAdmin},
     .summary = "List the compute services.",
     .handle = list_services},
    {.method = http::Method::put,
     .path = "/v2.1/os-services/enable",
     .until = {2, 52},
     .policy = {"os_compute_api:os-services:update", kAdmin},
     .body = kServiceByName,
     .summary = "Let a host take servers.",
     .handle = enable_service},
    {.method = http::Method::put,
     .path = "/v2.1/os-services/disable",
     .until = {2, 52},
     .policy = {"os_compute_api:os-services:update", kAdmin},
     .body = kServiceByName,
     .summary = "Keep new servers from a host.",
     .handle = disable_service},
    {.method = http::Method::put,
     .path = "/v2.1/os-services/disable-log-reason",
     .until = {2, 52},
     .policy = {"os_compute_api:os-services:update", kAdmin},
     .body = kServiceByName,
     .summary = "Keep new servers from a host, and note why.",
     .handle = disable_service_with_reason},
    {.method = http::Method::put,
     .path = "/v2.1/os-services/{service_id}",
     .since = {2, 53},
     .policy = {"os_compute_api:os-services:update", kAdmin},
     .body = kServiceUpdate,
     .summary = "Enable, disable or force down a compute service.",
     .handle = update_service},
    {.method = http::Method::get,
     .path = "/v2.1/os-availability-zone",
     .policy = {"os_compute_api:os-availability-zone:list", "@"},
     .summary = "List availability zones.",
     .handle = list_zones},
    {.method = http::Method::get,
     .path = "/v2.1/os-availability-zone/detail",
     .policy = {"os_compute_api:os-availability-zone:detail", kAdmin},
     .summary = "List availability zones with their hosts.",
     .handle = list_zones_detail},
};

}  // namespace

api::EndpointTable host_endpoints() { return kTable; }

}  // namespace cumulet::compute::servers
