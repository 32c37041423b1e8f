// Flags of a daemon and the configuration they lead to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/daemon/daemon.hpp"
#include "common/runtime/config.hpp"

namespace cumulet::daemon {

struct Options {
    std::optional<int> exit_code;  // set: everything asked for was printed
    runtime::Config config;
    std::string restore_from;          // --restore
    const Command* command = nullptr;  // of the program's
    std::vector<std::string> arguments;
};

// Reads argv and what it names; prints --help, --version, --print-config and errors. `keys` are all keys of the daemon.
Options read_options(const Program& program, const std::vector<runtime::KeyDescription>& keys, int argc, char** argv);

}  // namespace cumulet::daemon
