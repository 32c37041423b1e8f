#include "hypervisor-drivers/kvm/flavour.hpp"

#include <chrono>
#include <future>

#include "hypervisor-drivers/kvm/host.hpp"
#include "hypervisor-drivers/kvm/probe.hpp"
#include "hypervisor-drivers/libvirtd/private_libvirtd.hpp"

namespace cumulet::hypervisor::kvm {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSystemSocket = "/run/libvirt/libvirt-sock";
// A KVM that works answers in a fraction of this; who asks what the host can do is not kept waiting by one that does
// not.
constexpr std::chrono::milliseconds kHealthyProbe{1'000};
constexpr const char* kSystemUri = "qemu:///system";

// A libvirtd of our own, once started, is kept: guests may be defined there even when the system gets one later.
bool wants_private(const KvmSettings& settings, const PrivateLibvirtd& own) {
    if (settings.uri == "private") return true;
    return settings.uri == "auto" && (own.exists() || !fs::exists(kSystemSocket));
}

Acceleration acceleration_of(const KvmSettings& settings, const ProbeResult& probe) {
    const bool kvm = settings.virt_type == "kvm" || (settings.virt_type == "auto" && probe.works);
    Acceleration found;
    found.machine.machine = settings.machine;
    found.machine.domain_type = kvm ? "kvm" : "qemu";
    found.machine.cpu_mode = kvm ? "host-passthrough" : "";
    if (!kvm) {
        const std::string why = settings.virt_type == "qemu" ? "the configuration asks for it" : probe.note;
        found.note = "guests run under TCG, QEMU's emulation, several times slower than KVM: " + why;
    }
    return found;
}

std::shared_future<ProbeResult> answered(ProbeResult result) {
    std::promise<ProbeResult> known;
    known.set_value(std::move(result));
    return known.get_future().share();
}

// Only a guest that must be booted is waited for in the background.
std::shared_future<ProbeResult> start_probe(const KvmSettings& settings) {
    if (settings.virt_type != "auto") return answered({.works = settings.virt_type == "kvm", .note = ""});
    const HostFacts host = host_facts();
    if (auto known = known_answer(host, settings.state_dir)) return answered(*std::move(known));
    return std::async(std::launch::async, [host, folder = settings.state_dir] { return probe_kvm(host, folder); })
        .share();
}

}  // namespace

fs::path private_libvirtd_folder(const fs::path& state_dir) { return state_dir / "libvirt"; }

Flavour make_flavour(const KvmSettings& settings) {
    fs::create_directories(settings.state_dir);
    const auto own = std::make_shared<PrivateLibvirtd>(private_libvirtd_folder(settings.state_dir));
    const auto probe = start_probe(settings);
    const bool is_private = wants_private(settings, *own);
    Flavour flavour;
    flavour.hypervisor_type = "QEMU";  // as Nova's own libvirt driver calls both
    flavour.locate = [=] {
        if (!is_private) return settings.uri == "auto" ? std::string(kSystemUri) : settings.uri;
        own->ensure_running();
        return own->uri();
    };
    flavour.now = [=] {
        if (probe.wait_for(kHealthyProbe) == std::future_status::ready) return acceleration_of(settings, probe.get());
        return acceleration_of(settings, {.works = false, .note = "KVM is still being probed"});
    };
    flavour.final = [=] { return acceleration_of(settings, probe.get()); };
    flavour.host = describe_host;
    flavour.disk_folder = settings.state_dir.string();
    flavour.log_folder = is_private ? (own->folder() / "log" / "qemu").string() : "/var/log/libvirt/qemu";
    return flavour;
}

}  // namespace cumulet::hypervisor::kvm
