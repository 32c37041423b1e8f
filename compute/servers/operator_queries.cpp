// What operators and other services ask or tell about servers: diagnostics, external events, the audit of usage.
#include "common/store/transaction.hpp"
#include "compute/model/host.hpp"
#include "compute/networks/port.hpp"
#include "compute/servers/api.hpp"
#include "compute/servers/lookup.hpp"
#include "compute/servers/rules.hpp"

namespace cumulet::compute::servers {
namespace {

using api::Call;
using api::Errc;
using api::Fault;
using api::Reply;
using nlohmann::json;
using store::Transaction;

constexpr api::Schema kEvents{R"({"type": "object", "required": ["events"], "additionalProperties": false,
    "properties": {"events": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["name", "server_uuid"],
      "additionalProperties": false, "properties": {
        "name": {"type": "string", "enum": ["network-changed", "network-vif-plugged", "network-vif-unplugged",
          "network-vif-deleted", "volume-extended", "power-update", "accelerator-request-bound"]},
        "server_uuid": {"type": "string", "format": "uuid"}, "tag": {"type": "string", "maxLength": 255},
        "status": {"type": "string", "enum": ["failed", "completed", "in-progress"]}}}}}})"};

json nics_of(Transaction& txn, const std::string& server_id) {
    json nics = json::array();
    for (const auto& port : txn.scan<networks::Port>({.index = "device"}, server_id)) {
        json nic{{"mac_address", port.mac_address}};
        for (const char* counter : {"rx_octets", "rx_errors", "rx_drop", "rx_packets", "rx_rate", "tx_octets",
                                    "tx_errors", "tx_drop", "tx_packets", "tx_rate"})
            nic[counter] = nullptr;
        nics.push_back(std::move(nic));
    }
    return nics;
}

std::string_view state_of(PowerState power) {
    switch (power) {
        case PowerState::running:
            return "running";
        case PowerState::paused:
            return "paused";
        case PowerState::shutdown:
            return "shutdown";
        case PowerState::crashed:
            return "crashed";
        case PowerState::suspended:
            return "suspended";
        case PowerState::none:
            break;
    }
    return "pending";
}

// What is on record; what hosts do not measure is null, as Nova's document has it for drivers that do not.
Reply diagnostics(Call& call, Transaction& txn) {
    const auto server = find_visible(txn, call, call.path("server_id"));
    if (server.vm_state != VmState::active && server.vm_state != VmState::paused)
        throw Fault(Errc::conflict, "Cannot 'get_diagnostics' instance {} while it is in vm_state {}", server.id,
                    store::enum_name(server.vm_state));
    if (!call.at_least({2, 48})) return Reply::ok({{"memory", server.flavor.memory_mib * 1024}});
    json processors = json::array();
    for (std::int64_t id = 0; id < server.flavor.vcpus; ++id)
        processors.push_back({{"id", id}, {"time", nullptr}, {"utilisation", nullptr}});
    const auto nics = nics_of(txn, server.id);
    const auto host = txn.peek<Host>(server.host);
    return Reply::ok({{"state", state_of(server.power_state)},
                      {"driver", "libvirt"},
                      {"hypervisor", host ? json(host->hypervisor_type) : json(nullptr)},
                      {"hypervisor_os", nullptr},
                      {"uptime", nullptr},
                      {"config_drive", server.config_drive},
                      {"num_cpus", server.flavor.vcpus},
                      {"num_disks", 1},
                      {"num_nics", nics.size()},
                      {"memory_details", {{"maximum", server.flavor.memory_mib}, {"used", nullptr}}},
                      {"cpu_details", processors},
                      {"disk_details", json::array()},
                      {"nic_details", nics}});
}

// Guests keep their password to themselves: nobody ever posted one to the metadata service, which does not take any.
Reply show_password(Call& call, Transaction& txn) {
    find_visible(txn, call, call.path("server_id"));
    return Reply::ok({{"password", ""}});
}

Reply clear_password(Call& call, Transaction& txn) {
    find_visible(txn, call, call.path("server_id"));
    return Reply::no_content();
}

// Hosts are told of every change by the store itself: what a network service would say is taken, and says no more.
Reply take_events(Call& call, Transaction& txn) {
    json items = json::array();
    bool all = true, any = false;
    for (const auto& asked : call.body()["events"]) {
        json event = asked;
        if (!event.contains("status")) event["status"] = "completed";
        const auto server = txn.peek<Server>(asked["server_uuid"].get<std::string>());
        const int code = !server ? 404 : server->host.empty() ? 422 : 200;
        if (code != 200) event["status"] = "failed";
        event["code"] = code;
        any |= code == 200;
        all &= code == 200;
        items.push_back(std::move(event));
    }
    if (!any) throw Fault(Errc::not_found, "No instances found for any event");
    return Reply::json(all ? 200 : 207, {{"events", items}});
}

// Servers are metered all the time, from the change log: no host ever has an audit to run or to fail.
Reply audit(Transaction& txn, Timestamp before, const char* member) {
    const auto day = std::chrono::floor<std::chrono::days>(before);
    const std::chrono::year_month_day date{day};
    const Timestamp end = std::chrono::sys_days{date.year() / date.month() / 1};
    const std::chrono::year_month_day last{std::chrono::floor<std::chrono::days>(end) - std::chrono::days(1)};
    const Timestamp begin = std::chrono::sys_days{last.year() / last.month() / 1};
    std::size_t hosts = 0;
    txn.visit<Host>({}, [&](Host&&) {
        ++hosts;
        return true;
    });
    const auto text = [](Timestamp time) {
        auto shown = to_iso_naive(time).substr(0, 19);
        shown[10] = ' ';
        return shown;
    };
    return Reply::ok({{member,
                       {{"period_beginning", text(begin)},
                        {"period_ending", text(end)},
                        {"num_hosts", hosts},
                        {"num_hosts_done", hosts},
                        {"num_hosts_running", 0},
                        {"num_hosts_not_run", 0},
                        {"hosts_not_run", json::array()},
                        {"total_instances", 0},
                        {"total_errors", 0},
                        {"overall_status", "ALL hosts done. 0 errors."},
                        {"log", json::object()}}}});
}

Reply last_audit(Call& call, Transaction& txn) { return audit(txn, call.now(), "instance_usage_audit_logs"); }

Reply audit_before(Call& call, Transaction& txn) {
    std::string text = call.path("before");
    if (auto space = text.find(' '); space != std::string::npos) text[space] = 'T';
    if (text.size() == 10) text += "T00:00:00";
    const auto before = parse_iso(text);
    if (!before) throw Fault(Errc::bad_request, "Invalid timestamp for date {}", call.path("before"));
    return audit(txn, *before, "instance_usage_audit_log");
}

constexpr std::string_view kPassword = "/v2.1/servers/{server_id}/os-server-password";

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::get,
     .path = "/v2.1/servers/{server_id}/diagnostics",
     .policy = {"os_compute_api:os-server-diagnostics", kAdmin},
     .summary = "Show what is known of a running server.",
     .handle = diagnostics},
    {.method = http::Method::get,
     .path = kPassword,
     .policy = {"os_compute_api:os-server-password:show", kReader},
     .summary = "Show the password that a guest made for itself.",
     .handle = show_password},
    {.method = http::Method::del,
     .path = kPassword,
     .policy = {"os_compute_api:os-server-password:clear", kMember},
     .success = 204,
     .summary = "Forget the password that a guest made for itself.",
     .handle = clear_password},
    {.method = http::Method::post,
     .path = "/v2.1/os-server-external-events",
     .policy = {"os_compute_api:os-server-external-events:create", kAdmin},
     .body = kEvents,
     .summary = "Tell what happened to servers elsewhere.",
     .handle = take_events},
    {.method = http::Method::get,
     .path = "/v2.1/os-instance_usage_audit_log",
     .policy = {"os_compute_api:os-instance-usage-audit-log:list", kAdmin},
     .summary = "Show the audit of the last whole month's usage.",
     .handle = last_audit},
    {.method = http::Method::get,
     .path = "/v2.1/os-instance_usage_audit_log/{before}",
     .policy = {"os_compute_api:os-instance-usage-audit-log:show", kAdmin},
     .summary = "Show the audit of the usage of the month before a day.",
     .handle = audit_before},
};

}  // namespace

api::EndpointTable operator_endpoints() { return kTable; }

}  // namespace cumulet::compute::servers
