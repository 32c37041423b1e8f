#include <signal.h>

#include <fmt/format.h>
#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <iostream>
#include <thread>

#include "hypervisor-drivers/kvm/flavour.hpp"
#include "kvm_lab.hpp"

namespace {

using namespace cumulet::hypervisor;
using namespace cumulet::hypervisor::conformance;

// nullptr when no lab can be set up here: the reason is printed once.
KvmLab* lab() {
    static const std::string reason = [] {
        std::string found = KvmLab::reason_to_skip();
        if (!found.empty()) std::cout << "SKIPPED: the kvm driver's tests: " << found << std::endl;
        return found;
    }();
    if (!reason.empty()) return nullptr;
    static KvmLab lab;
    return &lab;
}

std::size_t boots(Hypervisor& driver, const GuestId& id, const std::string& marker) {
    const std::string log = driver.console_log(id, 1 << 16);
    std::size_t count = 0;
    for (auto at = log.find(marker); at != std::string::npos; at = log.find(marker, at + 1)) ++count;
    return count;
}

TEST_CASE("the kvm driver conforms") {
    if (lab() == nullptr) return;
    for (const auto& wanted : cases()) {
        DYNAMIC_SECTION(wanted.name) {
            KvmSubject subject(*lab());
            wanted.run(subject);
        }
    }
}

TEST_CASE("a guest has its VNC on loopback while it runs, and its tap on the bridge with the MTU asked for") {
    if (lab() == nullptr) return;
    KvmSubject subject(*lab());
    GuestSpec spec = subject.new_guest("vnc");
    spec.nics.push_back(subject.new_nic());
    auto& driver = subject.driver();
    driver.ensure_defined(spec);
    CHECK_FALSE(driver.console(spec.id, "vnc"));
    driver.ensure_power(spec.id, Power::running);
    const auto vnc = driver.console(spec.id, "vnc");
    REQUIRE(vnc);
    CHECK(vnc->host == "127.0.0.1");
    CHECK(vnc->port >= 5900);
    CHECK_FALSE(driver.console(spec.id, "serial"));
    const std::filesystem::path tap = "/sys/class/net/" + spec.nics[0].tap;
    CHECK(std::filesystem::exists(tap / "master"));
    CHECK(std::filesystem::read_symlink(tap / "master").filename() == lab()->bridge());
    int mtu = 0;
    std::ifstream(tap / "mtu") >> mtu;
    CHECK(mtu == 1450);
    driver.ensure_absent(spec.id, spec.guest_folder);
    CHECK(subject.leftovers(spec).empty());
}

TEST_CASE("guests live through the death of libvirtd, and the driver starts it again") {
    if (lab() == nullptr) return;
    KvmSubject subject(*lab());
    const GuestSpec spec = subject.new_guest("survivor");
    auto& driver = subject.driver();
    driver.ensure_defined(spec);
    driver.ensure_power(spec.id, Power::running);
    REQUIRE(eventually([&] { return boots(driver, spec.id, subject.boot_marker()) == 1; }));
    const pid_t qemu = subject.qemu_of(spec.id);
    const auto daemon = lab()->libvirtd().libvirtd_pid();
    REQUIRE(daemon);
    ::kill(*daemon, SIGKILL);
    // The call that meets the dead connection may fail; the next ones must not.
    REQUIRE(eventually([&] {
        try {
            const auto states = driver.observe();
            return states.size() == 1 && states[0].id == spec.id && states[0].power == Power::running &&
                   !states[0].foreign;
        } catch (const DriverError&) {
            return false;
        }
    }));
    CHECK(lab()->libvirtd().libvirtd_pid() != daemon);
    CHECK(subject.qemu_of(spec.id) == qemu);
    CHECK(boots(driver, spec.id, subject.boot_marker()) == 1);
    driver.ensure_absent(spec.id, spec.guest_folder);
    CHECK(subject.leftovers(spec).empty());
}

TEST_CASE("a guest whose QEMU hangs costs itself only, and can still be removed") {
    if (lab() == nullptr) return;
    KvmSubject subject(*lab());
    auto& driver = subject.driver();
    std::vector<GuestSpec> hung;
    // More of them than libvirtd's default of calls at once on one connection.
    for (int i = 0; i < 6; ++i) hung.push_back(subject.new_guest("hung"));
    const GuestSpec well = subject.new_guest("well");
    for (const GuestSpec& spec : hung) {
        driver.ensure_defined(spec);
        driver.ensure_power(spec.id, Power::running);
        ::kill(subject.qemu_of(spec.id), SIGSTOP);
    }
    std::atomic<int> failed{0};
    std::vector<std::jthread> lanes;
    for (const GuestSpec& spec : hung) {
        lanes.emplace_back([&, id = spec.id] {
            try {
                driver.ensure_power(id, Power::paused);
            } catch (const DriverError&) {
                ++failed;
            }
        });
    }
    driver.ensure_defined(well);
    driver.ensure_power(well.id, Power::running);
    CHECK(driver.observe().size() == 7);
    CHECK(failed == 0);
    for (const GuestSpec& spec : hung) {
        lanes.emplace_back([&] { driver.ensure_absent(spec.id, spec.guest_folder); });
    }
    lanes.clear();
    CHECK(failed == 6);
    driver.ensure_absent(well.id, well.guest_folder);
    CHECK(driver.observe().empty());
    for (const GuestSpec& spec : hung) CHECK(subject.leftovers(spec).empty());
}

TEST_CASE("a disk is as large as asked for, grows while the guest is off, and never shrinks below its base") {
    if (lab() == nullptr) return;
    KvmSubject subject(*lab());
    GuestSpec spec = subject.new_guest("disk");
    auto& driver = subject.driver();
    const auto size_of = [&] {
        // qcow2 keeps its virtual size as a big-endian number at byte 24.
        std::ifstream in(spec.disks[0].path, std::ios::binary);
        in.seekg(24);
        std::uint64_t size = 0;
        for (int i = 0; i < 8; ++i) size = (size << 8) | static_cast<unsigned char>(in.get());
        return size;
    };
    spec.disks[0].size_gib = 1;
    driver.ensure_defined(spec);
    CHECK(size_of() == 1ULL << 30);
    spec.disks[0].size_gib = 2;
    driver.ensure_defined(spec);
    CHECK(size_of() == 2ULL << 30);
    spec.disks[0].size_gib = 1;
    driver.ensure_defined(spec);
    CHECK(size_of() == 2ULL << 30);
    driver.ensure_absent(spec.id, spec.guest_folder);

    GuestSpec large = subject.new_guest("too-small");
    const auto base = lab()->folder() / "large.raw";
    std::ofstream(base).put('x');
    std::filesystem::resize_file(base, 3ULL << 30);
    large.disks[0].backing_path = base.string();
    large.disks[0].size_gib = 1;
    CHECK_THROWS_WITH(driver.ensure_defined(large), Catch::Contains("smaller than its base image"));
    large.disks[0].backing_path = "/nonexistent";
    CHECK_THROWS_WITH(driver.ensure_defined(large), Catch::Contains("/nonexistent"));
    driver.ensure_absent(large.id, large.guest_folder);
    CHECK(subject.leftovers(large).empty());
}

TEST_CASE("what QEMU cannot start says why and leaves the guest off") {
    if (lab() == nullptr) return;
    KvmSubject subject(*lab());
    GuestSpec spec = subject.new_guest("no-bridge");
    spec.nics.push_back(subject.new_nic());
    spec.nics[0].bridge = "ct-nowhere";
    auto& driver = subject.driver();
    driver.ensure_defined(spec);
    CHECK_THROWS_WITH(driver.ensure_power(spec.id, Power::running), Catch::Contains("ct-nowhere"));
    const auto states = driver.observe();
    REQUIRE(states.size() == 1);
    CHECK(states[0].power == Power::shutdown);
    driver.ensure_absent(spec.id, spec.guest_folder);
    CHECK(subject.leftovers(spec).empty());
}

}  // namespace
