// Files go through here, so that a backup can keep those that go while it copies.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

namespace cumulet::objectstore {

// Any thread.
class Removals {
public:
    // Runs `removal` now, or when the last hold ends.
    void run(std::function<void()> removal) {
        {
            std::lock_guard lock(mutex_);
            if (holds_ > 0) {
                waiting_.push_back(std::move(removal));
                return;
            }
        }
        removal();
    }

    class Hold {
    public:
        explicit Hold(Removals& removals) : removals_(removals) {
            std::lock_guard lock(removals_.mutex_);
            ++removals_.holds_;
        }
        ~Hold() { removals_.end_hold(); }
        Hold(const Hold&) = delete;
        Hold& operator=(const Hold&) = delete;

    private:
        Removals& removals_;
    };

private:
    void end_hold() {
        std::vector<std::function<void()>> ready;
        {
            std::lock_guard lock(mutex_);
            if (--holds_ == 0) ready.swap(waiting_);
        }
        for (const auto& removal : ready) removal();
    }

    std::mutex mutex_;
    int holds_ = 0;
    std::vector<std::function<void()>> waiting_;
};

}  // namespace cumulet::objectstore
