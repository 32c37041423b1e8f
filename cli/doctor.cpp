#include "cli/doctor.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <sstream>

#include "cli/process_table.hpp"
#include "cli/status.hpp"
#include "cli/up.hpp"
#include "common/http/client.hpp"

namespace cumulet::cli {
namespace {

using Grade = Finding::Grade;

struct Tool {
    const char* program;
    const char* package;
    const char* purpose;
};
constexpr Tool kTools[] = {{"nats-server", "nats-server", "the bus"},
                           {"libvirtd", "libvirt-daemon", "guests on this machine"},
                           {"qemu-system-x86_64", "qemu-system-x86", "guests on this machine"},
                           {"qemu-img", "qemu-utils", "disks of guests"},
                           {"dnsmasq", "dnsmasq-base", "DHCP of tenant networks"},
                           {"nft", "nftables", "security groups"},
                           {"ip", "iproute2", "networks of guests"}};

bool is_installed(const std::string& program) {
    for (const char* folder : {"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/", "/usr/local/bin/"})
        if (access((folder + program).c_str(), X_OK) == 0) return true;
    return false;
}

std::vector<Finding> examine_virtualisation() {
    if (!has_virtualisation(read_file_if_any("/proc/cpuinfo").value_or("")))
        return {{Grade::remark,
                 "the processor offers no vmx or svm: guests run by emulation (TCG), which is many times slower"}};
    if (access("/dev/kvm", R_OK | W_OK) != 0)
        return {{Grade::remark,
                 "/dev/kvm cannot be opened: guests run by emulation (TCG); load the kvm module, or run "
                 "as a user who may use it"}};
    return {{Grade::good, "the processor and /dev/kvm are there (the agent proves KVM by booting a probe guest)"}};
}

std::vector<Finding> examine_health(const nlohmann::ordered_json& status) {
    std::vector<Finding> findings;
    http::Io io(1);
    http::ClientOptions patience;
    patience.read_timeout_ms = std::chrono::seconds(5);
    http::Client client(io, patience);
    for (const auto& process : status["processes"]) {
        const std::string name = process["name"];
        if (process["state"] != "ready") {
            findings.push_back({Grade::trouble, fmt::format("{} is {}", name, process["state"].get<std::string>())});
            continue;
        }
        if (process["restarts"] != 0)
            findings.push_back(
                {Grade::remark, fmt::format("{} was started again {} times", name, process["restarts"].get<int>())});
        if (!process["ports"].contains("admin")) continue;
        http::ClientRequest request;
        request.url = fmt::format("http://127.0.0.1:{}/healthcheck", process["ports"]["admin"].get<int>());
        try {
            const auto answer = client.fetch(request);
            findings.push_back(answer.status == 200
                                   ? Finding{Grade::good, name + " is well"}
                                   : Finding{Grade::trouble, fmt::format("{} is unwell: {}", name, answer.body)});
        } catch (const http::ClientError& error) {
            findings.push_back({Grade::trouble, fmt::format("{} does not answer: {}", name, error.what())});
        }
    }
    return findings;
}

}  // namespace

bool has_virtualisation(const std::string& cpuinfo) {
    std::istringstream lines(cpuinfo);
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("flags")) continue;
        std::istringstream words(line);
        for (std::string word; words >> word;)
            if (word == "vmx" || word == "svm") return true;
    }
    return false;
}

std::vector<Finding> examine_machine() {
    std::vector<Finding> findings;
    for (const auto& tool : kTools) {
        if (is_installed(tool.program))
            findings.push_back({Grade::good, fmt::format("{} is there", tool.program)});
        else
            findings.push_back({Grade::trouble, fmt::format("{} is not installed: {} need it (apt-get install {})",
                                                            tool.program, tool.purpose, tool.package)});
    }
    for (auto& finding : examine_virtualisation()) findings.push_back(std::move(finding));
    if (geteuid() != 0)
        findings.push_back({Grade::remark, "not run by root: the kvm driver and guests' networks need root rights"});
    return findings;
}

std::vector<Finding> examine_cloud(const StateFolder& state) {
    const auto status = cloud_status(state);
    if (status["state"] == "stopped") return {{Grade::remark, "no cloud is up in " + state.path().string()}};
    std::vector<Finding> findings = {{status["state"] == "ready" ? Grade::good : Grade::trouble,
                                      fmt::format("the cloud is {}", status["state"].get<std::string>())}};
    for (auto& finding : examine_health(status)) findings.push_back(std::move(finding));
    std::error_code error;
    const auto space = fs::space(state.path(), error);
    constexpr std::uintmax_t kLittle = std::uintmax_t{1} << 30;
    if (!error && space.available < kLittle)
        findings.push_back({Grade::trouble, fmt::format("{} MiB are left on the disk of {}", space.available >> 20,
                                                        state.path().string())});
    return findings;
}

int doctor(const StateFolder& state) {
    bool trouble = false;
    for (const auto& findings : {examine_machine(), examine_cloud(state)}) {
        for (const auto& [grade, what] : findings) {
            static constexpr const char* kMarks[] = {"ok     ", "note   ", "TROUBLE"};
            fmt::print("{}  {}\n", kMarks[static_cast<int>(grade)], what);
            trouble = trouble || grade == Grade::trouble;
        }
    }
    return trouble ? 1 : 0;
}

}  // namespace cumulet::cli
