#include "compute/converge/host_control.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "common/api/fault.hpp"
#include "compute/converge/advance.hpp"
#include "compute/placement/hosts.hpp"

namespace cumulet::compute::converge {

namespace {

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

HostControl::HostControl(Random& random, HostChanges& changes, DesiredSources sources)
    : random_(random), changes_(changes), sources_(std::move(sources)) {}

bool HostControl::may_speak_for(store::Transaction& txn, const std::string& peer, const std::string& name) {
    if (peer.empty()) return false;
    if (peer == name) return true;
    if (!is_numbered_after(name, peer)) return false;
    auto host = txn.peek<Host>(name);
    return !host || host->hypervisor_type == kSimulated;
}

void HostControl::register_host(store::Transaction& txn, const std::string& name,
                                const protocol::HostDescription& description) {
    if (description.vcpus <= 0 || description.memory_mib <= 0 || description.disk_gib < 0)
        throw api::Fault(api::Errc::bad_request, "Host {} describes itself without CPUs or memory.", name);
    placement::register_host(txn, random_, host_from(name, description));
    placement::pulse(txn, name);
}

std::optional<protocol::Desired> HostControl::desired(store::Transaction& txn, const std::string& host,
                                                      store::Revision since, bool with_network,
                                                      const std::vector<std::string>& also) {
    auto changed = changes_.since(host, since);
    if (!txn.peek<Host>(host)) throw api::Fault(api::Errc::not_found, "Host {} is not registered.", host);
    const bool network_news = with_network && changed.network;
    if (changed.known && changed.servers.empty() && also.empty() && !network_news) return std::nullopt;
    protocol::Desired desired;
    if (changed.known) {
        std::set<std::string> ids(changed.servers.begin(), changed.servers.end());
        ids.insert(also.begin(), also.end());
        desired = desired_of(txn, sources_, host, {ids.begin(), ids.end()});
    } else {
        desired = desired_complete(txn, sources_, host);
    }
    if (with_network && sources_.network && (!changed.known || changed.network))
        desired.network = sources_.network(txn, host);
    // What the log knew and this snapshot did not see yet is told again next time, and the other way round.
    desired.revision = static_cast<std::int64_t>(std::min(changed.up_to, txn.snapshot_revision()));
    return desired;
}

std::optional<protocol::Desired> HostControl::report(store::Transaction& txn, const std::string& host,
                                                     const protocol::Report& report) {
    placement::pulse(txn, host);
    std::vector<std::string> touched;
    for (const auto& step : report.steps) {
        report_step(txn, random_, host, step);
        touched.push_back(step.server_id);
    }
    for (const auto& guest : report.guests)
        if (report_power(txn, host, guest)) touched.push_back(guest.server_id);
    if (report.since < 0) return std::nullopt;
    return desired(txn, host, static_cast<store::Revision>(report.since), report.with_network, touched);
}

}  // namespace cumulet::compute::converge
