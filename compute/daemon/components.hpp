// What cumulet-compute starts, lowest first.
#pragma once

#include "common/daemon/daemon.hpp"

namespace cumulet::compute::daemon {

cumulet::daemon::Components build_components(cumulet::daemon::Platform& platform);

}  // namespace cumulet::compute::daemon
