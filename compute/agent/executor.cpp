#include "compute/agent/executor.hpp"

#include "common/runtime/log.hpp"

namespace cumulet::compute::agent {

// Shared with the threads, which outlive the executor when their work never returns.
struct ThreadExecutor::State {
    explicit State(unsigned max) : max_threads(max) {}

    void work_until_idle() {
        std::unique_lock lock(mutex);
        while (true) {
            ++idle;
            const bool woken = wake.wait_for(lock, kIdle, [&] { return stopping || !queue.empty(); });
            --idle;
            if (stopping || !woken) break;
            auto work = std::move(queue.front());
            queue.pop_front();
            lock.unlock();
            try {
                work();
            } catch (const std::exception& error) {
                log::error("agent: {}", error.what());
            }
            work = nullptr;
            lock.lock();
        }
        --threads;
        ended.notify_all();
    }

    static constexpr std::chrono::seconds kIdle{30};
    const unsigned max_threads;
    std::mutex mutex;
    std::condition_variable wake, ended;
    std::deque<std::function<void()>> queue;
    unsigned threads = 0, idle = 0;
    bool stopping = false;
};

ThreadExecutor::ThreadExecutor(unsigned max_threads) : state_(std::make_shared<State>(std::max(1u, max_threads))) {}

ThreadExecutor::~ThreadExecutor() { stop(std::chrono::milliseconds(0)); }

void ThreadExecutor::run(std::function<void()> work) {
    std::lock_guard lock(state_->mutex);
    if (state_->stopping) return;
    state_->queue.push_back(std::move(work));
    if (state_->idle < state_->queue.size() && state_->threads < state_->max_threads) {
        ++state_->threads;
        std::thread([state = state_] { state->work_until_idle(); }).detach();
    }
    state_->wake.notify_one();
}

bool ThreadExecutor::stop(std::chrono::milliseconds patience) {
    std::unique_lock lock(state_->mutex);
    state_->stopping = true;
    state_->queue.clear();
    state_->wake.notify_all();
    return state_->ended.wait_for(lock, patience, [&] { return state_->threads == 0; });
}

}  // namespace cumulet::compute::agent
