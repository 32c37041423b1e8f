// Whether KVM really works on this host.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

namespace cumulet::hypervisor::kvm {

struct ProbeResult {
    bool works = false;
    std::string note;  // why not; empty when it works
};

struct HostFacts {
    std::string kernel;               // release
    std::string cpu;                  // model name
    bool has_virtualization = false;  // vmx or svm flag
    bool has_device = false;          // /dev/kvm can be opened
};
HostFacts host_facts();

// Boots the probe guest with this accelerator ("kvm"; "tcg" proves the probe guest itself). Its disk is a file in
// `folder`, removed afterwards. Blocks until it answered, at most `deadline`. Throws nothing: what goes wrong is the
// note.
ProbeResult boot_probe_guest(const std::string& accelerator, const std::filesystem::path& folder,
                             std::chrono::milliseconds deadline);

// A CPU without virtualization or a host without the device is a no at once; else the answer kept in
// <folder>/kvm-probe.json for this kernel and CPU; else the probe guest's, which is kept then. Blocks at most about
// five seconds.
ProbeResult probe_kvm(const HostFacts& host, const std::filesystem::path& folder);

}  // namespace cumulet::hypervisor::kvm
