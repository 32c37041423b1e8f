#include "hypervisor-drivers/plugin.hpp"

#include <catch2/catch.hpp>
#include <fstream>

namespace {

using namespace cumulet::hypervisor;

DriverErrc refused(const std::string& folder, const std::string& name, std::string& message) {
    try {
        load_driver(folder, name, "host-1", {});
    } catch (const DriverError& error) {
        message = error.what();
        return error.code;
    }
    FAIL("the driver was loaded");
    return DriverErrc::failed;
}

TEST_CASE("a driver is loaded by its name, many times, and works until its last owner lets go") {
    auto first = load_driver(CUMULET_DRIVERS, "sim", "host-1", {{"vcpus", "7"}});
    auto second = load_driver(CUMULET_DRIVERS, "sim", "host-2", {{"vcpus", "9"}});
    CHECK(first->capabilities().vcpus == 7);
    const auto kept = first;
    first.reset();
    second.reset();
    CHECK(kept->capabilities().vcpus == 7);
    CHECK(kept->observe().empty());
}

TEST_CASE("a driver's error crosses the border, and the driver can still be unloaded") {
    auto driver = load_driver(CUMULET_DRIVERS, "sim", "host-1", {});
    try {
        driver->ensure_power("nobody", Power::running);
        FAIL("nothing was thrown");
    } catch (const DriverError& error) {
        CHECK(error.code == DriverErrc::not_found);
    }
    driver.reset();
}

TEST_CASE("settings that a driver refuses are told by the driver") {
    CHECK_THROWS_WITH(load_driver(CUMULET_DRIVERS, "sim", "host-1", {{"color", "red"}}), Catch::Contains("color"));
}

TEST_CASE("a driver that is not there is refused with the file and the drivers that are there") {
    std::string message;
    CHECK(refused(CUMULET_DRIVERS, "vax", message) == DriverErrc::not_found);
    CHECK_THAT(message, Catch::Contains("/vax.so") && Catch::Contains("sim"));
    CHECK(refused("/nonexistent", "sim", message) == DriverErrc::not_found);
    CHECK_THAT(message, Catch::Contains("/nonexistent/sim.so") && Catch::Contains("none"));
    CHECK(refused(CUMULET_DRIVERS, "../drivers/sim", message) == DriverErrc::not_found);
    CHECK(refused(CUMULET_DRIVERS, "", message) == DriverErrc::not_found);
}

TEST_CASE("a driver of another version is refused with both versions") {
    std::string message;
    CHECK(refused(CUMULET_TEST_DRIVERS, "other_version", message) == DriverErrc::unsupported);
    CHECK_THAT(message, Catch::Contains("other_version.so") && Catch::Contains(std::to_string(kDriverVersion + 41)) &&
                            Catch::Contains("version " + std::to_string(kDriverVersion)));
}

TEST_CASE("a shared object that is no driver is refused") {
    std::string message;
    CHECK(refused(CUMULET_TEST_DRIVERS, "no_factory", message) == DriverErrc::unsupported);
    CHECK_THAT(message, Catch::Contains("no_factory.so") && Catch::Contains("cumulet_driver"));
}

TEST_CASE("an exception of the driver's own type survives the driver") {
    std::string message;
    CHECK(refused(CUMULET_TEST_DRIVERS, "failing", message) == DriverErrc::no_space);
    CHECK(message == "this host is full");
}

}  // namespace
