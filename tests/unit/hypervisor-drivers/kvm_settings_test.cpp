#include "hypervisor-drivers/kvm/settings.hpp"

#include <catch2/catch.hpp>

namespace {

using namespace cumulet::hypervisor;

TEST_CASE("settings of the kvm driver are read, and refused with their name when they make no sense") {
    const auto read = kvm::read_settings({{"state_dir", "/var/x"}, {"virt_type", "qemu"}, {"uri", "qemu:///system"}});
    CHECK(read.state_dir == "/var/x");
    CHECK(read.virt_type == "qemu");
    CHECK(read.machine == "pc");
    CHECK_THROWS_WITH(kvm::read_settings({}), Catch::Contains("state_dir"));
    CHECK_THROWS_WITH(kvm::read_settings({{"state_dir", "/x"}, {"virt_type", "vax"}}), Catch::Contains("virt_type"));
    CHECK_THROWS_WITH(kvm::read_settings({{"state_dir", "/x"}, {"uri", "here"}}), Catch::Contains("uri"));
    CHECK_THROWS_WITH(kvm::read_settings({{"state_dir", "/x"}, {"colour", "red"}}), Catch::Contains("colour"));
}

}  // namespace
