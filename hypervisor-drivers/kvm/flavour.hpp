// What makes the driver over libvirt the kvm driver.
#pragma once

#include "hypervisor-drivers/kvm/settings.hpp"
#include "hypervisor-drivers/libvirt/driver.hpp"

namespace cumulet::hypervisor::kvm {

// Starts the KVM probe in the background; the flavour waits for it only where the answer is needed. Destroying the last
// copy waits for the probe, at most about five seconds.
Flavour make_flavour(const KvmSettings& settings);

// Where the private libvirtd of this state folder lives (see hypervisor-drivers/libvirtd).
std::filesystem::path private_libvirtd_folder(const std::filesystem::path& state_dir);

}  // namespace cumulet::hypervisor::kvm
