// Flags of a daemon and the configuration they lead to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/runtime/config.hpp"

namespace cumulet::daemon {

struct Options {
    std::optional<int> exit_code;  // set: everything asked for was printed
    runtime::Config config;
    std::string restore_from;  // --restore
};

// Reads argv and what it names; prints --help, --version, --print-config and errors. `keys` are all keys of the daemon.
Options read_options(const std::string& name, const std::string& summary,
                     const std::vector<runtime::KeyDescription>& keys, int argc, char** argv);

}  // namespace cumulet::daemon
