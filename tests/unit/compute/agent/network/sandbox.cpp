// Before main: the whole test moves into namespaces of its own (network, mounts, processes), so that nothing of the
// machine is touched, and nothing is left when it ends, however it ends: with its first process the kernel ends them
// all.
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace {

[[noreturn]] void give_up(const char* what, int status) {
    std::perror(what);
    std::_Exit(status);
}

// Forks; the parent waits for whatever ends below it and ends as its child did.
void continue_in_child() {
    const pid_t child = ::fork();
    if (child < 0) give_up("fork", 1);
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        return;
    }
    for (;;) {
        int status = 0;
        const pid_t ended = ::waitpid(-1, &status, 0);
        if (ended < 0 && errno != EINTR) give_up("wait", 1);
        if (ended == child) std::_Exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    }
}

[[gnu::constructor]] void enter_sandbox() {
    if (::unshare(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID) != 0) give_up("no namespaces of its own, skipped", 77);
    continue_in_child();  // the first process of the new PID namespace
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) give_up("private mounts", 1);
    if (::mount("proc", "/proc", "proc", 0, nullptr) != 0) give_up("its own /proc", 1);
    if (::mount("tmpfs", "/run", "tmpfs", 0, nullptr) != 0) give_up("its own /run", 1);
    continue_in_child();  // that first process stays behind as the one that buries orphans
    // As in a daemon, which waits for these itself: what the engine starts must hear them all the same.
    sigset_t of_daemons;
    ::sigemptyset(&of_daemons);
    for (int signal : {SIGHUP, SIGINT, SIGTERM}) ::sigaddset(&of_daemons, signal);
    ::sigprocmask(SIG_BLOCK, &of_daemons, nullptr);
}

}  // namespace
