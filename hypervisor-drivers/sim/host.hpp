// The simulated machine: its guests, and what can happen to them without the agent.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "hypervisor-drivers/sim/guest.hpp"
#include "hypervisor-drivers/sim/journal.hpp"
#include "hypervisor-drivers/sim/settings.hpp"

namespace cumulet::hypervisor::sim {

// Outlives the drivers that work on it, as a machine outlives its agents. Any thread.
class SimHost {
public:
    // Reads the guests that an earlier process left in settings.state_dir, when one is given.
    SimHost(std::string name, SimSettings settings);

    const std::string& name() const { return name_; }
    SimSettings settings() const;

    // What is on the machine now, for the invariants of a test.
    std::vector<SimGuest> guests() const;
    std::optional<SimGuest> find(const GuestId& id) const;
    std::vector<GuestState> observe() const;

    // Changes one guest under the lock; not_found when there is none, invalid when it is not one of ours. `change`
    // returns whether it changed anything.
    void update(const GuestId& id, const std::function<bool(SimGuest&)>& change);
    // These two refuse a foreign guest too; erasing what is absent does nothing.
    void put(SimGuest guest);
    void erase(const GuestId& id);

    // The guest stops by itself: `power` is crashed, shutdown or paused. Tells the driver's listener.
    void break_guest(const GuestId& id, Power power);
    // A guest that somebody else started on this machine.
    void add_foreign(const GuestId& id, const std::string& name);

    // From now on settings can differ: a simulation makes a healthy host sick and well again.
    void set_faults(double probability);
    void set_hang_name(std::string part_of_name);

    // Waits until release_hangs(), then throws DriverError (failed).
    [[noreturn]] void hang();
    void release_hangs();
    std::size_t hanging() const;

    void set_listener(std::function<void(const GuestId&)> listener);

    // Draws of the host's own generator.
    std::chrono::milliseconds draw_delay(Operation operation);
    enum class Fault { none, before, after };
    Fault draw_fault(Operation operation);
    bool hangs(Operation operation, const std::string& guest_name) const;

private:
    void store(const SimGuest& guest);
    void refuse_foreign(const GuestId& id) const;

    const std::string name_;
    SimSettings settings_;
    mutable std::mutex mutex_;
    std::condition_variable released_;
    std::uint64_t releases_ = 0;
    std::size_t hanging_ = 0;
    std::mt19937_64 random_;
    std::optional<Journal> journal_;
    std::map<GuestId, SimGuest> guests_;
    std::function<void(const GuestId&)> listener_;
};

}  // namespace cumulet::hypervisor::sim
