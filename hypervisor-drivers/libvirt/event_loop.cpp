#include "hypervisor-drivers/libvirt/event_loop.hpp"

#include <libvirt/libvirt.h>
#include <signal.h>

#include <mutex>

#include "hypervisor-drivers/libvirt/errors.hpp"

namespace cumulet::hypervisor {

std::shared_ptr<EventLoop> EventLoop::shared() {
    static std::mutex mutex;
    static std::weak_ptr<EventLoop> running;
    const std::lock_guard lock(mutex);
    auto loop = running.lock();
    if (!loop) {
        loop.reset(new EventLoop);
        running = loop;
    }
    return loop;
}

EventLoop::EventLoop() {
    // Registering is for the life of the process; libvirt itself is never unloaded either.
    static std::once_flag once;
    std::call_once(once, [] {
        silence_libvirt();
        // A daemon that dies while libvirt's library writes to it must cost a call, not the process; the library leaves
        // this to its user.
        struct sigaction current {};
        if (::sigaction(SIGPIPE, nullptr, &current) == 0 && current.sa_handler == SIG_DFL) ::signal(SIGPIPE, SIG_IGN);
        if (::virEventRegisterDefaultImpl() != 0) throw_libvirt_error("starting libvirt's event loop");
    });
    wake_timer_ = ::virEventAddTimeout(
        -1, [](int, void*) {}, nullptr, nullptr);
    thread_ = std::thread([this] {
        while (!stop_) ::virEventRunDefaultImpl();
    });
}

EventLoop::~EventLoop() {
    stop_ = true;
    ::virEventUpdateTimeout(wake_timer_, 0);
    thread_.join();
    ::virEventRemoveTimeout(wake_timer_);
}

}  // namespace cumulet::hypervisor
