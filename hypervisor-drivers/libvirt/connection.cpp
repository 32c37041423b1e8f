#include "hypervisor-drivers/libvirt/connection.hpp"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "hypervisor-drivers/libvirt/errors.hpp"

namespace cumulet::hypervisor {
namespace {

constexpr int kKeepAliveSeconds = 5;
constexpr unsigned kKeepAliveMisses = 4;

using SharedChanges = std::shared_ptr<Changes>;

std::string uuid_of(virDomainPtr domain) {
    std::array<char, VIR_UUID_STRING_BUFLEN> text{};
    return ::virDomainGetUUIDString(domain, text.data()) == 0 ? text.data() : std::string();
}

int on_lifecycle(virConnectPtr, virDomainPtr domain, int, int, void* changes) {
    (*static_cast<SharedChanges*>(changes))->happened(uuid_of(domain), true);
    return 0;
}

void on_reboot(virConnectPtr, virDomainPtr domain, void* changes) {
    (*static_cast<SharedChanges*>(changes))->happened(uuid_of(domain), true);
}

void on_device_removed(virConnectPtr, virDomainPtr domain, const char*, void* changes) {
    (*static_cast<SharedChanges*>(changes))->happened(uuid_of(domain), false);
}

void drop(void* changes) { delete static_cast<SharedChanges*>(changes); }

// The callback types differ by event; libvirt asks for this cast.
int watch(virConnectPtr connection, int event, virConnectDomainEventGenericCallback callback,
          const SharedChanges& changes) {
    auto owned = std::make_unique<SharedChanges>(changes);
    const int id = ::virConnectDomainEventRegisterAny(connection, nullptr, event, callback, owned.get(), drop);
    if (id < 0) throw_libvirt_error("asking libvirt for events");
    static_cast<void>(owned.release());
    return id;
}

void forget(virConnectPtr connection, const std::vector<int>& events) {
    for (const int id : events) ::virConnectDomainEventDeregisterAny(connection, id);
}

std::vector<int> watch_all(virConnectPtr connection, const SharedChanges& changes) {
    std::vector<int> events;
    try {
        events.push_back(
            watch(connection, VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), changes));
        events.push_back(watch(connection, VIR_DOMAIN_EVENT_ID_REBOOT, VIR_DOMAIN_EVENT_CALLBACK(on_reboot), changes));
        events.push_back(watch(connection, VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED,
                               VIR_DOMAIN_EVENT_CALLBACK(on_device_removed), changes));
    } catch (...) {
        forget(connection, events);
        throw;
    }
    return events;
}

}  // namespace

Connection::Connection(std::function<std::string()> locate, std::shared_ptr<Changes> changes)
    : locate_(std::move(locate)), changes_(std::move(changes)), loop_(EventLoop::shared()) {}

std::shared_ptr<virConnect> Connection::get() {
    const std::lock_guard lock(mutex_);
    if (open_ && ::virConnectIsAlive(open_.get()) == 1) return open_;
    open_.reset();
    open_ = open();
    return open_;
}

std::shared_ptr<virConnect> Connection::open() {
    const std::string uri = locate_();
    const virConnectPtr raw = ::virConnectOpen(uri.c_str());
    if (raw == nullptr) {
        throw DriverError(DriverErrc::busy, last_libvirt_error(fmt::format("connecting to libvirt at {}", uri)).what());
    }
    std::vector<int> events;
    try {
        if (changes_) events = watch_all(raw, changes_);
    } catch (...) {
        ::virConnectClose(raw);
        throw;
    }
    // A daemon too old for keep-alive still works; its death is then noticed by the next call.
    ::virConnectSetKeepAlive(raw, kKeepAliveSeconds, kKeepAliveMisses);
    // The loop must outlive the connection, whoever lets go of it last.
    return std::shared_ptr<virConnect>(raw, [events, loop = loop_](virConnectPtr connection) {
        // Events hold references: a connection that is closed without this stays open.
        forget(connection, events);
        ::virConnectClose(connection);
    });
}

}  // namespace cumulet::hypervisor
