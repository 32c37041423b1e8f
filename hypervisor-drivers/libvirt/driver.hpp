// The Hypervisor over libvirt, made particular by a flavour.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "hypervisor-drivers/driver.h"
#include "hypervisor-drivers/libvirt/changes.hpp"
#include "hypervisor-drivers/libvirt/connection.hpp"
#include "hypervisor-drivers/libvirt/domain_xml.hpp"

namespace cumulet::hypervisor {

struct Acceleration {
    Machine machine;
    std::string note;  // why not the fast way, when not
};

// What a driver over libvirt adds.
struct Flavour {
    std::string hypervisor_type;          // "QEMU"
    std::function<std::string()> locate;  // libvirt's URI; starts libvirtd when that is ours to do
    std::function<Acceleration()> now;    // soon, also while it is still being found out
    std::function<Acceleration()> final;  // waits until it is found out: for defining guests
    std::string disk_folder;              // whose file system's size is the host's disk
    std::string log_folder;               // where libvirt writes a log a guest, removed with it
};

// Any thread; one call a guest at a time, as the contract says. Nothing is remembered that libvirt does not know, but
// which domains are foreign.
class LibvirtDriver final : public Hypervisor {
public:
    // Connects at the first call that needs it, not here.
    explicit LibvirtDriver(Flavour flavour);

    Capabilities capabilities() const override;
    std::vector<GuestState> observe() override;
    void ensure_defined(const GuestSpec& spec) override;
    void ensure_power(const GuestId& id, Power wanted) override;
    void shut_down(const GuestId& id, std::chrono::milliseconds patience) override;
    void reboot(const GuestId& id, bool soft, std::chrono::milliseconds patience) override;
    void ensure_absent(const GuestId& id, const std::string& guest_folder) override;
    std::string console_log(const GuestId& id, std::size_t max_bytes) override;
    std::optional<ConsoleAddress> console(const GuestId& id, std::string_view type) override;
    void ensure_nic(const GuestId& id, const NicSpec& nic) override;
    void ensure_no_nic(const GuestId& id, const std::string& mac) override;
    void on_change(std::function<void(const GuestId&)> callback) override;

private:
    std::optional<bool> is_foreign(virDomainPtr domain, const GuestId& id);

    Flavour flavour_;
    std::shared_ptr<Changes> changes_;
    mutable Connection connection_;
    // libvirtd works on few calls of one connection at once: looking must not queue behind calls on guests that hang.
    mutable Connection watching_;
    std::mutex foreign_mutex_;
    std::unordered_map<GuestId, bool> foreign_;
};

}  // namespace cumulet::hypervisor
