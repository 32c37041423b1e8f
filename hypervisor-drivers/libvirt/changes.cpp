#include "hypervisor-drivers/libvirt/changes.hpp"

#include <algorithm>

namespace cumulet::hypervisor {

void Changes::happened(const std::string& guest_id, bool tell) {
    {
        const std::lock_guard lock(mutex_);
        ++count_;
        arrived_.notify_all();
    }
    if (!tell) return;
    const std::lock_guard lock(listener_mutex_);
    if (listener_) listener_(guest_id);
}

void Changes::set_listener(std::function<void(const std::string&)> listener) {
    const std::lock_guard lock(listener_mutex_);
    listener_ = std::move(listener);
}

bool Changes::wait(std::chrono::milliseconds patience, const std::function<bool()>& holds) {
    using Clock = std::chrono::steady_clock;
    const auto deadline = Clock::now() + patience;
    for (;;) {
        std::unique_lock lock(mutex_);
        const auto seen = count_;
        lock.unlock();
        if (holds()) return true;
        const auto now = Clock::now();
        if (now >= deadline) return false;
        lock.lock();
        arrived_.wait_until(lock, std::min(deadline, now + std::chrono::milliseconds(500)),
                            [&] { return count_ != seen; });
    }
}

}  // namespace cumulet::hypervisor
