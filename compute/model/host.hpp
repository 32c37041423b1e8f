// Hypervisor hosts: what an agent reported of its machine. One record is a Nova service, a hypervisor and a placement
// resource provider at once. What is in use stands in counters (compute/placement), so that placing servers does not
// rewrite this record.
#pragma once

#include <map>
#include <set>
#include <string>

#include "common/store/record.hpp"

namespace cumulet::compute {

struct Host {
    std::string name;
    std::string uuid;          // resource provider and hypervisor
    std::string service_uuid;  // nova-compute service
    std::string address;
    std::string zone = "nova";
    std::string hypervisor_type;
    std::int64_t hypervisor_version = 0;
    std::string cpu_info_json;
    std::string acceleration_note;
    std::int64_t vcpus = 0, memory_mib = 0, disk_gib = 0;
    double cpu_ratio = 16.0, memory_ratio = 1.0, disk_ratio = 1.0;
    std::int64_t reserved_memory_mib = 0;
    std::map<std::string, bool> capabilities;  // "pause", "suspend", …: members of hypervisor::Capabilities
    bool disabled = false;
    std::string disabled_reason;
    bool forced_down = false;
    Timestamp created_at{}, started_at{};
    std::int64_t generation = 0;
    std::string guest_listener;  // base URL of the agent's own listener (console logs); empty: none
};

// When the agent was last heard: apart from Host, because it changes all the time.
struct HostPulse {
    std::string name;
    Timestamp seen_at{};
};

}  // namespace cumulet::compute

template <>
struct cumulet::store::Describe<cumulet::compute::Host> {
    using Host = cumulet::compute::Host;
    static constexpr std::string_view collection = "host";
    static constexpr int version = 1;
    static constexpr auto key = List{&Host::name};
    static constexpr auto fields = List{field("name", &Host::name),
                                        field("uuid", &Host::uuid),
                                        field("service_uuid", &Host::service_uuid),
                                        field("address", &Host::address),
                                        field("zone", &Host::zone),
                                        field("hypervisor_type", &Host::hypervisor_type),
                                        field("hypervisor_version", &Host::hypervisor_version),
                                        field("cpu_info_json", &Host::cpu_info_json),
                                        field("acceleration_note", &Host::acceleration_note),
                                        field("vcpus", &Host::vcpus),
                                        field("memory_mib", &Host::memory_mib),
                                        field("disk_gib", &Host::disk_gib),
                                        field("cpu_ratio", &Host::cpu_ratio),
                                        field("memory_ratio", &Host::memory_ratio),
                                        field("disk_ratio", &Host::disk_ratio),
                                        field("reserved_memory_mib", &Host::reserved_memory_mib),
                                        field("capabilities", &Host::capabilities),
                                        field("disabled", &Host::disabled),
                                        field("disabled_reason", &Host::disabled_reason),
                                        field("forced_down", &Host::forced_down),
                                        field("created_at", &Host::created_at),
                                        field("started_at", &Host::started_at),
                                        field("generation", &Host::generation),
                                        field("guest_listener", &Host::guest_listener)};
    static constexpr auto indexes = List{unique("uuid", &Host::uuid), unique("service_uuid", &Host::service_uuid)};
};

template <>
struct cumulet::store::Describe<cumulet::compute::HostPulse> {
    using HostPulse = cumulet::compute::HostPulse;
    static constexpr std::string_view collection = "host_pulse";
    static constexpr int version = 1;
    static constexpr auto key = List{&HostPulse::name};
    static constexpr auto fields = List{field("name", &HostPulse::name), field("seen_at", &HostPulse::seen_at)};
    static constexpr auto indexes = List{};
};
