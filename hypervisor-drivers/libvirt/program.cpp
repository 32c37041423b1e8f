#include "hypervisor-drivers/libvirt/program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <thread>

#include "hypervisor-drivers/driver.h"

namespace cumulet::hypervisor {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kMaxOutput = 1 << 20;

class Pipe {
public:
    Pipe() {
        if (::pipe2(ends_.data(), O_CLOEXEC) != 0) throw DriverError(DriverErrc::failed, "no file descriptors left");
    }
    ~Pipe() {
        close_read();
        close_write();
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    int read_end() const { return ends_[0]; }
    int write_end() const { return ends_[1]; }
    void close_read() { close_end(0); }
    void close_write() { close_end(1); }

private:
    void close_end(std::size_t which) {
        if (ends_[which] >= 0) ::close(ends_[which]);
        ends_[which] = -1;
    }

    std::array<int, 2> ends_{-1, -1};
};

pid_t spawn(const std::vector<std::string>& command, const Pipe& out, const Pipe& err) {
    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&files, out.write_end(), 1);
    ::posix_spawn_file_actions_adddup2(&files, err.write_end(), 2);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    std::vector<char*> argv;
    for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    const std::array<const char*, 3> environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", nullptr};
    pid_t pid = 0;
    const int error =
        ::posix_spawnp(&pid, argv[0], &files, &attributes, argv.data(), const_cast<char* const*>(environment.data()));
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&files);
    if (error != 0) {
        throw DriverError(DriverErrc::unsupported,
                          fmt::format("cannot run {}: {}", command.at(0), std::strerror(error)));
    }
    return pid;
}

// False at the end of the stream.
bool take(int fd, std::string& into) {
    std::array<char, 16384> buffer;
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0) return errno == EINTR || errno == EAGAIN;
    if (into.size() < kMaxOutput) into.append(buffer.data(), static_cast<std::size_t>(got));
    return got > 0;
}

int milliseconds_until(Clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    return static_cast<int>(std::max<std::int64_t>(left, 0));
}

// True when both streams ended before the deadline.
bool drain(Pipe& out, Pipe& err, ProgramResult& result, Clock::time_point deadline) {
    std::array<pollfd, 2> streams = {pollfd{out.read_end(), POLLIN, 0}, pollfd{err.read_end(), POLLIN, 0}};
    while (streams[0].fd >= 0 || streams[1].fd >= 0) {
        const int left = milliseconds_until(deadline);
        if (left == 0) return false;
        if (::poll(streams.data(), streams.size(), left) < 0 && errno != EINTR) return false;
        if (streams[0].revents != 0 && !take(streams[0].fd, result.output)) streams[0].fd = -1;
        if (streams[1].revents != 0 && !take(streams[1].fd, result.errors)) streams[1].fd = -1;
    }
    return true;
}

int wait_for(pid_t pid, Clock::time_point deadline, bool& timed_out) {
    for (int status = 0;;) {
        const pid_t ended = ::waitpid(pid, &status, timed_out ? 0 : WNOHANG);
        if (ended == pid) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        if (ended < 0 && errno != EINTR) return 128;
        if (milliseconds_until(deadline) == 0 && !timed_out) {
            timed_out = true;
            ::kill(pid, SIGKILL);
        }
        if (!timed_out) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

}  // namespace

ProgramResult run_program(const std::vector<std::string>& command, std::chrono::milliseconds deadline) {
    const auto until = Clock::now() + deadline;
    Pipe out;
    Pipe err;
    ProgramResult result;
    const pid_t pid = spawn(command, out, err);
    out.close_write();
    err.close_write();
    if (!drain(out, err, result, until)) {
        result.timed_out = true;
        ::kill(pid, SIGKILL);
    }
    result.status = wait_for(pid, until, result.timed_out);
    return result;
}

}  // namespace cumulet::hypervisor
