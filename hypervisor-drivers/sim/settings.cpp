#include "hypervisor-drivers/sim/settings.hpp"

#include <fmt/format.h>

#include <charconv>

namespace cumulet::hypervisor::sim {
namespace {

constexpr std::array<std::string_view, kOperations> kNames = {
    "define", "start", "stop", "pause", "suspend", "reboot", "absent", "nic", "console", "observe", "snapshot"};

[[noreturn]] void refuse(const std::string& key, std::string_view value, std::string_view wanted) {
    throw DriverError(DriverErrc::invalid, fmt::format("driver.sim.{} is \"{}\"; it must be {}", key, value, wanted));
}

template <typename Number>
Number number(const std::string& key, std::string_view value, std::string_view wanted) {
    Number read{};
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), read);
    if (error != std::errc{} || end != value.data() + value.size() || read < 0) refuse(key, value, wanted);
    return read;
}

DelayRange delay_range(const std::string& key, std::string_view value) {
    constexpr std::string_view kWanted = "milliseconds, \"5\" or \"5..20\"";
    const auto dots = value.find("..");
    const auto least = number<std::int64_t>(key, value.substr(0, dots), kWanted);
    const auto most =
        dots == std::string_view::npos ? least : number<std::int64_t>(key, value.substr(dots + 2), kWanted);
    if (most < least) refuse(key, value, kWanted);
    return {std::chrono::milliseconds(least), std::chrono::milliseconds(most)};
}

double probability(const std::string& key, std::string_view value) {
    const auto read = number<double>(key, value, "a probability between 0 and 1");
    if (read > 1) refuse(key, value, "a probability between 0 and 1");
    return read;
}

Operation operation(const std::string& key, std::string_view name) {
    for (std::size_t i = 0; i < kOperations; ++i) {
        if (kNames[i] == name) return static_cast<Operation>(i);
    }
    refuse(key, name, fmt::format("one of {}", fmt::join(kNames, ", ")));
}

std::set<Operation> operations(const std::string& key, std::string_view list) {
    std::set<Operation> read;
    while (!list.empty()) {
        const auto comma = list.find(',');
        read.insert(operation(key, list.substr(0, comma)));
        list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
    }
    return read;
}

void read_plain(SimSettings& into, const std::string& key, const std::string& value) {
    constexpr std::string_view kCount = "a whole number of at least 0";
    if (key == "seed")
        into.seed = number<std::uint64_t>(key, value, kCount);
    else if (key == "vcpus")
        into.vcpus = number<std::int64_t>(key, value, kCount);
    else if (key == "memory_mib")
        into.memory_mib = number<std::int64_t>(key, value, kCount);
    else if (key == "disk_gib")
        into.disk_gib = number<std::int64_t>(key, value, kCount);
    else if (key == "state_dir")
        into.state_dir = value;
    else if (key == "hang_name")
        into.hang_name = value;
    else if (key == "hang_operations")
        into.hang_operations = operations(key, value);
    else if (key == "delay_ms")
        into.delay.fill(delay_range(key, value));
    else if (key == "fault")
        into.fault.fill(probability(key, value));
    else
        throw DriverError(DriverErrc::invalid, fmt::format("driver.sim has no setting \"{}\"", key));
}

}  // namespace

std::string_view to_string(Operation operation) { return kNames[static_cast<std::size_t>(operation)]; }

SimSettings read_settings(const Settings& settings) {
    SimSettings read;
    for (const auto& [key, value] : settings) {
        if (key.find('.') == std::string::npos) read_plain(read, key, value);
    }
    for (const auto& [key, value] : settings) {
        const auto dot = key.find('.');
        if (dot == std::string::npos) continue;
        const auto index = static_cast<std::size_t>(operation(key, std::string_view(key).substr(dot + 1)));
        const auto kind = key.substr(0, dot);
        if (kind == "delay_ms")
            read.delay[index] = delay_range(key, value);
        else if (kind == "fault")
            read.fault[index] = probability(key, value);
        else
            throw DriverError(DriverErrc::invalid, fmt::format("driver.sim has no setting \"{}\"", key));
    }
    return read;
}

}  // namespace cumulet::hypervisor::sim
