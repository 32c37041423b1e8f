// The identity daemon: what main.cpp starts.
#pragma once

#include "common/daemon/daemon.hpp"

namespace cumulet::identity {

daemon::Components build_components(daemon::Platform& platform);

// Brings store and keys back from a backup. Throws when there are some already.
void restore(const runtime::Config& config, const std::filesystem::path& from);

}  // namespace cumulet::identity
