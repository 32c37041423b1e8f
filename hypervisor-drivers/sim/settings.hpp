// What the simulated hypervisor can be told: how slow it is, how often it fails, when it hangs.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include "hypervisor-drivers/driver.h"

namespace cumulet::hypervisor::sim {

enum class Operation { define, start, stop, pause, suspend, reboot, absent, nic, console, observe, snapshot };
inline constexpr std::size_t kOperations = 11;

std::string_view to_string(Operation operation);

struct DelayRange {
    std::chrono::milliseconds least{0};
    std::chrono::milliseconds most{0};
};

struct SimSettings {
    std::uint64_t seed = 1;  // mixed with the host's name: two hosts of one seed behave differently
    std::int64_t vcpus = 64;
    std::int64_t memory_mib = 262'144;
    std::int64_t disk_gib = 4'096;
    std::array<DelayRange, kOperations> delay{};
    std::array<double, kOperations> fault{};  // probability; half of the faults come after the effect
    std::string hang_name;                    // operations on guests with this in their name never return
    std::set<Operation> hang_operations = {Operation::start};
    std::filesystem::path state_dir;  // empty: guests are kept in memory only
};

// Reads: seed, vcpus, memory_mib, disk_gib, state_dir, hang_name, hang_operations ("start,define"), delay_ms ("5" or
// "5..20"), fault ("0.01"), and delay_ms.<operation>, fault.<operation>, which weigh more. Throws DriverError (invalid)
// for an unknown key or a value that cannot be read.
SimSettings read_settings(const Settings& settings);

}  // namespace cumulet::hypervisor::sim
