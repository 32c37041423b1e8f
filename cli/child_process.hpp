// Starting a process that dies with us, and asking the kernel about processes.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/state_folder.hpp"

namespace cumulet::cli {

struct Launch {
    std::vector<std::string> command;
    std::map<std::string, std::string> environment;  // beside our own
    fs::path output;                                 // standard output and error are appended to it
};

// The process gets SIGTERM when the calling thread ends, so a killed supervisor leaves nothing behind. Throws
// CommandError when it cannot be started; a program that cannot be executed ends with 127.
pid_t launch(const Launch& launch);

// When the process was started, in clock ticks since boot: with the pid a name that is not used twice. nullopt: no such
// process, or only its remains.
std::optional<std::uint64_t> start_ticks(pid_t pid);
std::optional<std::uint64_t> resident_bytes(pid_t pid);

// Waits until the process is gone; after `patience` it is killed. Safe when the pid was given to another process
// meanwhile.
void see_off(pid_t pid, std::uint64_t started_ticks, std::chrono::milliseconds patience);

// "exit code 2" or "signal 9 (Killed)".
std::string describe_end(int wait_status);

// The last lines of a text file, at most `lines`.
std::string tail(const fs::path& file, std::size_t lines);

}  // namespace cumulet::cli
