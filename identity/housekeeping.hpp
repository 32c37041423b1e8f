// What has to be thrown away in time: revocations that no living token can match.
#pragma once

#include "common/runtime/clock.hpp"
#include "common/runtime/periodic.hpp"
#include "common/store/engine.hpp"
#include "identity/settings.hpp"

namespace cumulet::identity {

// One round, in small transactions. How many records went.
std::size_t keep_house(store::Engine& engine, Timestamp now, const Settings& settings);

// Runs a round now and then until it is destroyed.
class Housekeeping {
public:
    Housekeeping(store::Engine& engine, const Clock& clock, const Settings& settings);

private:
    runtime::Periodic rounds_;
};

}  // namespace cumulet::identity
