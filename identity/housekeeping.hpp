// What has to be thrown away in time: revocations that no living token can match.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "common/runtime/clock.hpp"
#include "common/store/engine.hpp"
#include "identity/settings.hpp"

namespace cumulet::identity {

// One round, in small transactions. How many records went.
std::size_t keep_house(store::Engine& engine, Timestamp now, const Settings& settings);

// Runs a round now and then until it is destroyed.
class Housekeeping {
public:
    Housekeeping(store::Engine& engine, const Clock& clock, const Settings& settings);
    ~Housekeeping();
    Housekeeping(const Housekeeping&) = delete;
    Housekeeping& operator=(const Housekeeping&) = delete;

private:
    void run();

    store::Engine& engine_;
    const Clock& clock_;
    const Settings& settings_;
    std::mutex mutex_;
    std::condition_variable woken_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace cumulet::identity
