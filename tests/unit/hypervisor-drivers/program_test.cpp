#include "hypervisor-drivers/libvirt/program.hpp"

#include <catch2/catch.hpp>

#include "hypervisor-drivers/driver.h"

namespace {

using namespace cumulet::hypervisor;
using std::chrono::seconds;

TEST_CASE("a program's words, output, errors and status arrive as they are") {
    const auto echo = run_program({"printf", "%s|", "a b", "$HOME", "'; rm"}, seconds(20));
    CHECK(echo.status == 0);
    CHECK(echo.output == "a b|$HOME|'; rm|");
    const auto fails = run_program({"ls", "/nonexistent-folder"}, seconds(20));
    CHECK(fails.status == 2);
    CHECK_THAT(fails.errors, Catch::Contains("/nonexistent-folder"));
    CHECK_FALSE(fails.timed_out);
}

TEST_CASE("a program that does not end is killed at its deadline") {
    const auto begin = std::chrono::steady_clock::now();
    const auto stuck = run_program({"sleep", "600"}, std::chrono::milliseconds(50));
    CHECK(stuck.timed_out);
    CHECK(stuck.status == 128 + 9);
    CHECK(std::chrono::steady_clock::now() - begin < seconds(20));
}

TEST_CASE("a program that fills its output is bounded, one that is not there is refused") {
    const auto much = run_program({"head", "-c", "8000000", "/dev/zero"}, seconds(30));
    CHECK(much.status == 0);
    CHECK(much.output.size() < 2'000'000);
    try {
        run_program({"no-such-program-anywhere"}, seconds(1));
        FAIL("it was run");
    } catch (const DriverError& error) {
        CHECK(error.code == DriverErrc::unsupported);
        CHECK_THAT(error.what(), Catch::Contains("no-such-program-anywhere"));
    }
}

}  // namespace
