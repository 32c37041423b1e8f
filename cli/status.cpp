#include "cli/status.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "cli/child_process.hpp"

namespace cumulet::cli {
namespace {

constexpr int kNotReady = 3;

nlohmann::ordered_json stopped() {
    return {{"state", "stopped"}, {"supervisor", nullptr}, {"processes", nlohmann::ordered_json::array()}};
}

}  // namespace

nlohmann::ordered_json cloud_status(const StateFolder& state) {
    if (!fs::is_directory(state.run())) return stopped();
    // Whoever holds the lock supervises; a status file without a holder was left by a killed supervisor.
    if (StateLock::try_take(state)) return stopped();
    const auto text = read_file_if_any(state.status_file());
    if (!text) {
        auto status = stopped();
        status["state"] = "starting";
        return status;
    }
    auto status = nlohmann::ordered_json::parse(*text, nullptr, false);
    if (!status.is_object()) throw CommandError(state.status_file().string() + ": is damaged");
    for (auto& process : status["processes"]) {
        process["resident_bytes"] = nullptr;
        if (!process["pid"].is_number()) continue;
        const pid_t pid = process["pid"].get<pid_t>();
        if (start_ticks(pid) != process["started_ticks"].get<std::uint64_t>())
            process["state"] = "gone";
        else if (const auto bytes = resident_bytes(pid))
            process["resident_bytes"] = *bytes;
    }
    return status;
}

std::string to_table(const nlohmann::ordered_json& status) {
    std::string out = fmt::format("The cloud is {}.\n", status["state"].get<std::string>());
    if (status["processes"].empty()) return out;
    out += fmt::format("\n{:<20} {:>8}  {:<9} {:>8} {:>9}  {}\n", "process", "pid", "state", "restarts", "memory",
                       "ports");
    for (const auto& process : status["processes"]) {
        std::string ports;
        for (const auto& [name, port] : process["ports"].items())
            ports += fmt::format("{}{} {}", ports.empty() ? "" : ", ", name, port.get<int>());
        const auto& bytes = process["resident_bytes"];
        out += fmt::format("{:<20} {:>8}  {:<9} {:>8} {:>9}  {}\n", process["name"].get<std::string>(),
                           process["pid"].is_null() ? "-" : std::to_string(process["pid"].get<int>()),
                           process["state"].get<std::string>(), process["restarts"].get<int>(),
                           bytes.is_null() ? "-" : fmt::format("{:.1f} MiB", bytes.get<double>() / (1 << 20)), ports);
    }
    return out;
}

int print_status(const StateFolder& state, bool as_json) {
    const auto status = cloud_status(state);
    const std::string text = as_json ? status.dump(2) + "\n" : to_table(status);
    std::fwrite(text.data(), 1, text.size(), stdout);
    return status["state"] == "ready" ? 0 : kNotReady;
}

}  // namespace cumulet::cli
