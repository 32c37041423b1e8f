#include "cli/down.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/child_process.hpp"
#include "compute/agent/network/engine.hpp"
#include "hypervisor-drivers/libvirtd/private_libvirtd.hpp"

namespace cumulet::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLeftoverPatience{35'000};
constexpr milliseconds kStopPatience{60'000};

struct Known {
    pid_t pid;
    std::uint64_t started_ticks;
};

std::optional<Known> known(const nlohmann::json& entry) {
    if (!entry.is_object() || !entry.contains("pid") || !entry["pid"].is_number()) return std::nullopt;
    return Known{entry["pid"].get<pid_t>(), entry.value("started_ticks", std::uint64_t{0})};
}

nlohmann::json read_status(const StateFolder& state) {
    const auto text = read_file_if_any(state.status_file());
    return text ? nlohmann::json::parse(*text, nullptr, false) : nlohmann::json();
}

// The agent's own libvirtd, where it had to start one, outlives it for its guests' sake.
void end_libvirtd(const StateFolder& state, bool with_guests) {
    hypervisor::PrivateLibvirtd libvirtd(state.data("agent") / "kvm" / "libvirt");
    if (with_guests) libvirtd.stop_guests();
    if (const auto guests = libvirtd.guest_pids().size(); guests > 0)
        fmt::print("{} guest(s) run on; `cumulet down --guests` ends them too.\n", guests);
    else
        libvirtd.stop();
}

// Bridges, rules and DHCP servers stay while guests are plugged into them.
void end_network(const StateFolder& state) {
    namespace network = compute::agent::network;
    network::LinuxOptions options;
    options.cloud = network::cloud_id(state.data("agent").string());
    options.run_folder = network::default_run_folder(options.cloud);
    try {
        network::remove_unused_network(options);
    } catch (const std::exception& error) {
        fmt::print(stderr, "The cloud's network is not quite removed from this host: {}\n", error.what());
    }
}

}  // namespace

void see_off_leftovers(const StateFolder& state) {
    const auto status = read_status(state);
    if (!status.is_object() || !status.contains("processes")) return;
    for (const auto& process : status["processes"])
        if (const auto left = known(process)) see_off(left->pid, left->started_ticks, kLeftoverPatience);
    std::error_code ignored;
    fs::remove(state.status_file(), ignored);
}

int down(const StateFolder& state, bool with_guests) {
    if (!fs::is_directory(state.run())) {
        std::puts("There is no cloud here.");
        return 0;
    }
    const auto deadline = std::chrono::steady_clock::now() + kStopPatience;
    bool asked = false;
    while (true) {
        if (const auto lock = StateLock::try_take(state)) {
            see_off_leftovers(state);
            end_libvirtd(state, with_guests);
            end_network(state);
            std::puts(asked ? "The cloud is down; its state is kept." : "The cloud was down already.");
            return 0;
        }
        if (!asked) {
            const auto status = read_status(state);
            const auto supervisor =
                status.is_object() ? known(status.value("supervisor", nlohmann::json())) : std::nullopt;
            if (supervisor && start_ticks(supervisor->pid) == supervisor->started_ticks)
                asked = kill(supervisor->pid, SIGTERM) == 0;
        }
        if (std::chrono::steady_clock::now() > deadline)
            throw CommandError(fmt::format("the cloud does not stop; see {}", state.log().string()));
        std::this_thread::sleep_for(milliseconds(5));
    }
}

}  // namespace cumulet::cli
