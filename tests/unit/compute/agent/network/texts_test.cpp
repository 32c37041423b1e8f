#include <catch2/catch.hpp>

#include "compute/agent/network/checked.hpp"
#include "compute/agent/network/dnsmasq.hpp"
#include "compute/agent/network/filter_rules.hpp"
#include "compute/agent/network/names.hpp"
#include "lab.hpp"

using namespace cumulet::compute::agent::network;
using namespace cumulet::compute::agent::network::test;
using Catch::Contains;

TEST_CASE("addresses, MACs and names are looked at before they go into rules") {
    REQUIRE(address_version("10.0.0.1") == 4);
    REQUIRE(address_version("10.0.0.0/24") == 4);
    REQUIRE(address_version("fd00::/64") == 6);
    for (const char* bad :
         {"", "10.0.0.0/33", "10.0.0", "10.0.0.1; flush ruleset", "10.0.0.1/", "10.0.0.1/x", "::1/129"})
        REQUIRE(address_version(bad) == 0);
    REQUIRE(is_mac("fa:16:3e:00:00:01"));
    REQUIRE_FALSE(is_mac("fa:16:3e:00:00:0g"));
    REQUIRE_FALSE(is_plain_name("a b"));
    REQUIRE(link_local("fa:16:3e:00:00:01") == "fe80::f816:3eff:fe00:1");
    REQUIRE(protocol_number("tcp") == 6);
    REQUIRE(protocol_number("112") == 112);
    REQUIRE_FALSE(protocol_number("256"));
}

TEST_CASE("names fit into the kernel's fifteen characters and tell clouds apart") {
    const std::string id = "01234567-89ab-4cde-8f01-23456789abcd";
    for (const auto& name : {bridge_name(id), tap_name(id), dhcp_host_end(id), dhcp_inner_end(id), router_host_end(id),
                             router_inner_end(id)})
        REQUIRE(name.size() <= 15);
    REQUIRE(cloud_id("/a/b") == cloud_id("/a/./b"));
    REQUIRE(cloud_id("/a/b") != cloud_id("/a/c"));
    REQUIRE_THROWS(make_linux_engine({.cloud = "no;good", .run_folder = "/run/x"}));
}

TEST_CASE("texts that are no addresses do not get into rules or files") {
    cumulet::compute::protocol::NetworkState state;
    state.networks = {network_of("aa", 1)};
    auto& network = state.networks[0];
    add_port(network, "p1", "10.1.0.11; flush ruleset", {"g"});
    network.leases[0].hostname = "bad name\n--server=evil";
    auto wicked = rule("ingress", "tcp", 22);
    wicked.any_remote = false;
    wicked.remotes = {"}; flush ruleset", "10.1.0.0/24"};
    state.groups = {{"g", {wicked}}};
    const auto rules = filter_rules(state, "one");
    REQUIRE_THAT(rules.bridge + rules.inet, !Contains("flush"));
    REQUIRE_THAT(rules.inet, Contains("10.1.0.0/24"));
    const auto config = dhcp_config(network, "/run/x");
    REQUIRE_THAT(config.hosts, !Contains("evil"));
}

TEST_CASE("clouds on one host mark their packets apart") {
    cumulet::compute::protocol::NetworkState state;
    state.networks = {network_of("aa", 1)};
    add_port(state.networks[0], "p1", "10.1.0.11", {});
    const auto marks = [&](const char* cloud) {
        const auto rules = filter_rules(state, cloud).inet;
        const auto found = rules.find(": jump in_");
        REQUIRE(found != std::string::npos);
        return rules.substr(found - 11, 11);
    };
    CHECK(marks("one") == marks("one"));
    CHECK(marks("one") != marks("two"));
}
