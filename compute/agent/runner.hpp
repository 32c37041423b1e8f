// Drives many agents with few threads: each is called when it is due or woken, never by two threads at once.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "common/runtime/clock.hpp"
#include "compute/agent/agent.hpp"

namespace cumulet::compute::agent {

class Runner {
public:
    explicit Runner(const Clock& clock) : clock_(clock) {}
    ~Runner();

    // The place of the next agent: what its `on_wake` passes to wake(). Before start().
    std::size_t reserve();
    void set(std::size_t place, std::unique_ptr<Agent> agent);
    Agent& agent(std::size_t place) { return *seats_[place].agent; }
    std::size_t size() const { return seats_.size(); }

    // Any thread, before start() and after stop() too.
    void wake(std::size_t place);
    void start(unsigned threads);
    // Waits for rounds that run. Idempotent.
    void stop();

private:
    struct Seat {
        std::unique_ptr<Agent> agent;
        Timestamp due{}, not_before{};
        bool running = false;
        bool woken = false;
    };
    void work();

    const Clock& clock_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Seat> seats_;
    std::set<std::pair<Timestamp, std::size_t>> queue_;
    std::vector<std::thread> threads_;
    bool stopping_ = false;
};

}  // namespace cumulet::compute::agent
