// Which processes make a cloud on one machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/cloud_config.hpp"

namespace cumulet::cli {

struct ProcessSpec {
    std::string name;
    std::vector<std::string> command;
    // Set: ready when somebody listens there on loopback. Else: when it has written its ready file.
    std::optional<std::uint16_t> probe_port;
};

// What a daemon is called in --without, "identity"; its binary is cumulet-<name>.
inline constexpr const char* kDaemons[] = {"identity", "objectstore", "compute", "agent"};

// The binaries' names of those that this cloud has.
std::vector<std::string> daemons_of(const Choices& choices);

// Throws CommandError when a program is not there.
std::vector<ProcessSpec> processes_of(const CloudPlan& plan);

}  // namespace cumulet::cli
