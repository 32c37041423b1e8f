// Blobs whose bytes were checked a short while ago: those may be sent from the file without looking at them again.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace cumulet::objectstore {

// Any thread. Holds a bounded number of them.
class Trusted {
public:
    explicit Trusted(std::chrono::seconds how_long) : how_long_(how_long) {}

    void add(std::uint64_t file) {
        if (how_long_.count() == 0) return;
        std::lock_guard lock(mutex_);
        if (known_.size() >= kMax) known_.erase(known_.begin());
        known_[file] = Clock::now() + how_long_;
    }
    void remove(std::uint64_t file) {
        std::lock_guard lock(mutex_);
        known_.erase(file);
    }
    bool holds(std::uint64_t file) {
        std::lock_guard lock(mutex_);
        const auto found = known_.find(file);
        if (found == known_.end()) return false;
        if (Clock::now() < found->second) return true;
        known_.erase(found);
        return false;
    }

private:
    using Clock = std::chrono::steady_clock;
    static constexpr std::size_t kMax = 16'384;
    const std::chrono::seconds how_long_;
    std::mutex mutex_;
    std::unordered_map<std::uint64_t, Clock::time_point> known_;
};

}  // namespace cumulet::objectstore
