// What `cumulet-identity` does beside serving: `cumulet identity <command>`.
#pragma once

#include <vector>

#include "common/daemon/daemon.hpp"

namespace cumulet::identity {

std::vector<daemon::Command> commands();

}  // namespace cumulet::identity
