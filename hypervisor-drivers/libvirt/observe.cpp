// What is on the host: LibvirtDriver::capabilities and observe.
#include <libvirt/virterror.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <unordered_set>

#include "hypervisor-drivers/libvirt/driver.hpp"
#include "hypervisor-drivers/libvirt/errors.hpp"
#include "hypervisor-drivers/libvirt/guest_domain.hpp"

namespace cumulet::hypervisor {
namespace {

struct FreeRecords {
    void operator()(virDomainStatsRecordPtr* records) const { ::virDomainStatsRecordListFree(records); }
};
using Records = std::unique_ptr<virDomainStatsRecordPtr, FreeRecords>;

std::string uuid_of(virDomainPtr domain) {
    std::array<char, VIR_UUID_STRING_BUFLEN> text{};
    return ::virDomainGetUUIDString(domain, text.data()) == 0 ? text.data() : std::string();
}

// One question for all, not one a guest.
std::unordered_set<GuestId> with_saved_state(virConnectPtr connection) {
    virDomainPtr* list = nullptr;
    const int count = ::virConnectListAllDomains(connection, &list, VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE);
    if (count < 0) throw_libvirt_error("listing suspended guests");
    std::unordered_set<GuestId> ids;
    for (int i = 0; i < count; ++i) {
        ids.insert(uuid_of(list[i]));
        ::virDomainFree(list[i]);
    }
    std::free(list);
    return ids;
}

int int_of(virDomainStatsRecordPtr record, const char* name) {
    int value = 0;
    ::virTypedParamsGetInt(record->params, record->nparams, name, &value);
    return value;
}

std::int64_t total_memory_mib(virConnectPtr connection) {
    int count = 0;
    if (::virNodeGetMemoryStats(connection, VIR_NODE_MEMORY_STATS_ALL_CELLS, nullptr, &count, 0) != 0) return 0;
    std::vector<virNodeMemoryStats> stats(static_cast<std::size_t>(count));
    if (::virNodeGetMemoryStats(connection, VIR_NODE_MEMORY_STATS_ALL_CELLS, stats.data(), &count, 0) != 0) return 0;
    for (const auto& stat : stats) {
        if (std::string_view(stat.field) == VIR_NODE_MEMORY_STATS_TOTAL)
            return static_cast<std::int64_t>(stat.value / 1024);
    }
    return 0;
}

}  // namespace

Capabilities LibvirtDriver::capabilities() const {
    const auto connection = watching_.get();
    const Acceleration acceleration = flavour_.now();
    Capabilities can;
    can.hypervisor_type = flavour_.hypervisor_type;
    can.domain_type = acceleration.machine.domain_type;
    can.acceleration_note = acceleration.note;
    const HostDescription host = flavour_.host();
    can.hypervisor_version = host.hypervisor_version;
    can.cpu_info_json = host.cpu_info_json;
    virNodeInfo node{};
    if (::virNodeGetInfo(connection.get(), &node) != 0) throw_libvirt_error("asking for the host's size");
    can.vcpus = node.cpus;
    can.memory_mib = total_memory_mib(connection.get());  // virNodeInfo counts one NUMA cell only on some hosts
    std::error_code error;
    const auto space = std::filesystem::space(flavour_.disk_folder, error);
    can.disk_gib = error ? 0 : static_cast<std::int64_t>(space.capacity >> 30);
    can.disk_formats = {"qcow2", "raw"};
    can.pause = can.suspend = can.soft_reboot = can.console_log = can.vnc = can.attach_nic = can.resize = can.rescue =
        can.snapshot = true;
    return can;
}

// nullopt: it has gone meanwhile.
std::optional<bool> LibvirtDriver::is_foreign(virDomainPtr domain, const GuestId& id) {
    {
        const std::lock_guard lock(foreign_mutex_);
        if (const auto known = foreign_.find(id); known != foreign_.end()) return known->second;
    }
    char* metadata = ::virDomainGetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, kMetadataNamespace, 0);
    std::free(metadata);
    if (metadata != nullptr) return false;
    if (::virGetLastErrorCode() == VIR_ERR_NO_DOMAIN) return std::nullopt;
    if (!last_error_is_not_found()) throw_libvirt_error("asking whose guest a domain is");
    return true;
}

std::vector<GuestState> LibvirtDriver::observe() {
    const auto connection = watching_.get();
    const auto saved = with_saved_state(connection.get());
    virDomainStatsRecordPtr* list = nullptr;
    // Nothing here asks a guest's QEMU: one that hangs would blind us for the whole host.
    const int count = ::virConnectGetAllDomainStats(connection.get(), VIR_DOMAIN_STATS_STATE, &list, 0);
    if (count < 0) throw_libvirt_error("listing guests");
    const Records records(list);
    std::vector<GuestState> states;
    std::unordered_map<GuestId, bool> still_there;
    for (int i = 0; i < count; ++i) {
        const virDomainPtr domain = list[i]->dom;
        const GuestId id = uuid_of(domain);
        const auto foreign = is_foreign(domain, id);
        virDomainInfo info{};
        if (!foreign || ::virDomainGetInfo(domain, &info) != 0) continue;  // it has gone meanwhile
        still_there.emplace(id, *foreign);
        const int state = int_of(list[i], "state.state");
        const bool on = state != VIR_DOMAIN_SHUTOFF && state != VIR_DOMAIN_CRASHED;
        states.push_back({.id = id,
                          .power = power_of(state, int_of(list[i], "state.reason"), saved.contains(id)),
                          .foreign = *foreign,
                          .memory_mib = on ? static_cast<std::int64_t>(info.memory / 1024) : 0,
                          .vcpus = info.nrVirtCpu,
                          .cpu_time_ns = static_cast<std::int64_t>(info.cpuTime)});
    }
    const std::lock_guard lock(foreign_mutex_);
    foreign_ = std::move(still_there);
    return states;
}

}  // namespace cumulet::hypervisor
