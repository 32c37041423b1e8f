#include "hypervisor-drivers/kvm/host.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "hypervisor-drivers/libvirt/program.hpp"

namespace cumulet::hypervisor::kvm {
namespace {

std::vector<std::string> words_of(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    return words;
}

int as_number(const std::string& text) {
    int number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

std::int64_t version_of(const std::string& text) {
    constexpr std::string_view kBefore = "version ";
    const auto at = text.find(kBefore);
    if (at == std::string::npos) return 0;
    const char* next = text.data() + at + kBefore.size();
    const char* end = text.data() + text.size();
    std::array<std::int64_t, 3> parts{};
    for (auto& part : parts) {
        const auto [after, error] = std::from_chars(next, end, part);
        if (error != std::errc{}) break;
        next = after;
        if (next == end || *next++ != '.') break;
    }
    return parts[0] * 1'000'000 + parts[1] * 1'000 + parts[2];
}

std::string cpu_info_of(const std::string& cpuinfo) {
    std::istringstream in(cpuinfo);
    std::string model;
    std::string vendor;
    std::vector<std::string> flags;
    std::set<std::string> sockets;
    int cores = 1;
    int siblings = 1;
    for (std::string line; std::getline(in, line);) {
        const auto colon = line.find(": ");
        if (colon == std::string::npos) continue;
        const std::string value = line.substr(colon + 2);
        if (line.starts_with("model name"))
            model = value;
        else if (line.starts_with("vendor_id"))
            vendor = value;
        else if (line.starts_with("physical id"))
            sockets.insert(value);
        else if (line.starts_with("cpu cores"))
            cores = std::max(1, as_number(value));
        else if (line.starts_with("siblings"))
            siblings = std::max(1, as_number(value));
        else if (line.starts_with("flags") && flags.empty())
            flags = words_of(value);
    }
    const nlohmann::json info = {{"arch", "x86_64"},
                                 {"model", model},
                                 {"vendor", vendor},
                                 {"features", flags},
                                 {"topology",
                                  {{"sockets", std::max<std::size_t>(1, sockets.size())},
                                   {"cores", cores},
                                   {"threads", std::max(1, siblings / cores)}}}};
    return info.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

HostDescription describe_host() {
    HostDescription host;
    try {
        host.hypervisor_version =
            version_of(run_program({"qemu-system-x86_64", "--version"}, std::chrono::seconds(10)).output);
    } catch (const DriverError&) {
        // No QEMU here: libvirt will say so for the first guest.
    }
    std::ifstream in("/proc/cpuinfo");
    std::stringstream text;
    text << in.rdbuf();
    host.cpu_info_json = cpu_info_of(text.str());
    return host;
}

}  // namespace cumulet::hypervisor::kvm
