// A simulated guest: what a real hypervisor would remember about it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hypervisor-drivers/driver.h"

namespace cumulet::hypervisor::sim {

struct SimGuest {
    GuestId id;
    std::string name;
    Power power = Power::shutdown;
    bool foreign = false;
    int vcpus = 1;
    int memory_mib = 0;
    std::int64_t generation = 0;
    std::uint32_t boots = 0;
    std::vector<std::string> disks;  // paths
    std::vector<std::string> macs;
};

}  // namespace cumulet::hypervisor::sim
