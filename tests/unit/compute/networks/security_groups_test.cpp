#include <catch2/catch.hpp>

#include "compute/networks/desired.hpp"
#include "compute/networks/for_servers.hpp"
#include "fixture.hpp"

using namespace cumulet;
using namespace cumulet::compute::networks;
using test::Fixture;
using test::json;

namespace {
test::Answer add_rule(Fixture& cloud, json rule) {
    if (!rule.contains("direction")) rule["direction"] = "ingress";
    return cloud.post("/v2.0/security-group-rules", {{"security_group_rule", rule}});
}
}  // namespace

TEST_CASE("a project's default group is there when it first looks, once") {
    Fixture cloud;
    auto groups = cloud.get("/v2.0/security-groups").body["security_groups"];
    REQUIRE(groups.size() == 1);
    REQUIRE(groups[0]["name"] == "default");
    REQUIRE(groups[0]["security_group_rules"].size() == 4);
    REQUIRE(cloud.get("/v2.0/security-groups").body["security_groups"].size() == 1);
    REQUIRE(cloud.get("/v2.0/security-group-rules").body["security_group_rules"].size() == 4);
    const std::string path = "/v2.0/security-groups/" + groups[0]["id"].get<std::string>();
    REQUIRE(cloud.del(path).kind() == "SecurityGroupCannotRemoveDefault");
    REQUIRE(cloud.put(path, {{"security_group", {{"name", "x"}}}}).kind() == "SecurityGroupCannotUpdateDefault");
    REQUIRE(cloud.post("/v2.0/security-groups", {{"security_group", {{"name", "default"}}}}).kind() ==
            "SecurityGroupDefaultAlreadyExists");
    REQUIRE(cloud.get(path, "other").status == 404);
}

TEST_CASE("rules are understood or refused") {
    Fixture cloud;
    const auto group =
        cloud.post("/v2.0/security-groups", {{"security_group", {{"name", "web"}}}}).body["security_group"]["id"];
    auto made = add_rule(cloud, {{"security_group_id", group},
                                 {"protocol", "TCP"},
                                 {"port_range_min", 22},
                                 {"port_range_max", 22},
                                 {"remote_ip_prefix", "10.0.0.5"}});
    REQUIRE(made.status == 201);
    REQUIRE(made.body["security_group_rule"]["protocol"] == "tcp");
    REQUIRE(made.body["security_group_rule"]["remote_ip_prefix"] == "10.0.0.5/32");
    REQUIRE(add_rule(cloud, {{"security_group_id", group},
                             {"protocol", "6"},
                             {"port_range_min", 22},
                             {"port_range_max", 22},
                             {"remote_ip_prefix", "10.0.0.5/32"}})
                .kind() == "SecurityGroupRuleExists");
    REQUIRE(add_rule(cloud, {{"security_group_id", group}, {"port_range_min", 1}, {"port_range_max", 2}}).kind() ==
            "SecurityGroupProtocolRequiredWithPorts");
    REQUIRE(add_rule(cloud,
                     {{"security_group_id", group}, {"protocol", "tcp"}, {"port_range_min", 9}, {"port_range_max", 2}})
                .kind() == "SecurityGroupInvalidPortRange");
    REQUIRE(add_rule(cloud, {{"security_group_id", group}, {"protocol", "xyz"}}).kind() ==
            "SecurityGroupRuleInvalidProtocol");
    REQUIRE(add_rule(cloud, {{"security_group_id", group}, {"protocol", "icmp"}, {"port_range_max", 3}}).kind() ==
            "SecurityGroupMissingIcmpType");
    REQUIRE(add_rule(cloud, {{"security_group_id", group}, {"ethertype", "IPv6"}, {"remote_ip_prefix", "10.0.0.0/8"}})
                .kind() == "SecurityGroupRuleParameterConflict");
    REQUIRE(
        add_rule(cloud, {{"security_group_id", group}, {"remote_group_id", group}, {"remote_ip_prefix", "10.0.0.0/8"}})
            .kind() == "SecurityGroupRemoteGroupAndRemoteIpPrefix");
    REQUIRE(add_rule(cloud, {{"security_group_id", "no-such"}}).kind() == "SecurityGroupNotFound");
    const auto rule = made.body["security_group_rule"]["id"].get<std::string>();
    REQUIRE(cloud.del("/v2.0/security-group-rules/" + rule, "other").status == 404);
    REQUIRE(cloud.del("/v2.0/security-group-rules/" + rule).status == 204);
    REQUIRE(cloud.get("/v2.0/security-group-rules/" + rule).kind() == "SecurityGroupRuleNotFound");
}

TEST_CASE("a host is told a remote group's members, and sees them come and go") {
    Fixture cloud;
    const auto id = cloud.network("private");
    cloud.subnet(id, "10.0.0.0/24");
    cloud.transact([&](store::Transaction& txn) {
        create_server_ports(txn, cloud.random, "s1", "p-demo", {{id, "", "10.0.0.11", ""}}, {}, false);
        create_server_ports(txn, cloud.random, "s2", "p-demo", {{id, "", "10.0.0.12", ""}}, {}, false);
        bind_server_ports(txn, "s1", "host-1");
    });
    auto members = [&] {
        return cloud.transact([&](store::Transaction& txn) {
            const auto state = desired_network(txn, "host-1");
            for (const auto& rule : state.groups.at(0).rules)
                if (rule.direction == "ingress" && rule.ip_version == 4) return rule.remotes;
            return std::vector<std::string>{};
        });
    };
    REQUIRE(members() == std::vector<std::string>{"10.0.0.11", "10.0.0.12"});
    cloud.transact([&](store::Transaction& txn) { release_server_ports(txn, "s2"); });
    REQUIRE(members() == std::vector<std::string>{"10.0.0.11"});
}
