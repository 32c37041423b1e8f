// The identity daemon: what main.cpp starts.
#pragma once

#include "common/daemon/daemon.hpp"

namespace cumulet::identity {

daemon::Components build_components(daemon::Platform& platform);

}  // namespace cumulet::identity
