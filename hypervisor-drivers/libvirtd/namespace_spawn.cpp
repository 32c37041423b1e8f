#include "hypervisor-drivers/libvirtd/namespace_spawn.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

namespace cumulet::hypervisor {
namespace {

// All that the child needs, made before the fork: it must not allocate.
struct Plan {
    std::vector<std::pair<const char*, const char*>> mounts;
    std::vector<char*> argv;
    std::vector<const char*> environment;
    int log_fd = -1;
};

void tell(int fd, const char* text) {
    std::size_t length = 0;
    while (text[length] != '\0') ++length;
    [[maybe_unused]] const auto written = ::write(fd, text, length);
}

bool mount_all(const Plan& plan) {
    if (::unshare(CLONE_NEWNS) != 0) return false;
    // Mounts made later on the host still arrive here; ours stay here.
    if (::mount(nullptr, "/", nullptr, MS_SLAVE | MS_REC, nullptr) != 0) return false;
    for (const auto& [from, to] : plan.mounts) {
        if (::mount(from, to, nullptr, MS_BIND, nullptr) != 0) return false;
    }
    return true;
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
    ::signal(SIGPIPE, SIG_DFL);
    ::signal(SIGHUP, SIG_DFL);
    ::setsid();
    if (::chdir("/") != 0 || !mount_all(plan)) {
        tell(2, "cannot set up a mount namespace (root is needed)\n");
        ::_exit(kMayNotMount);
    }
    ::execve(plan.argv[0], plan.argv.data(), const_cast<char* const*>(plan.environment.data()));
    ::_exit(kMayNotExecute);
}

int wait_bounded(pid_t child) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    for (int status = 0;;) {
        const pid_t ended = ::waitpid(child, &status, WNOHANG);
        if (ended == child) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        if (ended < 0 && errno != EINTR) return 128;
        if (std::chrono::steady_clock::now() > deadline) ::kill(child, SIGKILL);
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

}  // namespace

int spawn_in_namespace(const std::vector<BindMount>& mounts, const std::vector<std::string>& command,
                       const std::filesystem::path& log) {
    Plan plan;
    for (const BindMount& mount : mounts) plan.mounts.emplace_back(mount.from.c_str(), mount.to.c_str());
    for (const std::string& word : command) plan.argv.push_back(const_cast<char*>(word.c_str()));
    plan.argv.push_back(nullptr);
    plan.environment = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "HOME=/root",
                        nullptr};
    plan.log_fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const pid_t child = ::fork();
    if (child == 0) become(plan);
    ::close(plan.log_fd);
    return child < 0 ? 128 : wait_bounded(child);
}

}  // namespace cumulet::hypervisor
