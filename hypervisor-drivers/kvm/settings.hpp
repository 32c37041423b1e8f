// The driver's section of the configuration, "driver.kvm.*".
#pragma once

#include <filesystem>
#include <string>

#include "hypervisor-drivers/driver.h"

namespace cumulet::hypervisor::kvm {

struct KvmSettings {
    std::filesystem::path state_dir;  // required
    std::string uri = "auto";         // "auto", "private", or a libvirt URI
    std::string virt_type = "auto";   // "auto", "kvm", "qemu"
    std::string machine = "pc";
};

// Throws DriverError (invalid) for an unknown key or value and for a missing state_dir.
KvmSettings read_settings(const Settings& settings);

}  // namespace cumulet::hypervisor::kvm
