#include "common/bus/slot.hpp"

#include <algorithm>

#include "common/runtime/log.hpp"

namespace cumulet::bus {

template <class Call>
void Slot::run(Call&& call) {
    const auto self = std::this_thread::get_id();
    {
        const std::lock_guard lock(mutex_);
        if (closed_) return;
        inside_.push_back(self);
    }
    try {
        call();
    } catch (const std::exception& failure) {
        log::error("bus: a subscriber failed: {}", failure.what());
    }
    const std::lock_guard lock(mutex_);
    inside_.erase(std::find(inside_.begin(), inside_.end(), self));
    left_.notify_all();
}

void Slot::hint(std::string_view subject, std::string_view payload) {
    run([&] { on_hint_(subject, payload); });
}

void Slot::reconnected() {
    if (on_reconnect_) run([&] { on_reconnect_(); });
}

void Slot::close() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    const auto self = std::this_thread::get_id();
    left_.wait(lock, [&] { return std::all_of(inside_.begin(), inside_.end(), [&](auto id) { return id == self; }); });
}

}  // namespace cumulet::bus
