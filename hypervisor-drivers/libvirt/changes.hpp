// Where libvirt's events arrive: wakes who waits for one, and tells the agent.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

namespace cumulet::hypervisor {

// Any thread.
class Changes {
public:
    // Called by the event loop. `tell` is false for events that only our own waiting cares for.
    void happened(const std::string& guest_id, bool tell);

    // Calls back on the event loop's thread: must not block.
    void set_listener(std::function<void(const std::string&)> listener);

    // Looks whether `holds` at once, after every event, and twice a second in case an event was lost with its
    // connection. False when it did not hold until `patience` was over.
    bool wait(std::chrono::milliseconds patience, const std::function<bool()>& holds);

private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::uint64_t count_ = 0;
    std::mutex
        listener_mutex_;  // held while the listener runs: after set_listener() the old one is not called any more
    std::function<void(const std::string&)> listener_;
};

}  // namespace cumulet::hypervisor
