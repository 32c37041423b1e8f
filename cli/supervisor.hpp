// Starts the processes of a cloud, watches them, and starts again what ends. One thread, no locks: an event loop over
// signals, ready files and timers.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/child_process.hpp"
#include "cli/process_table.hpp"

namespace cumulet::cli {

class Supervisor {
public:
    using Clock = std::chrono::steady_clock;

    // Blocks SIGCHLD, SIGTERM, SIGINT and SIGHUP for this thread: it must be the only one. Throws CommandError.
    Supervisor(const StateFolder& state, std::vector<ProcessSpec> specs);
    ~Supervisor();  // stop()
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    void start();
    // Runs `launch` beside the processes, once. One task at a time.
    void start_task(const std::string& name, const Launch& launch);

    enum class Wait { ready, asked_to_stop, failed };
    // Until every process is ready and the task has ended. failed: a process ended by itself before it was ready (its
    // configuration is wrong, its port is taken), or `limit` passed; failure() says more.
    Wait wait_until_ready(std::chrono::milliseconds limit);
    const std::string& failure() const { return failure_; }
    // The wait status of the task, nullopt while it runs.
    std::optional<int> task_status() const { return task_status_; }

    // Supervises until SIGTERM or SIGINT.
    void run();
    // SIGTERM to all, SIGKILL to what is left after `patience`. Idempotent.
    void stop(std::chrono::milliseconds patience = std::chrono::seconds(40));

private:
    enum class State { down, starting, ready, waiting };
    struct Process {
        ProcessSpec spec;
        State state = State::down;
        pid_t pid = -1;
        std::uint64_t started_ticks = 0;
        Clock::time_point started{}, next_start{};
        std::map<std::string, std::uint16_t> ports;
        int restarts = 0;
        int quick_ends = 0;  // in a row
    };

    void launch_process(Process& process);
    void step(std::chrono::milliseconds most);
    std::chrono::milliseconds time_to_next_event(std::chrono::milliseconds most) const;
    void read_signals();
    void reap();
    void ended(Process& process, int wait_status);
    void look_for_ready();
    bool is_ready(Process& process) const;
    void start_what_is_due();
    bool all_ready() const;
    void forward_hangup() const;
    void write_status() const;
    nlohmann::ordered_json describe(const Process& process) const;

    const StateFolder state_;
    std::vector<Process> processes_;
    int signals_ = -1;
    int ready_files_ = -1;  // inotify
    pid_t task_ = -1;
    std::optional<int> task_status_;
    std::string failure_;
    bool until_ready_ = false;  // an end before readiness is a failure, not something to repeat
    bool asked_to_stop_ = false;
    bool stopping_ = false;
};

// How long to wait before starting again a process that ended `quick_ends` times in a row soon after its start: at once
// for the first two, then longer and longer, never more than five seconds.
std::chrono::milliseconds restart_delay(int quick_ends);

}  // namespace cumulet::cli
