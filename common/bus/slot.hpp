// What a subscription calls, and the promise that it calls nothing once it is gone.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "common/bus/bus.hpp"

namespace cumulet::bus {

// Shared by a subscription and the threads that deliver to it. What a callback throws is logged. Any thread.
class Slot {
public:
    Slot(OnHint on_hint, std::function<void()> on_reconnect)
        : on_hint_(std::move(on_hint)), on_reconnect_(std::move(on_reconnect)) {}
    void hint(std::string_view subject, std::string_view payload);
    void reconnected();
    // Waits for callbacks that run on other threads; a callback may close its own slot.
    void close();

private:
    template <class Call>
    void run(Call&& call);

    const OnHint on_hint_;
    const std::function<void()> on_reconnect_;
    std::mutex mutex_;
    std::condition_variable left_;
    std::vector<std::thread::id> inside_;
    bool closed_ = false;
};

}  // namespace cumulet::bus
