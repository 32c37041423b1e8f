// Whether KVM really works on this host.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
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

// The answer that needs no guest: a CPU without virtualization or a host without the device is a no; else what is kept
// in <folder>/kvm-probe.json for this kernel and CPU. nullopt when a guest must be booted.
std::optional<ProbeResult> known_answer(const HostFacts& host, const std::filesystem::path& folder);

// The known answer, or the probe guest's, which is kept then. Blocks at most about `deadline`.
ProbeResult probe_kvm(const HostFacts& host, const std::filesystem::path& folder,
                      std::chrono::milliseconds deadline = std::chrono::seconds(5));

}  // namespace cumulet::hypervisor::kvm
