// Reads the change log as it grows and hands each entry, once and in order, to those who keep something derived from
// the store. Asked on the way to an answer (catch_up), it makes what they keep as new as every commit acknowledged
// before.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "common/store/engine.hpp"
#include "common/store/transaction.hpp"

namespace cumulet::identity {

struct ChangeReader {
    std::function<void(const store::ChangeEntry&)> on_change;
    // The log does not go back far enough: anything may have changed.
    std::function<void()> on_gap;
};

class ChangeFollower {
public:
    // Follows from now on. The readers run on any thread that calls catch_up(), one at a time, or on the follower's
    // own.
    ChangeFollower(store::Engine& engine, std::vector<ChangeReader> readers);
    ~ChangeFollower();  // ends the thread
    ChangeFollower(const ChangeFollower&) = delete;
    ChangeFollower& operator=(const ChangeFollower&) = delete;

    // Costs one load when nothing happened. Any thread but a reader's.
    void catch_up();

private:
    void read_on();
    void run();

    store::Engine& engine_;
    std::vector<ChangeReader> readers_;
    std::atomic<store::Revision> position_;
    std::mutex reading_;
    std::mutex mutex_;
    std::condition_variable woken_;
    bool news_ = false;
    bool stopping_ = false;
    std::thread thread_;
    std::unique_ptr<store::CommitListener> listener_;
};

}  // namespace cumulet::identity
