#include "hypervisor-drivers/kvm/probe.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <iostream>
#include <random>

namespace {

using namespace cumulet::hypervisor::kvm;
namespace fs = std::filesystem;

class Folder {
public:
    Folder() : path(fs::temp_directory_path() / fmt::format("cumulet-probe-{:x}", std::random_device{}())) {}
    ~Folder() { fs::remove_all(path); }
    const fs::path path;
};

TEST_CASE("the probe guest itself runs: under TCG it answers") {
    if (::access("/usr/bin/qemu-system-x86_64", X_OK) != 0) {
        std::cout << "SKIPPED: qemu-system-x86_64 is not installed" << std::endl;
        return;
    }
    const Folder folder;
    const auto result = boot_probe_guest("tcg", folder.path, std::chrono::seconds(60));
    INFO(result.note);
    CHECK(result.works);
    CHECK(fs::is_empty(folder.path));
}

TEST_CASE("a probe that cannot work says why, within its time") {
    const Folder folder;
    const auto result = boot_probe_guest("no-such-accelerator", folder.path, std::chrono::seconds(60));
    CHECK_FALSE(result.works);
    CHECK_FALSE(result.note.empty());
    const auto begin = std::chrono::steady_clock::now();
    CHECK_FALSE(boot_probe_guest("kvm", folder.path, std::chrono::milliseconds(1)).works);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
}

TEST_CASE("a CPU without virtualization, or a host without the device, is a no at once") {
    const Folder folder;
    CHECK_THAT(
        probe_kvm({.kernel = "6.1", .cpu = "x", .has_virtualization = false, .has_device = true}, folder.path).note,
        Catch::Contains("vmx"));
    CHECK_THAT(
        probe_kvm({.kernel = "6.1", .cpu = "x", .has_virtualization = true, .has_device = false}, folder.path).note,
        Catch::Contains("/dev/kvm"));
    CHECK_FALSE(fs::exists(folder.path / "kvm-probe.json"));
}

TEST_CASE("the answer of a probe is kept for this kernel and this CPU only") {
    const Folder folder;
    fs::create_directories(folder.path);
    const HostFacts host{.kernel = "6.1.0-cumulet", .cpu = "A CPU", .has_virtualization = true, .has_device = true};
    const auto file = folder.path / "kvm-probe.json";
    std::ofstream(file) << R"({"kernel": "6.1.0-cumulet", "cpu": "A CPU", "works": true, "note": ""})";
    CHECK(probe_kvm(host, folder.path).works);
    std::ofstream(file) << R"({"kernel": "6.1.0-cumulet", "cpu": "A CPU", "works": false, "note": "told before"})";
    CHECK(probe_kvm(host, folder.path).note == "told before");
    HostFacts other = host;
    other.kernel = "6.2.0";
    const auto quick = std::chrono::milliseconds(100);
    CHECK(probe_kvm(other, folder.path, quick).note != "told before");
    CHECK(known_answer(other, folder.path));
    CHECK_FALSE(known_answer(host, folder.path));
    std::ofstream(file) << "{ torn";
    CHECK_FALSE(known_answer(other, folder.path));
    probe_kvm(host, folder.path, quick);
    CHECK(known_answer(host, folder.path));
}

}  // namespace
