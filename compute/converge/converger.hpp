// The background loop of the compute daemon: what is overdue or waits for a host that is down is moved on, usage and
// actions are made from the change log, what was deleted long ago is forgotten.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "common/bus/bus.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/ids.hpp"
#include "common/store/engine.hpp"
#include "common/store/lease.hpp"
#include "compute/converge/host_changes.hpp"
#include "compute/history/history.hpp"
#include "compute/metering/meter.hpp"

namespace cumulet::compute::converge {

struct ConvergerOptions {
    Duration host_down_after = std::chrono::seconds(60);
    Duration keep_deleted = std::chrono::hours(24 * 30);
    Duration keep_usage = std::chrono::hours(24 * 400);
    std::string holder;  // names this process in the lease
};

// Any thread, one call at a time.
class Converger {
public:
    Converger(store::Engine& engine, const Clock& clock, Random& random, metering::Meter& meter,
              history::History& history, ConvergerOptions options);

    // One round; how many tasks and rows were moved. With several processes on one store only the one that holds the
    // lease does anything.
    std::size_t step();

private:
    std::size_t expire_overdue();
    std::size_t leave_down_hosts();
    std::size_t forget_deleted();

    store::Engine& engine_;
    const Clock& clock_;
    Random& random_;
    metering::Meter& meter_;
    history::History& history_;
    ConvergerOptions options_;
    store::Leases leases_;
    Timestamp next_forget_{};
};

// The two threads: rounds of the converger, and hints to hosts (bus subject "compute.host.<name>", "compute.network"
// for whatever concerns networks) after commits. Starts with construction, stops with stop().
class ConvergeLoop {
public:
    ConvergeLoop(store::Engine& engine, Converger& converger, HostChanges& changes, bus::Bus& bus);
    ~ConvergeLoop();
    void stop();

private:
    void run_rounds();
    void run_hints();

    store::Engine& engine_;
    Converger& converger_;
    HostChanges& changes_;
    bus::Bus& bus_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    bool committed_ = true;
    std::unique_ptr<store::CommitListener> listener_;
    std::thread rounds_, hints_;
};

}  // namespace cumulet::compute::converge
