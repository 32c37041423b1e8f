// The thread that libvirt needs for its events and keep-alive messages.
#pragma once

#include <atomic>
#include <memory>
#include <thread>

namespace cumulet::hypervisor {

// libvirt has one event loop a process, so all connections share this object: it runs as long as one of them holds it.
class EventLoop {
public:
    // The running loop, or a new one. Must be called before a connection is opened. Any thread.
    static std::shared_ptr<EventLoop> shared();

    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

private:
    EventLoop();

    int wake_timer_ = -1;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

}  // namespace cumulet::hypervisor
