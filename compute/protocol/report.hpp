// What an agent says: who it is, what became of its orders, what it observed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/store/codec.hpp"

namespace cumulet::compute::protocol {

// The machine, as registered (PUT /v1/hosts/{host}).
struct HostDescription {
    std::string address;
    std::string guest_listener;  // base URL of the agent's own listener (console logs); empty: none
    std::string hypervisor_type;
    std::int64_t hypervisor_version = 0;
    std::string cpu_info_json, acceleration_note, arch;
    std::int64_t vcpus = 0, memory_mib = 0, disk_gib = 0;
    double cpu_ratio = 16.0, memory_ratio = 1.0, disk_ratio = 1.0;
    std::int64_t reserved_memory_mib = 0;
    std::map<std::string, bool> capabilities;
    std::string zone;  // of a host seen for the first time; empty: "nova"
};

// What became of an order.
struct StepResult {
    std::string server_id, task_id;
    std::int64_t order = 0;
    bool ok = false;
    bool permanent = false;  // trying again here is useless
    std::string error;       // safe to show
    std::string power;       // as observed afterwards; empty: not known
};

// A guest whose power differs from what the desired state had on record.
struct GuestReport {
    std::string server_id;
    std::int64_t generation = 0;  // of the desired state the agent compared with
    std::string power;            // "running", …; "missing": it is not there and cannot be made again
};

// One batch (POST /v1/hosts/{host}/report). Empty lists: a pulse.
struct Report {
    std::vector<StepResult> steps;
    std::vector<GuestReport> guests;
    std::int64_t since = -1;  // answer with the desired state after this revision; -1: without
    bool with_network = true;
};

}  // namespace cumulet::compute::protocol

namespace cumulet::store {

template <>
struct Describe<compute::protocol::HostDescription> {
    using H = compute::protocol::HostDescription;
    static constexpr auto fields = List{field("address", &H::address),
                                        field("guest_listener", &H::guest_listener),
                                        field("hypervisor_type", &H::hypervisor_type),
                                        field("hypervisor_version", &H::hypervisor_version),
                                        field("cpu_info_json", &H::cpu_info_json),
                                        field("acceleration_note", &H::acceleration_note),
                                        field("arch", &H::arch),
                                        field("vcpus", &H::vcpus),
                                        field("memory_mib", &H::memory_mib),
                                        field("disk_gib", &H::disk_gib),
                                        field("cpu_ratio", &H::cpu_ratio),
                                        field("memory_ratio", &H::memory_ratio),
                                        field("disk_ratio", &H::disk_ratio),
                                        field("reserved_memory_mib", &H::reserved_memory_mib),
                                        field("capabilities", &H::capabilities),
                                        field("zone", &H::zone)};
};
template <>
struct Describe<compute::protocol::StepResult> {
    using S = compute::protocol::StepResult;
    static constexpr auto fields = List{field("server_id", &S::server_id), field("task_id", &S::task_id),
                                        field("order", &S::order),         field("ok", &S::ok),
                                        field("permanent", &S::permanent), field("error", &S::error),
                                        field("power", &S::power)};
};
template <>
struct Describe<compute::protocol::GuestReport> {
    using G = compute::protocol::GuestReport;
    static constexpr auto fields =
        List{field("server_id", &G::server_id), field("generation", &G::generation), field("power", &G::power)};
};
template <>
struct Describe<compute::protocol::Report> {
    using R = compute::protocol::Report;
    static constexpr auto fields = List{field("steps", &R::steps), field("guests", &R::guests),
                                        field("since", &R::since), field("with_network", &R::with_network)};
};

}  // namespace cumulet::store
