#include <catch2/catch.hpp>

#include "cli/first_cloud.hpp"

using namespace cumulet::cli;

TEST_CASE("the public network takes the first range that this machine does not use") {
    // As the kernel prints it on a little-endian machine: default route, 192.0.2.0/24, 172.16.0.0/12.
    const auto taken = parse_routes(
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
        "eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
        "br0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
        "eth0\t000010AC\t00000000\t0001\t0\t0\t0\t0000F0FF\t0\t0\t0\n");
    REQUIRE(taken.size() == 2);
    REQUIRE(choose_range({"192.0.2.0/24", "172.24.4.0/24", "198.51.100.0/24"}, taken) == "198.51.100.0/24");
    REQUIRE(choose_range({"192.0.2.0/24"}, {}) == "192.0.2.0/24");
    REQUIRE_THROWS_AS(choose_range({"192.0.2.128/25"}, taken), CommandError);
}
