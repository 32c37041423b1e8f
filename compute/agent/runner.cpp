#include "compute/agent/runner.hpp"

#include "common/runtime/log.hpp"

namespace cumulet::compute::agent {

namespace {
// Rounds of one agent are at least this far apart: what comes in between goes into one report.
constexpr Duration kLeastGap = std::chrono::milliseconds(2);
constexpr Duration kAfterError = std::chrono::seconds(1);
}  // namespace

Runner::~Runner() { stop(); }

std::size_t Runner::reserve() {
    std::lock_guard lock(mutex_);
    seats_.emplace_back();
    return seats_.size() - 1;
}

void Runner::set(std::size_t place, std::unique_ptr<Agent> agent) { seats_[place].agent = std::move(agent); }

void Runner::wake(std::size_t place) {
    std::lock_guard lock(mutex_);
    auto& seat = seats_[place];
    if (seat.running) {
        seat.woken = true;
        return;
    }
    const auto soon = std::max(clock_.now(), seat.not_before);
    const auto queued = queue_.find({seat.due, place});
    if (queued == queue_.end() || seat.due <= soon) return;
    queue_.erase(queued);
    seat.due = soon;
    queue_.insert({seat.due, place});
    changed_.notify_one();
}

void Runner::start(unsigned threads) {
    std::lock_guard lock(mutex_);
    const auto now = clock_.now();
    for (std::size_t place = 0; place < seats_.size(); ++place) {
        seats_[place].due = now;
        queue_.insert({now, place});
    }
    for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

void Runner::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_)
        if (thread.joinable()) thread.join();
}

void Runner::work() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (queue_.empty()) {
            changed_.wait(lock);
            continue;
        }
        const auto [due, place] = *queue_.begin();
        const auto now = clock_.now();
        if (due > now) {
            changed_.wait_for(lock, due - now);
            continue;
        }
        queue_.erase(queue_.begin());
        auto& seat = seats_[place];
        seat.running = true;
        seat.woken = false;
        lock.unlock();
        Timestamp next{};
        try {
            next = seat.agent->step();
        } catch (const std::exception& error) {
            log::error("host {}: {}", seat.agent->host(), error.what());
            next = clock_.now() + kAfterError;
        }
        lock.lock();
        seat.running = false;
        seat.not_before = clock_.now() + kLeastGap;
        seat.due = seat.woken ? seat.not_before : std::max(next, seat.not_before);
        queue_.insert({seat.due, place});
        changed_.notify_one();
    }
}

}  // namespace cumulet::compute::agent
