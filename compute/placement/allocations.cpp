#include "compute/placement/allocations.hpp"

#include <fmt/format.h>

#include "compute/placement/scheduler.hpp"

namespace cumulet::compute::placement {

namespace {

std::string counter_name(std::string_view host, std::string_view what) { return fmt::format("use/{}/{}", host, what); }

void give_back(store::Transaction& txn, const Allocation& held) {
    txn.add(counter_name(held.host, "vcpu"), -held.vcpus);
    txn.add(counter_name(held.host, "memory_mib"), -held.memory_mib);
    txn.add(counter_name(held.host, "disk_gib"), -held.disk_gib);
    txn.add(counter_name(held.host, "servers"), -1);
}

}  // namespace

HostUse host_use(store::Transaction& txn, std::string_view host) {
    return {.vcpus = txn.counter(counter_name(host, "vcpu")),
            .memory_mib = txn.counter(counter_name(host, "memory_mib")),
            .disk_gib = txn.counter(counter_name(host, "disk_gib")),
            .servers = txn.counter(counter_name(host, "servers"))};
}

void allocate(store::Transaction& txn, const Host& host, const std::string& server_id, const std::string& project_id,
              const std::string& user_id, const Flavor& flavor, std::int64_t disk_gib) {
    // A repeated step must not take twice.
    if (auto held = txn.get<Allocation>(server_id, host.name)) give_back(txn, *held);
    const auto capacity = capacity_of(host);
    txn.add(counter_name(host.name, "vcpu"), flavor.vcpus, capacity.vcpus);
    txn.add(counter_name(host.name, "memory_mib"), flavor.memory_mib, capacity.memory_mib);
    txn.add(counter_name(host.name, "disk_gib"), disk_gib, capacity.disk_gib);
    txn.add(counter_name(host.name, "servers"), 1);
    txn.put(Allocation{.consumer_id = server_id,
                       .host = host.name,
                       .host_uuid = host.uuid,
                       .project_id = project_id,
                       .user_id = user_id,
                       .vcpus = flavor.vcpus,
                       .memory_mib = flavor.memory_mib,
                       .disk_gib = disk_gib,
                       .created_at = txn.now()},
            "allocated");
}

void release(store::Transaction& txn, const std::string& server_id) {
    for (const auto& held : txn.scan<Allocation>({}, server_id)) {
        // Read again as a compare: two releases of one allocation must conflict, not both give back.
        if (!txn.get<Allocation>(held.consumer_id, held.host)) continue;
        give_back(txn, held);
        txn.erase(held, "released");
    }
}

}  // namespace cumulet::compute::placement
