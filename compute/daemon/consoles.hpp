// Console text by way of the listeners that agents registered.
#pragma once

#include <memory>

#include "common/daemon/daemon.hpp"
#include "common/store/engine.hpp"
#include "compute/servers/console_source.hpp"

namespace cumulet::compute::daemon {

// Asks GET <guest_listener of the host>/v1/guests/<id>/console_log?bytes=N with this daemon's certificate.
std::unique_ptr<servers::ConsoleSource> make_console_source(cumulet::daemon::Platform& platform,
                                                            const runtime::Config& config, store::Engine& engine);

}  // namespace cumulet::compute::daemon
