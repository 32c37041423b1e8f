// Numbers of files: grow with time, also over restarts, and are never given out twice by one process.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace cumulet::objectstore {

class Numbers {
public:
    // `last` is the largest one known to be in use.
    explicit Numbers(std::uint64_t last = 0) : last_(last) {}
    // `known` is in use as well.
    void raise(std::uint64_t known) {
        auto seen = last_.load();
        while (seen < known && !last_.compare_exchange_weak(seen, known)) {
        }
    }
    std::uint64_t next() {
        const auto now = static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
                .count());
        auto seen = last_.load();
        std::uint64_t number = 0;
        do {
            number = std::max(now, seen + 1);
        } while (!last_.compare_exchange_weak(seen, number));
        return number;
    }

private:
    std::atomic<std::uint64_t> last_;
};

// 16 hex digits.
std::string name_of(std::uint64_t number);
std::optional<std::uint64_t> number_of(std::string_view name);

}  // namespace cumulet::objectstore
