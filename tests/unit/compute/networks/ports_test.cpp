#include <catch2/catch.hpp>
#include <thread>

#include "compute/networks/desired.hpp"
#include "compute/networks/for_servers.hpp"
#include "compute/networks/port.hpp"
#include "fixture.hpp"

using namespace cumulet;
using namespace cumulet::compute::networks;
using test::Fixture;
using test::json;

TEST_CASE("a port gets a MAC, an address and the project's default group") {
    Fixture cloud;
    const auto id = cloud.network("private");
    cloud.subnet(id, "10.0.0.0/24");
    cloud.subnet(id, "fd00::/64", "demo", {{"ipv6_ra_mode", "slaac"}, {"ipv6_address_mode", "slaac"}});
    const auto port = cloud.port(id);
    REQUIRE(port["mac_address"].get<std::string>().starts_with("fa:16:3e:"));
    REQUIRE(port["fixed_ips"].size() == 2);
    REQUIRE(port["fixed_ips"][1]["ip_address"].get<std::string>().starts_with("fd00::f816:3eff:fe"));
    REQUIRE(port["security_groups"].size() == 1);
    REQUIRE(cloud.get("/v2.0/ports?mac_address=" + port["mac_address"].get<std::string>()).body["ports"].size() == 1);
    const auto address = port["fixed_ips"][0]["ip_address"].get<std::string>();
    REQUIRE(cloud.get("/v2.0/ports?fixed_ips=ip_address=" + address).body["ports"].size() == 1);
    REQUIRE_FALSE(port.contains("binding:host_id"));
}

TEST_CASE("addresses are given once, as asked for, and run out honestly") {
    Fixture cloud;
    const auto id = cloud.network("small");
    const auto subnet = cloud.subnet(id, "10.0.0.0/29", "demo", {{"enable_dhcp", false}});
    auto ask = [&](json fixed) {
        return cloud.post("/v2.0/ports", {{"port", {{"network_id", id}, {"fixed_ips", fixed}}}});
    };
    REQUIRE(ask(json::array({{{"ip_address", "10.0.0.5"}}})).status == 201);
    REQUIRE(ask(json::array({{{"ip_address", "10.0.0.5"}}})).kind() == "IpAddressInUse");
    REQUIRE(ask(json::array({{{"ip_address", "10.0.9.5"}}})).kind() == "InvalidIpForNetwork");
    REQUIRE(ask(json::array({{{"ip_address", "10.0.0.7"}}})).kind() == "InvalidIpForSubnet");
    REQUIRE(ask(json::array({{{"subnet_id", "no-such"}}})).kind() == "SubnetNotFound");
    for (int i = 0; i < 4; ++i) cloud.port(id);
    REQUIRE(ask(json::array({{{"subnet_id", subnet}}})).kind() == "IpAddressGenerationFailure");
    std::set<std::string> addresses;
    const auto ports = cloud.get("/v2.0/ports").body["ports"];
    for (const auto& port : ports) addresses.insert(port["fixed_ips"][0]["ip_address"]);
    REQUIRE(addresses.size() == 5);
}

TEST_CASE("racing creates never share an address, and quota is exact") {
    Fixture cloud;
    const auto id = cloud.network("race");
    cloud.subnet(id, "10.0.0.0/24", "demo", {{"enable_dhcp", false}});
    cloud.put("/v2.0/quotas/p-demo", {{"quota", {{"port", 60}}}}, "admin");
    cloud.port(id);  // the default group is there
    std::atomic<int> made{0}, refused{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            SeededRandom random(100 + static_cast<std::uint64_t>(t));
            for (int i = 0; i < 25; ++i) try {
                    store::Cause cause;
                    store::transact(*cloud.engine, cause, [&](store::Transaction& txn) {
                        create_server_ports(txn, random, "server-" + std::to_string(t) + "-" + std::to_string(i),
                                            "p-demo", {{id, "", "", ""}}, {}, false);
                    });
                    ++made;
                } catch (const api::Fault& fault) {
                    if (fault.code() == api::Errc::over_limit) ++refused;
                }
        });
    for (auto& thread : threads) thread.join();
    REQUIRE(made == 59);
    REQUIRE(refused == 41);
    std::set<std::string> addresses, macs;
    const auto ports = cloud.get("/v2.0/ports").body["ports"];
    for (const auto& port : ports) {
        addresses.insert(port["fixed_ips"][0]["ip_address"]);
        macs.insert(port["mac_address"]);
    }
    REQUIRE(ports.size() == 60);
    REQUIRE(addresses.size() == 60);
    REQUIRE(macs.size() == 60);
}

TEST_CASE("a port changes its addresses, groups and pairs; its old address is free again") {
    Fixture cloud;
    const auto id = cloud.network("private");
    const auto subnet = cloud.subnet(id, "10.0.0.0/24");
    const auto port = cloud.port(id, "demo", {{"fixed_ips", json::array({{{"ip_address", "10.0.0.20"}}})}});
    const std::string path = "/v2.0/ports/" + port["id"].get<std::string>();
    auto changed = cloud.put(path, {{"port", {{"fixed_ips", json::array({{{"ip_address", "10.0.0.21"}}})}}}});
    REQUIRE(changed.body["port"]["fixed_ips"] == json::array({{{"subnet_id", subnet}, {"ip_address", "10.0.0.21"}}}));
    cloud.port(id, "demo", {{"fixed_ips", json::array({{{"ip_address", "10.0.0.20"}}})}});
    auto group =
        cloud.post("/v2.0/security-groups", {{"security_group", {{"name", "web"}}}}).body["security_group"]["id"];
    REQUIRE(cloud.put(path, {{"port", {{"security_groups", {group}}}}}).body["port"]["security_groups"] ==
            json::array({group}));
    REQUIRE(cloud.del("/v2.0/security-groups/" + group.get<std::string>()).kind() == "SecurityGroupInUse");
    REQUIRE(cloud.put(path, {{"port", {{"port_security_enabled", false}}}}).kind() ==
            "PortSecurityPortHasSecurityGroup");
    REQUIRE(
        cloud.put(path, {{"port", {{"port_security_enabled", false}, {"security_groups", json::array()}}}}).status ==
        200);
    REQUIRE(cloud.del("/v2.0/security-groups/" + group.get<std::string>()).status == 204);
    REQUIRE(cloud.put(path, {{"port", {{"binding:host_id", "h"}}}}).status == 403);
    REQUIRE(cloud.get(path, "other").status == 404);
}

TEST_CASE("a server's ports are made, bound, shown and given back") {
    Fixture cloud;
    const auto id = cloud.network("private");
    cloud.subnet(id, "10.0.0.0/24");
    const auto own = cloud.port(id)["id"].get<std::string>();
    cloud.transact([&](store::Transaction& txn) {
        REQUIRE(default_networks(txn, "p-demo").size() == 1);
        REQUIRE(default_networks(txn, "p-other").empty());
        create_server_ports(txn, cloud.random, "s1", "p-demo", {{id, "", "10.0.0.30", "tag"}, {"", own, "", ""}},
                            {"default"}, false);
        bind_server_ports(txn, "s1", "host-1");
        set_server_ports_status(txn, "s1", true);
    });
    cloud.transact([&](store::Transaction& txn) {
        auto addresses = server_addresses(txn, "s1");
        REQUIRE(addresses.size() == 2);
        REQUIRE(addresses[0].address == "10.0.0.30");
        REQUIRE(addresses[0].network_name == "private");
        REQUIRE(addresses[1].port_id == own);
        auto state = desired_network(txn, "host-1");
        REQUIRE(state.networks.size() == 1);
        REQUIRE(state.networks[0].ports.size() == 2);
        REQUIRE(state.networks[0].leases.size() == 2);
        REQUIRE_FALSE(state.networks[0].dhcp_mac.empty());
        REQUIRE(state.networks[0].subnets[0].dhcp_address.starts_with("10.0.0."));
        REQUIRE(state.groups.size() == 1);
        REQUIRE(desired_network(txn, "host-2").networks.empty());
    });
    REQUIRE(cloud.get("/v2.0/ports?device_id=s1&status=ACTIVE").body["ports"].size() == 2);
    cloud.transact([&](store::Transaction& txn) { release_server_ports(txn, "s1"); });
    auto left = cloud.get("/v2.0/ports?device_owner=").body["ports"];
    REQUIRE(left.size() == 1);
    REQUIRE(left[0]["id"] == own);
    REQUIRE(left[0]["device_id"] == "");
}

TEST_CASE("what a server may not have is refused in the compute service's words") {
    Fixture cloud;
    const auto id = cloud.network("private");
    auto make = [&](std::vector<NicRequest> requests, std::vector<std::string> groups = {},
                    const std::string& project = "p-demo") {
        try {
            cloud.transact([&](store::Transaction& txn) {
                create_server_ports(txn, cloud.random, "s", project, requests, groups, false);
            });
        } catch (const api::Fault& fault) {
            return fault.status();
        }
        return 0;
    };
    REQUIRE(make({{id, "", "", ""}}) == 400);  // no subnet
    cloud.subnet(id, "10.0.0.0/24");
    REQUIRE(make({{"no-such", "", "", ""}}) == 400);
    REQUIRE(make({{id, "", "", ""}}, {}, "p-other") == 400);
    REQUIRE(make({{id, "", "", ""}}, {"no-such-group"}) == 400);
    REQUIRE(make({{"", "no-such-port", "", ""}}) == 400);
    REQUIRE(make({{cloud.external(), "", "", ""}}) == 403);
    REQUIRE(make({{id, "", "10.0.0.40", ""}}) == 0);
    REQUIRE(make({{id, "", "10.0.0.40", ""}}) == 400);
    const auto port = cloud.get("/v2.0/ports?device_id=s").body["ports"][0]["id"].get<std::string>();
    REQUIRE(make({{"", port, "", ""}}) == 409);
    cloud.subnet(cloud.network("second"), "10.1.0.0/24");
    REQUIRE_THROWS_AS(cloud.transact([&](store::Transaction& txn) { return default_networks(txn, "p-demo").size(); }),
                      api::Fault);
}
