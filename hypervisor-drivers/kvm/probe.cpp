#include "hypervisor-drivers/kvm/probe.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <nlohmann/json.hpp>

#include "hypervisor-drivers/driver.h"
#include "hypervisor-drivers/kvm/probe_guest.hpp"
#include "hypervisor-drivers/libvirt/program.hpp"

namespace cumulet::hypervisor::kvm {
namespace {

namespace fs = std::filesystem;

constexpr const char* kKeptIn = "kvm-probe.json";
constexpr std::size_t kDiskBytes = 64 * 1024;

class ProbeDisk {
public:
    explicit ProbeDisk(const fs::path& folder) {
        static std::atomic<int> made{0};
        path_ = folder / fmt::format("kvm-probe-{}-{}.img", ::getpid(), ++made);
        std::string bytes(kDiskBytes, '\0');
        std::copy(kProbeCode.begin(), kProbeCode.end(), bytes.begin());
        bytes[510] = '\x55';
        bytes[511] = '\xaa';
        std::ofstream(path_, std::ios::binary) << bytes;
    }
    ~ProbeDisk() {
        std::error_code ignored;
        fs::remove(path_, ignored);
    }
    ProbeDisk(const ProbeDisk&) = delete;
    ProbeDisk& operator=(const ProbeDisk&) = delete;

    std::string option() const { return fmt::format("file={},format=raw,if=ide", path_.string()); }

private:
    fs::path path_;
};

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::optional<ProbeResult> kept(const HostFacts& host, const fs::path& file) {
    std::ifstream in(file);
    const auto answer = nlohmann::json::parse(in, nullptr, false);
    if (!answer.is_object() || answer.value("kernel", "") != host.kernel || answer.value("cpu", "") != host.cpu) {
        return std::nullopt;
    }
    return ProbeResult{.works = answer.value("works", false), .note = answer.value("note", "")};
}

void keep(const HostFacts& host, const ProbeResult& result, const fs::path& file) {
    const nlohmann::json answer = {
        {"kernel", host.kernel}, {"cpu", host.cpu}, {"works", result.works}, {"note", result.note}};
    const fs::path next = file.string() + ".next";
    std::ofstream(next) << answer.dump(2) << "\n";
    std::error_code ignored;  // not kept: probed again next time
    fs::rename(next, file, ignored);
}

}  // namespace

HostFacts host_facts() {
    HostFacts facts;
    utsname names{};
    if (::uname(&names) == 0) facts.kernel = names.release;
    std::ifstream in("/proc/cpuinfo");
    for (std::string line; std::getline(in, line);) {
        const auto colon = line.find(": ");
        if (colon == std::string::npos) continue;
        const std::string value = line.substr(colon + 2) + " ";
        if (line.starts_with("model name") && facts.cpu.empty()) facts.cpu = line.substr(colon + 2);
        if (!line.starts_with("flags")) continue;
        facts.has_virtualization =
            (" " + value).find(" vmx ") != std::string::npos || (" " + value).find(" svm ") != std::string::npos;
        break;
    }
    const int device = ::open("/dev/kvm", O_RDWR | O_CLOEXEC);
    facts.has_device = device >= 0;
    if (device >= 0) ::close(device);
    return facts;
}

ProbeResult boot_probe_guest(const std::string& accelerator, const fs::path& folder,
                             std::chrono::milliseconds deadline) {
    try {
        std::error_code ignored;
        fs::create_directories(folder, ignored);
        const ProbeDisk disk(folder);
        const ProgramResult run =
            run_program({"qemu-system-x86_64", "-accel", accelerator, "-machine", "pc", "-m", "32", "-nodefaults",
                         "-no-user-config", "-display", "none", "-no-reboot", "-drive", disk.option(), "-serial",
                         "stdio", "-device", "isa-debug-exit,iobase=0xf4,iosize=4"},
                        deadline);
        const bool marked = run.output.find(kProbeMarker) != std::string::npos;
        if (marked && run.status == kProbeExitStatus && !run.timed_out) return {.works = true, .note = ""};
        const std::string said = first_line(run.errors);
        return {.works = false,
                .note = fmt::format("a probe guest did not run under {}: {}", accelerator,
                                    !said.empty()   ? said
                                    : run.timed_out ? fmt::format("no answer within {} ms", deadline.count())
                                                    : fmt::format("QEMU ended with status {}", run.status))};
    } catch (const std::exception& error) {
        return {.works = false, .note = error.what()};
    }
}

std::optional<ProbeResult> known_answer(const HostFacts& host, const fs::path& folder) {
    if (!host.has_virtualization) {
        return ProbeResult{.works = false, .note = "this CPU has no hardware virtualization (no vmx or svm flag)"};
    }
    if (!host.has_device) return ProbeResult{.works = false, .note = "/dev/kvm cannot be opened"};
    return kept(host, folder / kKeptIn);
}

ProbeResult probe_kvm(const HostFacts& host, const fs::path& folder, std::chrono::milliseconds deadline) {
    if (const auto known = known_answer(host, folder)) return *known;
    const ProbeResult result = boot_probe_guest("kvm", folder, deadline);
    keep(host, result, folder / kKeptIn);
    return result;
}

}  // namespace cumulet::hypervisor::kvm
