// The Hypervisor over libvirt, made particular by a flavour.
#pragma once

#include <functional>
#include <future>
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

// What libvirt could tell too, but only after seconds of asking every hypervisor program there is.
struct HostDescription {
    std::int64_t hypervisor_version = 0;  // 7002000 for 7.2.0
    std::string cpu_info_json;
};

// What a driver over libvirt adds.
struct Flavour {
    std::string hypervisor_type;          // "QEMU"
    std::function<std::string()> locate;  // libvirt's URI; starts libvirtd when that is ours to do
    std::function<Acceleration()> now;    // soon, also while it is still being found out
    std::function<Acceleration()> final;  // waits until it is found out: for defining guests
    std::function<HostDescription()> host;
    std::string disk_folder;  // whose file system's size is the host's disk
    std::string log_folder;   // where libvirt writes a log a guest, removed with it
};

// Any thread; one call a guest at a time, as the contract says. Nothing is remembered that libvirt does not know, but
// which domains are foreign.
class LibvirtDriver final : public Hypervisor {
public:
    // Does not wait for libvirt: it is connected to, and made to learn what its hypervisor can do, in the background,
    // so that the first guest need not wait for that. The destructor waits for this, a few seconds at most.
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
    void snapshot(const GuestId& id, const std::string& disk_path, const std::string& file) override;
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
    std::future<void> warm_up_;
};

}  // namespace cumulet::hypervisor
