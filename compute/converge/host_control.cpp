#include "compute/converge/host_control.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/api/fault.hpp"
#include "common/store/transaction.hpp"
#include "compute/converge/advance.hpp"
#include "compute/placement/hosts.hpp"

namespace cumulet::compute::converge {

namespace {

// A batch that met this many conflicts is taken in piece by piece.
constexpr int kBatchAttempts = 3;
constexpr std::string_view kSimulated = "fake";

bool is_numbered_after(const std::string& host, const std::string& peer) {
    if (!host.starts_with(peer + "-")) return false;
    const auto number = std::string_view(host).substr(peer.size() + 1);
    return !number.empty() && std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
}

Host host_from(const std::string& name, const protocol::HostDescription& description) {
    Host host;
    host.name = name;
    host.address = description.address;
    if (!description.zone.empty()) host.zone = description.zone;
    host.hypervisor_type = description.hypervisor_type;
    host.hypervisor_version = description.hypervisor_version;
    host.cpu_info_json = description.cpu_info_json;
    host.acceleration_note = description.acceleration_note;
    host.vcpus = description.vcpus;
    host.memory_mib = description.memory_mib;
    host.disk_gib = description.disk_gib;
    host.cpu_ratio = description.cpu_ratio;
    host.memory_ratio = description.memory_ratio;
    host.disk_ratio = description.disk_ratio;
    host.reserved_memory_mib = description.reserved_memory_mib;
    host.capabilities = description.capabilities;
    host.guest_listener = description.guest_listener;
    return host;
}

}  // namespace

HostControl::HostControl(store::Engine& engine, const Clock& clock, Random& random, HostChanges& changes,
                         DesiredSources sources)
    : engine_(engine), clock_(clock), random_(random), changes_(changes), sources_(std::move(sources)) {}

store::Cause HostControl::cause(const std::string& host, std::string_view operation) const {
    return {.time = clock_.now(), .user_id = "host:" + host, .operation = std::string(operation)};
}

bool HostControl::may_speak_for(const std::string& peer, const std::string& name) {
    if (peer.empty()) return false;
    if (peer == name) return true;
    if (!is_numbered_after(name, peer)) return false;
    store::Transaction txn(engine_, cause(name, "host.check"));
    auto host = txn.peek<Host>(name);
    return !host || host->hypervisor_type == kSimulated;
}

void HostControl::register_host(const std::string& name, const protocol::HostDescription& description) {
    if (description.vcpus <= 0 || description.memory_mib <= 0 || description.disk_gib < 0)
        throw api::Fault(api::Errc::bad_request, "Host {} describes itself without CPUs or memory.", name);
    store::transact(engine_, cause(name, "host.register"), [&](store::Transaction& txn) {
        placement::register_host(txn, random_, host_from(name, description));
        placement::pulse(txn, name);
    });
}

std::optional<protocol::Desired> HostControl::desired(const std::string& host, store::Revision since,
                                                      bool with_network) {
    auto changed = changes_.since(host, since);
    if (changed.known && changed.servers.empty() && !(with_network && changed.network)) return std::nullopt;
    // The transaction's snapshot is newer than what the log was read to: nothing listed is missed.
    store::Transaction txn(engine_, cause(host, "host.desired"));
    if (!txn.peek<Host>(host)) throw api::Fault(api::Errc::not_found, "Host {} is not registered.", host);
    auto desired =
        changed.known ? desired_of(txn, sources_, host, changed.servers) : desired_complete(txn, sources_, host);
    if (with_network && sources_.network && (!changed.known || changed.network))
        desired.network = sources_.network(txn, host);
    desired.revision = static_cast<std::int64_t>(changed.up_to);
    return desired;
}

void HostControl::report(const std::string& host, const protocol::Report& report) {
    const auto why = cause(host, "host.report");
    auto take = [&](store::Transaction& txn, std::span<const protocol::StepResult> steps,
                    std::span<const protocol::GuestReport> guests) {
        for (const auto& step : steps) report_step(txn, random_, host, step);
        for (const auto& guest : guests) report_power(txn, host, guest);
    };
    try {
        store::transact(
            engine_, why,
            [&](store::Transaction& txn) {
                placement::pulse(txn, host);
                take(txn, report.steps, report.guests);
            },
            kBatchAttempts);
        return;
    } catch (const store::StoreError&) {
        if (report.steps.size() + report.guests.size() < 2) throw;
    }
    for (const auto& step : report.steps)
        store::transact(engine_, why, [&](store::Transaction& txn) { take(txn, {&step, 1}, {}); });
    for (const auto& guest : report.guests)
        store::transact(engine_, why, [&](store::Transaction& txn) { take(txn, {}, {&guest, 1}); });
}

}  // namespace cumulet::compute::converge
