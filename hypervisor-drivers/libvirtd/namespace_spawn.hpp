// Starts a daemon that sees some folders at other places than everybody else does.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cumulet::hypervisor {

struct BindMount {
    std::filesystem::path from;
    std::filesystem::path to;
};

inline constexpr int kMayNotMount = 126;    // the process has no right to a mount namespace
inline constexpr int kMayNotExecute = 127;  // the program cannot be run

// Runs `command` (argv[0] is the program's full path) in a mount namespace of its own with `mounts`, its output
// appended to `log`, with an empty signal mask, without our open files, and waits until this first process ends: a
// daemon that goes to the background says so by ending it with 0. Returns its exit status, 128 + signal, or one of the
// two above. A process that does not end within 30 seconds is killed (137). Any thread: what happens between fork and
// exec is safe in a process of many.
int spawn_in_namespace(const std::vector<BindMount>& mounts, const std::vector<std::string>& command,
                       const std::filesystem::path& log);

}  // namespace cumulet::hypervisor
