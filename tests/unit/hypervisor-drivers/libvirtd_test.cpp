#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <iostream>
#include <random>

#include "conformance.hpp"
#include "hypervisor-drivers/libvirtd/private_libvirtd.hpp"
#include "kvm_lab.hpp"

namespace {

using namespace cumulet::hypervisor;
namespace fs = std::filesystem;

bool skipped() {
    const std::string reason = conformance::KvmLab::reason_to_skip();
    if (!reason.empty()) std::cout << "SKIPPED: the private libvirtd's tests: " << reason << std::endl;
    return !reason.empty();
}

// Under the lab's own prefix, so that the lab of a later run sweeps what a killed one leaves.
class Folder {
public:
    explicit Folder(const std::string& below)
        : top(fs::temp_directory_path() / fmt::format("cumulet-kvm-test-{}", ::getpid())), path(top / below) {}
    ~Folder() {
        PrivateLibvirtd(path).stop();
        fs::remove_all(path);
        std::error_code not_empty;
        fs::remove(top, not_empty);
    }
    const fs::path top;
    const fs::path path;
};

TEST_CASE("a private libvirtd starts once, is found by others, and stops") {
    if (skipped()) return;
    const Folder folder("libvirt-alone");
    PrivateLibvirtd one(folder.path);
    CHECK_FALSE(one.exists());
    CHECK_FALSE(one.libvirtd_pid());
    one.stop();
    one.ensure_running();
    const auto pid = one.libvirtd_pid();
    REQUIRE(pid);
    one.ensure_running();
    PrivateLibvirtd other(folder.path);
    CHECK(other.libvirtd_pid() == pid);
    other.ensure_running();
    CHECK(other.libvirtd_pid() == pid);
    CHECK(other.exists());
    CHECK(other.guest_pids().empty());
    // Nothing of it is where the system's own would be.
    CHECK_FALSE(fs::equivalent(folder.path / "run", "/run/libvirt"));
    other.stop();
    CHECK_FALSE(one.libvirtd_pid());
    CHECK_FALSE(one.virtlogd_pid());
    other.stop();
}

TEST_CASE("a private libvirtd works in a folder whose name is longer than a socket's may be") {
    if (skipped()) return;
    const Folder folder("libvirt-" + std::string(120, 'x'));
    PrivateLibvirtd libvirtd(folder.path);
    libvirtd.ensure_running();
    REQUIRE(libvirtd.libvirtd_pid());
    CHECK(libvirtd.uri().find("/proc/") != std::string::npos);
    const virConnectPtr connection = ::virConnectOpen(libvirtd.uri().c_str());
    REQUIRE(connection != nullptr);
    ::virConnectClose(connection);
    libvirtd.stop();
}

}  // namespace
