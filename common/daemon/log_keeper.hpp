// Keeps a store's change log from growing for ever: what every daemon with a store does.
#pragma once

#include <functional>

#include "common/runtime/clock.hpp"
#include "common/runtime/config.hpp"
#include "common/runtime/periodic.hpp"
#include "common/store/engine.hpp"

namespace cumulet::daemon {

// Drops entries older than kKeepLog days, now and every ten minutes. Several processes on one store may each have one.
// Readers that stand further back than that get a StoreError and look at everything anew; for one that cannot,
// `still_needed` names the first revision that must stay, however old.
class LogKeeper {
public:
    // `engine` and `clock` outlive it.
    LogKeeper(const runtime::Config& config, store::Engine& engine, const Clock& clock,
              std::function<store::Revision()> still_needed = {});

private:
    runtime::Periodic rounds_;
};

}  // namespace cumulet::daemon
