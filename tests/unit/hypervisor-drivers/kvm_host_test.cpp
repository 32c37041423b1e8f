#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "hypervisor-drivers/kvm/host.hpp"

namespace {

using namespace cumulet::hypervisor::kvm;

TEST_CASE("QEMU's version is read as libvirt counts it") {
    CHECK(version_of("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)\nCopyright") == 7'002'022);
    CHECK(version_of("QEMU emulator version 10.0.0") == 10'000'000);
    CHECK(version_of("QEMU emulator version 8.1") == 8'001'000);
    CHECK(version_of("nothing") == 0);
    CHECK(version_of("version ") == 0);
}

TEST_CASE("the CPU is told as os-hypervisors shows it") {
    const auto info = nlohmann::json::parse(cpu_info_of(
        "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: A \"CPU\"\nphysical id\t: 0\nsiblings\t: 4\n"
        "cpu cores\t: 2\nflags\t\t: fpu vme vmx\n\nprocessor\t: 1\nphysical id\t: 1\nflags\t\t: other\n"));
    CHECK(info["model"] == "A \"CPU\"");
    CHECK(info["vendor"] == "GenuineIntel");
    CHECK(info["features"] == nlohmann::json({"fpu", "vme", "vmx"}));
    CHECK(info["topology"]["sockets"] == 2);
    CHECK(info["topology"]["cores"] == 2);
    CHECK(info["topology"]["threads"] == 2);
    CHECK(nlohmann::json::parse(cpu_info_of(""))["topology"]["threads"] == 1);
}

}  // namespace
