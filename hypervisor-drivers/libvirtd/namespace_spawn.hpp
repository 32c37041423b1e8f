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

enum class SpawnFailure { none, may_not_mount, may_not_execute, no_process };

// Starts `command` (argv[0] is the program's full path) as nobody's child, in a session and a mount namespace of its
// own with `mounts`, its output appended to `log`, with an empty signal mask and without our open files. Returns once
// the program runs, not when it is ready. Any thread: what happens between fork and exec is safe in a process of many.
SpawnFailure spawn_in_namespace(const std::vector<BindMount>& mounts, const std::vector<std::string>& command,
                                const std::filesystem::path& log);

}  // namespace cumulet::hypervisor
