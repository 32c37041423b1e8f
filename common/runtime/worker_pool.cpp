#include "common/runtime/worker_pool.hpp"

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "common/runtime/log.hpp"

namespace cumulet::runtime {

struct WorkerPool::State {
    explicit State(const WorkerPoolOptions& given) : options(given) {}

    void run() {
        pthread_setname_np(pthread_self(), options.name.substr(0, 15).c_str());
        std::unique_lock lock(mutex);
        while (true) {
            wake.wait(lock, [&] { return stopping || !queue.empty(); });
            if (queue.empty()) return;
            auto work = std::move(queue.front());
            queue.pop_front();
            lock.unlock();
            try {
                work();
            } catch (const std::exception& failure) {
                log::error("work on pool '{}' failed: {}", options.name, failure.what());
            }
            // What the work holds is freed outside the lock: its destructors may post.
            work = nullptr;
            lock.lock();
        }
    }

    const WorkerPoolOptions options;
    mutable std::mutex mutex;
    std::condition_variable wake;
    std::deque<std::function<void()>> queue;
    std::vector<std::thread> threads;
    bool stopping = false;
};

WorkerPool::WorkerPool(const WorkerPoolOptions& options) : state_(std::make_unique<State>(options)) {
    for (unsigned i = 0; i < options.threads; ++i)
        state_->threads.emplace_back([state = state_.get()] { state->run(); });
}

WorkerPool::~WorkerPool() { stop(); }

bool WorkerPool::try_post(std::function<void()> work) {
    {
        const std::lock_guard lock(state_->mutex);
        if (state_->stopping || state_->queue.size() >= state_->options.max_queued) return false;
        state_->queue.push_back(std::move(work));
    }
    state_->wake.notify_one();
    return true;
}

void WorkerPool::stop() {
    std::vector<std::thread> threads;
    {
        const std::lock_guard lock(state_->mutex);
        state_->stopping = true;
        threads.swap(state_->threads);
    }
    state_->wake.notify_all();
    for (auto& thread : threads) thread.join();
}

std::size_t WorkerPool::queued() const {
    const std::lock_guard lock(state_->mutex);
    return state_->queue.size();
}

}  // namespace cumulet::runtime
