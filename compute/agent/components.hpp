// What cumulet-agent starts.
#pragma once

#include "common/daemon/daemon.hpp"

namespace cumulet::compute::agent {

daemon::Components build_components(daemon::Platform& platform);

}  // namespace cumulet::compute::agent
