// What this host is: its CPU and its QEMU.
#pragma once

#include <cstdint>
#include <string>

#include "hypervisor-drivers/libvirt/driver.hpp"

namespace cumulet::hypervisor::kvm {

// Runs QEMU for its version. A version that cannot be found out is 0. Throws nothing.
HostDescription describe_host();

// 7002022 of "QEMU emulator version 7.2.22 (Debian …)"; 0 when there is no version in it.
std::int64_t version_of(const std::string& text);

// As os-hypervisors shows cpu_info, from the text of /proc/cpuinfo.
std::string cpu_info_of(const std::string& cpuinfo);

}  // namespace cumulet::hypervisor::kvm
