// Threads for work that blocks or burns (password hashes, store calls over a socket): a bounded queue that refuses when
// full, so that overload is answered at once instead of piling up.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace cumulet::runtime {

struct WorkerPoolOptions {
    std::string name = "worker";  // of the threads, at most 15 characters are shown
    unsigned threads = 2;
    std::size_t max_queued = 1000;
};

class WorkerPool {
public:
    explicit WorkerPool(const WorkerPoolOptions& options);
    ~WorkerPool();  // stop()
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    // Runs `work` on a thread of the pool, oldest first. False, and nothing happens, when the queue is full or the pool
    // stops. What `work` throws is logged. Any thread, those of the pool included.
    [[nodiscard]] bool try_post(std::function<void()> work);
    // Refuses new work, runs what is queued, ends the threads. Idempotent. Not to be called by a thread of the pool.
    void stop();
    std::size_t queued() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace cumulet::runtime
