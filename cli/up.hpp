// `cumulet up`.
#pragma once

#include <chrono>
#include <string>

#include "cli/choices.hpp"
#include "cli/cloud_config.hpp"
#include "cli/state_folder.hpp"

namespace cumulet::cli {

struct UpOptions {
    bool detach = false;
    std::chrono::seconds patience{60};  // for everything to be ready
    std::string guest_image;            // file; empty: the one that was built, if any
    fs::path programs;                  // folder of the daemons
};

// Brings the cloud of this folder up and, unless detached, supervises it until SIGTERM or SIGINT. Returns the exit
// code. Throws CommandError.
int up(const StateFolder& state, const Choices& choices, const UpOptions& options);

// What files and processes of this folder are derived from. Makes the secrets when there are none. Throws CommandError.
CloudPlan plan_of(const StateFolder& state, const Choices& choices, const fs::path& programs);

// Folders, secrets, certificates and configuration: everything but processes. Repeating it changes nothing.
CloudPlan prepare(const StateFolder& state, const Choices& choices, const fs::path& programs);

// The folder of the binary that runs.
fs::path program_folder();

}  // namespace cumulet::cli
