// A host for the kvm driver's tests: a state folder, a libvirtd and a bridge of its own.
#pragma once

#include <libvirt/libvirt.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "conformance.hpp"
#include "hypervisor-drivers/libvirtd/private_libvirtd.hpp"

namespace cumulet::hypervisor::conformance {

// One a process: starting libvirtd's QEMU driver costs seconds. Its end leaves nothing; its start removes what killed
// processes of earlier runs left.
class KvmLab {
public:
    KvmLab();
    ~KvmLab();
    KvmLab(const KvmLab&) = delete;
    KvmLab& operator=(const KvmLab&) = delete;

    // Why no lab can be set up here; empty when it can.
    static std::string reason_to_skip();

    const std::filesystem::path& folder() const { return folder_; }
    const std::string& bridge() const { return bridge_; }
    PrivateLibvirtd& libvirtd() { return libvirtd_; }
    std::filesystem::path base_image() const { return folder_ / "base.raw"; }
    // The tests' own way to libvirt, not the driver's.
    std::shared_ptr<virConnect> connect();

private:
    std::filesystem::path folder_;
    std::string bridge_;
    PrivateLibvirtd libvirtd_;
};

class KvmSubject final : public Subject {
public:
    explicit KvmSubject(KvmLab& lab);
    ~KvmSubject() override;

    Hypervisor& driver() override { return *driver_; }
    void restart_driver() override;
    GuestSpec new_guest(const std::string& name) override;
    NicSpec new_nic() override;
    std::string boot_marker() const override;
    GuestId add_foreign() override;
    bool foreign_is_well(const GuestId& id) override;
    void kill_guest(const GuestId& id) override;
    void leave_half_defined(const GuestSpec& spec) override;
    std::vector<std::string> leftovers(const GuestSpec& spec) override;
    std::vector<std::string> macs(const GuestId& id) override;

    pid_t qemu_of(const GuestId& id) const;

private:
    KvmLab& lab_;
    int made_ = 0;
    std::unique_ptr<Hypervisor> driver_;
    std::vector<std::string> taps_;
};

}  // namespace cumulet::hypervisor::conformance
