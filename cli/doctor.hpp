// `cumulet doctor`: looks at the machine and the cloud, and says what is wrong and what to do about it.
#pragma once

#include <string>
#include <vector>

#include "cli/state_folder.hpp"

namespace cumulet::cli {

struct Finding {
    enum class Grade { good, remark, trouble } grade;
    std::string what;
};

// What the processor says of itself in /proc/cpuinfo: whether KVM can work at all.
bool has_virtualisation(const std::string& cpuinfo);

std::vector<Finding> examine_machine();
std::vector<Finding> examine_cloud(const StateFolder& state);

// Prints all findings; 1 when one of them is trouble.
int doctor(const StateFolder& state);

}  // namespace cumulet::cli
