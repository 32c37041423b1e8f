#include "common/daemon/process.hpp"

#include <grp.h>
#include <malloc.h>
#include <pwd.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "common/runtime/log.hpp"

namespace cumulet::daemon {
namespace {

sigset_t our_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
    return set;
}

}  // namespace

int take_signals() {
    const sigset_t set = our_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    signal(SIGPIPE, SIG_IGN);
    const int descriptor = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
    return descriptor;
}

int next_signal(int descriptor) {
    signalfd_siginfo info{};
    return read(descriptor, &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
}

void ask_to_stop() { kill(getpid(), SIGTERM); }

void keep_little_memory() {
    if (std::getenv("MALLOC_ARENA_MAX") != nullptr) return;
    constexpr int kLargePiece = 256 << 10, kKeepFree = 1 << 20;
    mallopt(M_ARENA_MAX, static_cast<int>(std::max(2u, std::thread::hardware_concurrency())));
    mallopt(M_MMAP_THRESHOLD, kLargePiece);
    mallopt(M_TRIM_THRESHOLD, kKeepFree);
}

void raise_file_limit(std::int64_t wanted) {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    const auto aim = static_cast<rlim_t>(std::max<std::int64_t>(wanted, 0));
    if (limit.rlim_cur >= aim) return;
    // Root may lift the hard limit too.
    const rlimit lifted{.rlim_cur = aim, .rlim_max = std::max(limit.rlim_max, aim)};
    if (setrlimit(RLIMIT_NOFILE, &lifted) == 0) return;
    limit.rlim_cur = std::min(aim, limit.rlim_max);
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < aim)
        log::warning("the hard limit permits {} open files, not {}", limit.rlim_max, aim);
}

void become_user(const std::string& user) {
    if (user.empty() || geteuid() != 0) return;
    const passwd* entry = getpwnam(user.c_str());
    if (entry == nullptr) throw std::runtime_error("daemon.user: there is no user '" + user + "'");
    if (initgroups(user.c_str(), entry->pw_gid) != 0 || setgid(entry->pw_gid) != 0 || setuid(entry->pw_uid) != 0)
        throw std::runtime_error("daemon.user: cannot become '" + user + "': " + std::strerror(errno));
}

void limit_remaining_life(std::chrono::seconds limit) {
    signal(SIGALRM, SIG_DFL);
    alarm(static_cast<unsigned>(std::max<std::int64_t>(limit.count(), 1)));
}

}  // namespace cumulet::daemon
