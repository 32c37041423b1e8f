#include <catch2/catch.hpp>

#include "common/api/service.hpp"
#include "compute/networks/service.hpp"
#include "fixture.hpp"

using namespace cumulet;
using namespace cumulet::compute::networks;
using test::Fixture;
using test::json;

TEST_CASE("every endpoint of the network service has a policy, a schema for its body and a summary") {
    std::string all;
    for (const auto& problem : api::table_problems(service_description().tables)) all += problem + "\n";
    REQUIRE(all.empty());
}

TEST_CASE("a network and its subnet show what clients read of them") {
    Fixture cloud;
    const auto id = cloud.network("private");
    const auto subnet = cloud.subnet(id, "10.0.0.0/24");
    auto network = cloud.get("/v2.0/networks/" + id).body["network"];
    REQUIRE(network["subnets"] == json::array({subnet}));
    REQUIRE(network["status"] == "ACTIVE");
    REQUIRE(network["project_id"] == "p-demo");
    REQUIRE_FALSE(network.contains("provider:segmentation_id"));
    REQUIRE(cloud.get("/v2.0/networks/" + id, "admin").body["network"]["provider:network_type"] == "vxlan");
    auto shown = cloud.get("/v2.0/subnets/" + subnet).body["subnet"];
    REQUIRE(shown["gateway_ip"] == "10.0.0.1");
    REQUIRE(shown["allocation_pools"] == json::parse(R"([{"start":"10.0.0.2","end":"10.0.0.254"}])"));
    auto ports = cloud.get("/v2.0/ports?device_owner=network:dhcp").body["ports"];
    REQUIRE(ports.size() == 1);
}

TEST_CASE("networks of others are not there, shared and external ones are") {
    Fixture cloud;
    const auto own = cloud.network("own");
    const auto shared = cloud.network("shared", "admin", {{"shared", true}});
    const auto external = cloud.external();
    REQUIRE(cloud.get("/v2.0/networks/" + own, "other").status == 404);
    REQUIRE(cloud.get("/v2.0/networks/" + own, "other").kind() == "NetworkNotFound");
    REQUIRE(cloud.get("/v2.0/networks/" + shared, "other").status == 200);
    REQUIRE(cloud.get("/v2.0/networks", "other").body["networks"].size() == 2);
    REQUIRE(cloud.get("/v2.0/networks").body["networks"].size() == 3);
    REQUIRE(cloud.get("/v2.0/networks?router:external=True").body["networks"].size() == 1);
    REQUIRE(cloud.get("/v2.0/subnets", "other").body["subnets"].size() == 1);
    // One may see it and may still not change it.
    REQUIRE(cloud.put("/v2.0/networks/" + shared, {{"network", {{"name", "mine"}}}}, "other").status == 403);
    REQUIRE(cloud.del("/v2.0/networks/" + external, "other").status == 403);
    REQUIRE(cloud.post("/v2.0/networks", {{"network", {{"name", "x"}, {"shared", true}}}}).status == 403);
    REQUIRE(cloud.post("/v2.0/networks", {{"network", {{"name", "x"}}}}, "reader").status == 403);
    REQUIRE(cloud.get("/v2.0/networks", "").status == 401);
}

TEST_CASE("bad networks and subnets are refused by the fault's name") {
    Fixture cloud;
    const auto id = cloud.network("private");
    REQUIRE(cloud.post("/v2.0/networks", {{"network", {{"nonsense", 1}}}}).status == 400);
    auto subnet = [&](json more) {
        more["network_id"] = id;
        if (!more.contains("ip_version")) more["ip_version"] = 4;
        return cloud.post("/v2.0/subnets", {{"subnet", more}});
    };
    REQUIRE(subnet({{"cidr", "10.0.0.0/33"}}).kind() == "InvalidInput");
    REQUIRE(subnet({{"cidr", "10.0.0.0/24"}, {"ip_version", 6}}).kind() == "InvalidInput");
    REQUIRE(subnet({{"cidr", "10.0.0.0/24"},
                    {"allocation_pools", json::parse(R"([{"start":"10.0.1.2","end":"10.0.1.4"}])")}})
                .kind() == "OutOfBoundsAllocationPool");
    REQUIRE(subnet({{"cidr", "10.0.0.0/24"},
                    {"allocation_pools",
                     json::parse(R"([{"start":"10.0.0.2","end":"10.0.0.9"},{"start":"10.0.0.9","end":"10.0.0.20"}])")}})
                .kind() == "OverlappingAllocationPools");
    REQUIRE(subnet({{"cidr", "10.0.0.0/24"},
                    {"gateway_ip", "10.0.0.5"},
                    {"allocation_pools", json::parse(R"([{"start":"10.0.0.2","end":"10.0.0.9"}])")}})
                .kind() == "GatewayConflictWithAllocationPools");
    cloud.subnet(id, "10.0.0.0/24");
    REQUIRE(subnet({{"cidr", "10.0.0.128/25"}}).kind() == "InvalidInput");
    cloud.subnet(cloud.network("second"), "10.0.0.0/24");  // overlapping networks are fine
    REQUIRE(cloud
                .post("/v2.0/subnets",
                      {{"subnet", {{"network_id", "no-such"}, {"cidr", "10.9.0.0/24"}, {"ip_version", 4}}}})
                .kind() == "NetworkNotFound");
}

TEST_CASE("lists filter, choose fields, sort and page with links that lead through all") {
    Fixture cloud;
    for (const char* name : {"b", "a", "d", "c", "e"}) cloud.network(name);
    REQUIRE(cloud.get("/v2.0/networks?name=a&name=b").body["networks"].size() == 2);
    REQUIRE(cloud.get("/v2.0/networks?nonsense=1").kind() == "InvalidInput");
    auto fields = cloud.get("/v2.0/networks?name=a&fields=id&fields=name").body["networks"][0];
    REQUIRE(fields.size() == 2);
    auto sorted = cloud.get("/v2.0/networks?sort_key=name&sort_dir=desc").body["networks"];
    REQUIRE(sorted[0]["name"] == "e");
    for (const std::string start : {"/v2.0/networks?limit=2", "/v2.0/networks?limit=2&sort_key=name"}) {
        std::set<std::string> seen;
        std::string url = start;
        for (int page = 0; page < 5 && !url.empty(); ++page) {
            auto body = cloud.get(url).body;
            for (const auto& network : body["networks"]) seen.insert(network["name"]);
            url.clear();
            for (const auto& link : body.value("networks_links", json::array()))
                if (link["rel"] == "next")
                    url = link["href"].get<std::string>().substr(std::string("http://net:9696").size());
        }
        REQUIRE(seen.size() == 5);
    }
    auto ports = cloud.get("/v2.0/ports?limit=1&page_reverse=True");
    REQUIRE(ports.status == 200);
}

TEST_CASE("several networks are made by one call, or none of them") {
    Fixture cloud;
    auto answer = cloud.post("/v2.0/networks", {{"networks", {{{"name", "a"}}, {{"name", "b"}}}}});
    REQUIRE(answer.status == 201);
    REQUIRE(answer.body["networks"].size() == 2);
    REQUIRE(cloud.post("/v2.0/networks", {{"networks", {{{"name", "c"}}, {{"name", "d"}, {"mtu", 9000}}}}}).status ==
            400);
    REQUIRE(cloud.get("/v2.0/networks").body["networks"].size() == 2);
}

TEST_CASE("a network goes with its subnets and DHCP port, but not while a port is on it") {
    Fixture cloud;
    const auto id = cloud.network("private");
    const auto subnet = cloud.subnet(id, "10.0.0.0/24");
    const auto port = cloud.port(id);
    REQUIRE(cloud.del("/v2.0/networks/" + id).kind() == "NetworkInUse");
    REQUIRE(cloud.del("/v2.0/subnets/" + subnet).kind() == "SubnetInUse");
    REQUIRE(cloud.del("/v2.0/ports/" + port["id"].get<std::string>()).status == 204);
    REQUIRE(cloud.del("/v2.0/networks/" + id).status == 204);
    REQUIRE(cloud.get("/v2.0/subnets/" + subnet).status == 404);
    REQUIRE(cloud.get("/v2.0/ports").body["ports"].empty());
    auto used = cloud.get("/v2.0/quotas/p-demo/details").body["quota"];
    for (const char* resource : {"network", "subnet", "port"}) REQUIRE(used[resource]["used"] == 0);
}

TEST_CASE("quotas hold, for the project alone, in the service's own words") {
    Fixture cloud;
    REQUIRE(cloud.put("/v2.0/quotas/p-demo", {{"quota", {{"network", 1}}}}).status == 403);
    REQUIRE(cloud.put("/v2.0/quotas/p-demo", {{"quota", {{"network", 1}}}}, "admin").status == 200);
    cloud.network("one");
    auto refused = cloud.post("/v2.0/networks", {{"network", {{"name", "two"}}}});
    REQUIRE(refused.status == 409);
    REQUIRE(refused.kind() == "OverQuota");
    cloud.network("two", "other");
    REQUIRE(cloud.get("/v2.0/quotas/p-demo").body["quota"]["network"] == 1);
    REQUIRE(cloud.get("/v2.0/quotas/p-demo", "other").status == 403);
    REQUIRE(cloud.get("/v2.0/quotas/p-demo/default").body["quota"]["network"] == 100);
    REQUIRE(cloud.del("/v2.0/quotas/p-demo", "admin").status == 204);
    cloud.network("two");
}

TEST_CASE("tags, extensions, versions, agents and zones answer") {
    Fixture cloud;
    const auto id = cloud.network("private");
    REQUIRE(cloud.put("/v2.0/networks/" + id + "/tags", {{"tags", {"red", "blue"}}}).status == 200);
    REQUIRE(cloud.put("/v2.0/networks/" + id + "/tags/green", nullptr).status == 201);
    REQUIRE(cloud.get("/v2.0/networks?tags=red,green").body["networks"].size() == 1);
    REQUIRE(cloud.get("/v2.0/networks?not-tags=red").body["networks"].empty());
    REQUIRE(cloud.get("/v2.0/networks/" + id + "/tags/black").status == 404);
    REQUIRE(cloud.del("/v2.0/networks/" + id + "/tags/red").status == 204);
    REQUIRE(cloud.get("/v2.0/networks/" + id + "/tags").body["tags"] == json::array({"blue", "green"}));
    REQUIRE(cloud.get("/", "").body["versions"][0]["id"] == "v2.0");
    REQUIRE(cloud.get("/v2.0/", "").status == 200);
    REQUIRE(cloud.get("/v2.0/extensions/router").body["extension"]["alias"] == "router");
    REQUIRE(cloud.get("/v2.0/extensions/qos").status == 404);
    REQUIRE(cloud.get("/v2.0/agents", "admin").body["agents"].empty());
    REQUIRE(cloud.get("/v2.0/agents").status == 403);
    REQUIRE(cloud.get("/v2.0/availability_zones").body["availability_zones"].size() == 2);
    REQUIRE(cloud.get("/v2.0/network-ip-availabilities/" + id, "admin").status == 200);
}
