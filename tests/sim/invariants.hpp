// What must hold in a compute plane.
#pragma once

#include <string>
#include <vector>

#include "machine.hpp"
#include "plane.hpp"

namespace cumulet::sim {

using Machines = std::vector<std::unique_ptr<Machine>>;

// At any moment: no guest on two hosts, no step far past its deadline, quota and placement equal what exists. Each is a
// sentence about what is wrong.
std::vector<std::string> broken_always(Plane& plane, Machines& machines);
// Once everything has come to rest: no unfinished task, records and guests agree.
std::vector<std::string> broken_at_rest(Plane& plane, Machines& machines);

}  // namespace cumulet::sim
