#include "hypervisor-drivers/libvirtd/namespace_spawn.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace cumulet::hypervisor {
namespace {

// All that the child needs, made before the fork: it must not allocate.
struct Plan {
    std::vector<std::pair<const char*, const char*>> mounts;
    std::vector<char*> argv;
    std::vector<const char*> environment;
    int log_fd = -1;
    int failure_fd = -1;  // closed by a successful exec, else told the failure
};

bool mount_all(const Plan& plan) {
    if (::unshare(CLONE_NEWNS) != 0) return false;
    // Mounts made later on the host still arrive here; ours stay here.
    if (::mount(nullptr, "/", nullptr, MS_SLAVE | MS_REC, nullptr) != 0) return false;
    for (const auto& [from, to] : plan.mounts) {
        if (::mount(from, to, nullptr, MS_BIND, nullptr) != 0) return false;
    }
    return true;
}

[[noreturn]] void fail(const Plan& plan, SpawnFailure failure) {
    const char byte = static_cast<char>(failure);
    [[maybe_unused]] const auto written = ::write(plan.failure_fd, &byte, 1);
    ::_exit(1);
}

[[noreturn]] void become(const Plan& plan) {
    const int null_fd = ::open("/dev/null", O_RDONLY);
    ::dup2(null_fd, 0);
    ::dup2(plan.log_fd, 1);
    ::dup2(plan.log_fd, 2);
    ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int signal : {SIGPIPE, SIGHUP, SIGCHLD, SIGTERM, SIGINT}) ::signal(signal, SIG_DFL);
    ::setsid();
    // The first child ends at once, so that the second one is nobody's.
    const pid_t second = ::fork();
    if (second < 0) fail(plan, SpawnFailure::no_process);
    if (second > 0) ::_exit(0);
    if (::chdir("/") != 0 || !mount_all(plan)) fail(plan, SpawnFailure::may_not_mount);
    ::execve(plan.argv[0], plan.argv.data(), const_cast<char* const*>(plan.environment.data()));
    fail(plan, SpawnFailure::may_not_execute);
}

SpawnFailure failure_told(int fd) {
    char byte = 0;
    ssize_t got = 0;
    do {
        got = ::read(fd, &byte, 1);
    } while (got < 0 && errno == EINTR);
    return got == 1 ? static_cast<SpawnFailure>(byte) : SpawnFailure::none;
}

}  // namespace

SpawnFailure spawn_in_namespace(const std::vector<BindMount>& mounts, const std::vector<std::string>& command,
                                const std::filesystem::path& log) {
    Plan plan;
    for (const BindMount& mount : mounts) plan.mounts.emplace_back(mount.from.c_str(), mount.to.c_str());
    for (const std::string& word : command) plan.argv.push_back(const_cast<char*>(word.c_str()));
    plan.argv.push_back(nullptr);
    plan.environment = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "HOME=/root",
                        nullptr};
    std::array<int, 2> told{-1, -1};
    if (::pipe2(told.data(), O_CLOEXEC) != 0) return SpawnFailure::no_process;
    plan.failure_fd = told[1];
    plan.log_fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const pid_t child = ::fork();
    if (child == 0) become(plan);
    ::close(plan.log_fd);
    ::close(told[1]);
    const SpawnFailure failure = child < 0 ? SpawnFailure::no_process : failure_told(told[0]);
    ::close(told[0]);
    if (child > 0) ::waitpid(child, nullptr, 0);
    return failure;
}

}  // namespace cumulet::hypervisor
