// The way to libvirt: opened when needed, opened again when it broke.
#pragma once

#include <libvirt/libvirt.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "hypervisor-drivers/libvirt/changes.hpp"
#include "hypervisor-drivers/libvirt/event_loop.hpp"

namespace cumulet::hypervisor {

// Any thread: libvirt's connections may be shared.
class Connection {
public:
    // `locate` makes sure that libvirt runs, if that is ours to do, and says its URI. Called before every opening,
    // under a lock. Nothing is opened yet.
    Connection(std::function<std::string()> locate, std::shared_ptr<Changes> changes);

    // A living connection; the caller keeps it for the length of its operation. Throws DriverError: busy when libvirt
    // cannot be reached now, and what `locate` throws.
    std::shared_ptr<virConnect> get();

private:
    std::shared_ptr<virConnect> open();

    std::function<std::string()> locate_;
    std::shared_ptr<Changes> changes_;
    std::shared_ptr<EventLoop> loop_;
    std::mutex mutex_;
    std::shared_ptr<virConnect> open_;
};

}  // namespace cumulet::hypervisor
