// Housekeeping: the same work again and again, on a thread of its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace cumulet::runtime {

class Periodic {
public:
    // Runs `work` with `pause` between the end of a round and the start of the next; the first starts after one pause,
    // or at once when `at_once`. What `work` throws is logged under `name`, and the rounds go on.
    Periodic(std::string name, std::chrono::milliseconds pause, std::function<void()> work, bool at_once = false);
    ~Periodic();  // waits for the round under way
    Periodic(const Periodic&) = delete;
    Periodic& operator=(const Periodic&) = delete;

private:
    void run();

    const std::string name_;
    const std::chrono::milliseconds pause_;
    const std::function<void()> work_;
    std::mutex mutex_;
    std::condition_variable woken_;
    bool due_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace cumulet::runtime
