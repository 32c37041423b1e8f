// Runs another program: argument vector, deadline, no shell.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace cumulet::hypervisor {

struct ProgramResult {
    int status = 0;          // exit status; 128 + signal when a signal ended it
    bool timed_out = false;  // it was killed at the deadline
    std::string output;      // standard output, at most 1 MiB of it
    std::string errors;      // standard error, likewise
};

// `command[0]` is looked up in PATH. The program gets no standard input, an empty signal mask, LC_ALL=C. Throws
// DriverError (unsupported) when it cannot be started. Blocks until it ended or was killed. Any thread.
ProgramResult run_program(const std::vector<std::string>& command, std::chrono::milliseconds deadline);

}  // namespace cumulet::hypervisor
