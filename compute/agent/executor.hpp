// Where blocking work of agents runs.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace cumulet::compute::agent {

class Executor {
public:
    virtual ~Executor() = default;
    // Runs `work` some time later, elsewhere; any number at once as far as the executor can. Any thread.
    virtual void run(std::function<void()> work) = 0;
};

// Threads that are made as they are needed, up to a bound, and end after being idle. A work that never returns keeps
// its thread; stop() does not wait for such.
class ThreadExecutor final : public Executor {
public:
    explicit ThreadExecutor(unsigned max_threads);
    ~ThreadExecutor() override;
    void run(std::function<void()> work) override;
    // Takes no more work, drops what is queued, waits up to `patience` for what runs. False: something still runs.
    bool stop(std::chrono::milliseconds patience);

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace cumulet::compute::agent
