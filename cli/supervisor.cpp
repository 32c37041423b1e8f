#include "cli/supervisor.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/runtime/log.hpp"

namespace cumulet::cli {
namespace {

using std::chrono::milliseconds;

// A process that lived longer than this was well: its next end is answered by a start at once.
constexpr milliseconds kWellAfter{10'000};
constexpr milliseconds kProbeInterval{3};

bool is_listening(std::uint16_t port) {
    const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    const bool answered = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    close(probe);
    return answered;
}

milliseconds until(Supervisor::Clock::time_point moment) {
    const auto rest = std::chrono::ceil<milliseconds>(moment - Supervisor::Clock::now());
    return std::max(rest, milliseconds(0));
}

}  // namespace

milliseconds restart_delay(int quick_ends) {
    if (quick_ends <= 2) return milliseconds(0);
    const int doublings = std::min(quick_ends - 3, 6);
    return std::min(milliseconds(100 << doublings), milliseconds(5'000));
}

Supervisor::Supervisor(const StateFolder& state, std::vector<ProcessSpec> specs) : state_(state) {
    for (auto& spec : specs) {
        processes_.emplace_back();
        processes_.back().spec = std::move(spec);
    }
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    signals_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    ready_files_ = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (signals_ < 0 || ready_files_ < 0 || inotify_add_watch(ready_files_, state_.run().c_str(), IN_MOVED_TO) < 0)
        throw CommandError(fmt::format("cannot supervise: {}", std::strerror(errno)));
}

Supervisor::~Supervisor() {
    stop();
    close(signals_);
    close(ready_files_);
}

void Supervisor::start() {
    until_ready_ = true;
    for (auto& process : processes_) launch_process(process);
    write_status();
}

void Supervisor::launch_process(Process& process) {
    const std::string& name = process.spec.name;
    std::error_code ignored;
    fs::remove(state_.ready_file(name), ignored);
    process.pid = launch({.command = process.spec.command,
                          .environment = {{"CUMULET_READY_FILE", state_.ready_file(name)},
                                          {"CUMULET_CONTROL_SOCKET", state_.control_socket(name)}},
                          .output = state_.log_file(name)});
    process.started = Clock::now();
    process.started_ticks = start_ticks(process.pid).value_or(0);
    process.state = State::starting;
    process.ports.clear();
    write_private_file(state_.pid_file(name), std::to_string(process.pid) + "\n", Durability::volatile_file);
}

void Supervisor::start_task(const std::string& name, const Launch& wanted) {
    task_status_.reset();
    task_ = launch(wanted);
    log::debug("task {} is process {}", name, task_);
}

Supervisor::Wait Supervisor::wait_until_ready(milliseconds limit) {
    const auto deadline = Clock::now() + limit;
    while (failure_.empty() && !asked_to_stop_ && !(all_ready() && task_ < 0)) {
        if (Clock::now() > deadline) {
            failure_ = fmt::format("not ready after {} s:", limit.count() / 1000);
            for (const auto& process : processes_)
                if (process.state != State::ready)
                    failure_ += fmt::format(" {}\n{}", process.spec.name, tail(state_.log_file(process.spec.name), 10));
            break;
        }
        step(until(deadline));
    }
    until_ready_ = false;
    if (asked_to_stop_) return Wait::asked_to_stop;
    return failure_.empty() ? Wait::ready : Wait::failed;
}

void Supervisor::run() {
    while (!asked_to_stop_) step(milliseconds(60'000));
}

void Supervisor::step(milliseconds most) {
    pollfd watched[] = {{signals_, POLLIN, 0}, {ready_files_, POLLIN, 0}};
    poll(watched, 2, static_cast<int>(time_to_next_event(most).count()));
    if (watched[0].revents != 0) read_signals();
    if (watched[1].revents != 0) {
        char events[4096];
        while (read(ready_files_, events, sizeof events) > 0) {
        }
    }
    look_for_ready();
    start_what_is_due();
}

milliseconds Supervisor::time_to_next_event(milliseconds most) const {
    for (const auto& process : processes_) {
        if (process.state == State::waiting) most = std::min(most, until(process.next_start));
        if (process.state == State::starting && process.spec.probe_port) most = std::min(most, kProbeInterval);
    }
    return most;
}

void Supervisor::read_signals() {
    signalfd_siginfo info{};
    while (read(signals_, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGCHLD) continue;  // several may be folded into one: reap() asks for all
        if (info.ssi_signo == SIGHUP)
            forward_hangup();
        else
            asked_to_stop_ = true;
    }
    reap();
}

void Supervisor::reap() {
    bool changed = false;
    int status = 0;
    for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        if (pid == task_) {
            task_ = -1;
            task_status_ = status;
        }
        for (auto& process : processes_) {
            if (process.pid != pid) continue;
            ended(process, status);
            changed = true;
        }
    }
    if (changed) write_status();
}

void Supervisor::ended(Process& process, int wait_status) {
    const std::string& name = process.spec.name;
    process.pid = -1;
    process.state = State::down;
    if (stopping_) return;
    const bool never_ready = process.ports.empty() && until_ready_;
    if (never_ready && WIFEXITED(wait_status)) {
        failure_ =
            fmt::format("{} ended with {}:\n{}", name, describe_end(wait_status), tail(state_.log_file(name), 10));
        return;
    }
    process.quick_ends = Clock::now() - process.started < kWellAfter ? process.quick_ends + 1 : 1;
    ++process.restarts;
    const auto delay = restart_delay(process.quick_ends);
    process.next_start = Clock::now() + delay;
    process.state = State::waiting;
    log::warning("{} ended with {}; starting it again {}", name, describe_end(wait_status),
                 delay.count() == 0 ? "at once" : fmt::format("in {} ms", delay.count()));
}

bool Supervisor::is_ready(Process& process) const {
    if (process.spec.probe_port) {
        if (!is_listening(*process.spec.probe_port)) return false;
        process.ports = {{"bus", *process.spec.probe_port}};
        return true;
    }
    const auto text = read_file_if_any(state_.ready_file(process.spec.name));
    if (!text) return false;
    const auto json = nlohmann::json::parse(*text, nullptr, false);
    // The file of the process before this one may just have been written.
    if (!json.is_object() || json.value("pid", 0) != process.pid) return false;
    process.ports = json.value("ports", process.ports);
    return true;
}

void Supervisor::look_for_ready() {
    bool changed = false;
    for (auto& process : processes_) {
        if (process.state != State::starting || !is_ready(process)) continue;
        process.state = State::ready;
        changed = true;
        const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - process.started);
        log::info("{} is ready after {} ms (pid {})", process.spec.name, took.count(), process.pid);
    }
    if (changed) write_status();
}

void Supervisor::start_what_is_due() {
    if (asked_to_stop_) return;
    bool changed = false;
    for (auto& process : processes_) {
        if (process.state != State::waiting || process.next_start > Clock::now()) continue;
        launch_process(process);
        changed = true;
    }
    if (changed) write_status();
}

bool Supervisor::all_ready() const {
    return std::all_of(processes_.begin(), processes_.end(), [](const auto& p) { return p.state == State::ready; });
}

void Supervisor::forward_hangup() const {
    for (const auto& process : processes_)
        if (process.pid > 0) kill(process.pid, SIGHUP);
}

void Supervisor::stop(milliseconds patience) {
    stopping_ = true;
    const auto deadline = Clock::now() + patience;
    const auto running = [&] {
        return std::any_of(processes_.begin(), processes_.end(), [](const auto& p) { return p.pid > 0; }) || task_ > 0;
    };
    const auto signal_all = [&](int number) {
        if (task_ > 0) kill(task_, number);
        for (auto process = processes_.rbegin(); process != processes_.rend(); ++process)
            if (process->pid > 0) kill(process->pid, number);
    };
    if (running()) write_status();
    signal_all(SIGTERM);
    bool killed = false;
    while (running()) {
        pollfd watched = {signals_, POLLIN, 0};
        poll(&watched, 1, static_cast<int>(killed ? 1000 : std::max<long>(until(deadline).count(), 1)));
        read_signals();
        if (!killed && Clock::now() >= deadline) {
            signal_all(SIGKILL);
            killed = true;
        }
    }
    for (auto& process : processes_) {
        std::error_code ignored;
        fs::remove(state_.pid_file(process.spec.name), ignored);
        fs::remove(state_.ready_file(process.spec.name), ignored);
    }
    std::error_code ignored;
    fs::remove(state_.status_file(), ignored);
}

nlohmann::ordered_json Supervisor::describe(const Process& process) const {
    static constexpr const char* kNames[] = {"down", "starting", "ready", "waiting"};
    nlohmann::ordered_json json = {{"name", process.spec.name},
                                   {"pid", nullptr},
                                   {"state", stopping_ ? "stopping" : kNames[static_cast<int>(process.state)]},
                                   {"ports", process.ports},
                                   {"restarts", process.restarts},
                                   {"started_ticks", process.started_ticks}};
    if (process.pid > 0) json["pid"] = process.pid;
    return json;
}

void Supervisor::write_status() const {
    nlohmann::ordered_json json = {
        {"state", stopping_     ? "stopping"
                  : all_ready() ? "ready"
                                : "starting"},
        {"supervisor", {{"pid", getpid()}, {"started_ticks", start_ticks(getpid()).value_or(0)}}},
        {"processes", nlohmann::ordered_json::array()}};
    for (const auto& process : processes_) json["processes"].push_back(describe(process));
    write_private_file(state_.status_file(), json.dump(2) + "\n", Durability::volatile_file);
}

}  // namespace cumulet::cli
