// Memory for bytes that clients send: one bound for all uploads, whatever their number and size. The more uploads there
// are the smaller the pieces they get, so that none waits for another and a client that stalls holds little.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace cumulet::objectstore {

// Any thread. Outlives what it gave.
class Budget {
public:
    static constexpr std::uint64_t kSmallest = 4096;

    explicit Budget(std::uint64_t bytes) : bytes_(bytes) {}

    // A part of the budget, given back when it goes.
    class Grant {
    public:
        Grant() = default;
        Grant(Budget& budget, std::uint64_t size) : budget_(&budget), size_(size) {}
        Grant(Grant&& other) noexcept : budget_(std::exchange(other.budget_, nullptr)), size_(other.size_) {}
        Grant& operator=(Grant&& other) noexcept {
            std::swap(budget_, other.budget_);
            std::swap(size_, other.size_);
            return *this;
        }
        ~Grant() {
            if (budget_ != nullptr) budget_->used_ -= size_;
        }
        explicit operator bool() const { return budget_ != nullptr; }
        std::size_t size() const { return budget_ == nullptr ? 0 : static_cast<std::size_t>(size_); }

    private:
        Budget* budget_ = nullptr;
        std::uint64_t size_ = 0;
    };

    // One upload that takes grants, as long as it lives.
    class Upload {
    public:
        explicit Upload(Budget& budget) : budget_(budget) { ++budget_.uploads_; }
        ~Upload() { --budget_.uploads_; }
        Upload(const Upload&) = delete;
        Upload& operator=(const Upload&) = delete;
        // Room for `wanted` bytes or fewer, at least kSmallest of them if so many are wanted; false when there is none.
        Grant take(std::uint64_t wanted) { return budget_.take(wanted); }

    private:
        Budget& budget_;
    };

    std::uint64_t used() const { return used_; }

    // A text of `size` bytes, whatever they are. Large ones are those that were given back: an upload asks for memory
    // thousands of times, and clearing and mapping it anew would cost more than the rest of its way.
    std::string buffer(std::size_t size) {
        std::string buffer;
        if (size >= kLarge) {
            std::lock_guard lock(spare_mutex_);
            if (!spare_.empty()) {
                buffer = std::move(spare_.back());
                spare_.pop_back();
            }
        }
        buffer.resize(size);
        return buffer;
    }
    void give_back(std::string buffer) {
        if (buffer.size() < kLarge) return;
        std::lock_guard lock(spare_mutex_);
        if (spare_.size() < kMostSpare) spare_.push_back(std::move(buffer));
    }

private:
    static constexpr std::size_t kLarge = 64 * 1024, kMostSpare = 32;
    // No more than a fair share, and ever less when little is left.
    Grant take(std::uint64_t wanted) {
        const auto share = bytes_ / (2 * std::max<std::uint64_t>(uploads_, 1));
        auto used = used_.load();
        for (;;) {
            const auto left = bytes_ - std::min(bytes_, used);
            auto size = std::max(std::min(share, left / 512) / kSmallest * kSmallest, kSmallest);
            size = std::min(size, wanted);
            if (size > left) return {};
            if (used_.compare_exchange_weak(used, used + size)) return {*this, size};
        }
    }

    const std::uint64_t bytes_;
    std::atomic<std::uint64_t> used_{0};
    std::atomic<std::uint64_t> uploads_{0};
    std::mutex spare_mutex_;
    std::vector<std::string> spare_;
};

}  // namespace cumulet::objectstore
