#include "cli/up.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <thread>

#include "cli/certificates.hpp"
#include "cli/client_files.hpp"
#include "cli/down.hpp"
#include "cli/first_cloud.hpp"
#include "cli/process_table.hpp"
#include "cli/report.hpp"
#include "cli/supervisor.hpp"
#include "common/runtime/log.hpp"

namespace cumulet::cli {
namespace {

// Waits a moment: the holder may be just ending.
StateLock lock_or_refuse(const StateFolder& state) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    while (true) {
        if (auto lock = StateLock::try_take(state)) return std::move(*lock);
        if (std::chrono::steady_clock::now() > deadline) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    const std::string folder = state.path().string();
    throw CommandError(fmt::format(
        "a cloud is up in {} already (`cumulet --state {} status` shows it, `cumulet --state {} down` stops it)",
        folder, folder, folder));
}

Launch first_cloud_task(const CloudPlan& plan, const UpOptions& options, std::int64_t started_us) {
    std::vector<std::string> command = {program_folder() / "cumulet",
                                        "--state",
                                        plan.state.path(),
                                        "first-cloud",
                                        "--started",
                                        std::to_string(started_us),
                                        "--patience",
                                        std::to_string(options.patience.count())};
    if (!options.guest_image.empty()) command.insert(command.end(), {"--guest-image", options.guest_image});
    return {.command = std::move(command), .environment = {}, .output = plan.state.log_file("first-cloud")};
}

std::string seconds(const nlohmann::json& times, const char* key) {
    return fmt::format("{:.2f} s", times.value(key, 0.0) / 1000);
}

std::string welcome(const CloudPlan& plan) {
    const auto times =
        nlohmann::json::parse(read_file_if_any(plan.state.run() / "first-cloud.json").value_or("{}"), nullptr, false);
    const std::string folder = plan.state.path().string();
    std::string text = fmt::format("The cloud is ready after {} (first token after {}).\n\n",
                                   seconds(times, "ready_ms"), seconds(times, "first_token_ms"));
    text += fmt::format(
        "Use it from a shell, as user demo:\n"
        "    source {0}/openrc-demo\n"
        "    openstack server create --image tiny --flavor m1.tiny --network private --wait first\n"
        "    openstack console log show first\n"
        "    openstack floating ip create public\n"
        "    openstack container create photos\n"
        "as the administrator:  source {0}/openrc\n"
        "from SDKs and tools:   export OS_CLIENT_CONFIG_FILE={0}/clouds.yaml OS_CLOUD=cumulet-demo\n\n"
        "See how it is:  cumulet --state {0} status\n"
        "Stop it:        cumulet --state {0} down\n",
        folder);
    return text;
}

// What went wrong with the task, empty when nothing did.
std::string task_complaint(const Supervisor& supervisor, const CloudPlan& plan) {
    const auto status = supervisor.task_status();
    if (!status || *status == 0) return "";
    return fmt::format(
        "The daemons run, but the first cloud is incomplete ({}):\n{}"
        "`cumulet --state {} first-cloud` tries again.\n",
        describe_end(*status), tail(plan.state.log_file("first-cloud"), 10), plan.state.path().string());
}

}  // namespace

fs::path program_folder() { return fs::read_symlink("/proc/self/exe").parent_path(); }

CloudPlan plan_of(const StateFolder& state, const Choices& choices, const fs::path& programs) {
    SystemRandom random;
    return {.state = state,
            .choices = choices,
            .ports = Ports::with_offset(choices.port_offset),
            .secrets = load_or_make_secrets(state, random),
            .programs = programs,
            .drivers = programs.parent_path() / "drivers"};
}

CloudPlan prepare(const StateFolder& state, const Choices& choices, const fs::path& programs) {
    state.create();
    CloudPlan plan = plan_of(state, choices, programs);
    ensure_certificates(state);
    write_configuration(plan);
    write_client_files(plan);
    return plan;
}

int up(const StateFolder& state, const Choices& choices, const UpOptions& options) {
    const std::int64_t started_us = monotonic_us();
    state.create();
    std::optional<StateLock> lock = lock_or_refuse(state);
    see_off_leftovers(state);
    const CloudPlan plan = prepare(state, choices, options.programs);
    const auto specs = processes_of(plan);
    save_choices(state, choices);
    Report report = options.detach ? detach(state.log_file("cumulet")) : Report(STDOUT_FILENO);
    log::configure("cumulet", {});
    try {
        Supervisor supervisor(state, specs);
        supervisor.start();
        supervisor.start_task("first-cloud", first_cloud_task(plan, options, started_us));
        const auto outcome = supervisor.wait_until_ready(options.patience + std::chrono::seconds(5));
        if (outcome == Supervisor::Wait::failed) {
            report.say("The cloud does not come up. " + supervisor.failure());
            supervisor.stop();
            lock.reset();
            report.conclude(1);
            return 1;
        }
        const std::string complaint = task_complaint(supervisor, plan);
        if (outcome == Supervisor::Wait::ready) report.say(complaint.empty() ? welcome(plan) : complaint);
        report.conclude(complaint.empty() ? 0 : 1);
        supervisor.run();
        log::info("stopping");
        supervisor.stop();
    } catch (const std::exception& error) {
        report.say(fmt::format("cumulet: {}\n", error.what()));
        lock.reset();
        report.conclude(1);
        return 1;
    }
    return 0;
}

}  // namespace cumulet::cli
