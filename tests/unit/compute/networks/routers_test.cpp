#include <catch2/catch.hpp>

#include "compute/model/host.hpp"
#include "compute/networks/desired.hpp"
#include "compute/networks/for_servers.hpp"
#include "fixture.hpp"

using namespace cumulet;
using namespace cumulet::compute::networks;
using test::Fixture;
using test::json;

namespace {

// A project's network behind a router with a gateway.
struct Routed : Fixture {
    std::string outside = external();
    std::string inside = network("private");
    std::string inner = subnet(inside, "10.0.0.0/24");
    std::string router;
    Routed() {
        auto answer =
            post("/v2.0/routers", {{"router", {{"name", "r"}, {"external_gateway_info", {{"network_id", outside}}}}}});
        REQUIRE(answer.status == 201);
        router = answer.body["router"]["id"];
        auto joined = put("/v2.0/routers/" + router + "/add_router_interface", {{"subnet_id", inner}});
        INFO(joined.body.dump());
        REQUIRE(joined.status == 200);
    }
};

}  // namespace

TEST_CASE("a router joins a subnet by its gateway address and holds on to it") {
    Routed cloud;
    const std::string path = "/v2.0/routers/" + cloud.router;
    auto info = cloud.get(path).body["router"]["external_gateway_info"];
    REQUIRE(info["network_id"] == cloud.outside);
    REQUIRE(info["external_fixed_ips"][0]["ip_address"].get<std::string>().starts_with("203.0.113."));
    auto ports = cloud.get("/v2.0/ports?device_owner=network:router_interface").body["ports"];
    REQUIRE(ports.size() == 1);
    REQUIRE(ports[0]["fixed_ips"][0]["ip_address"] == "10.0.0.1");
    const auto port = ports[0]["id"].get<std::string>();
    REQUIRE(cloud.del("/v2.0/ports/" + port).kind() == "ServicePortInUse");
    REQUIRE(cloud.put(path + "/add_router_interface", {{"subnet_id", cloud.inner}}).status == 400);
    const auto overlapping = cloud.subnet(cloud.network("other"), "10.0.0.0/16");
    REQUIRE(cloud.put(path + "/add_router_interface", {{"subnet_id", overlapping}}).kind() == "BadRequest");
    REQUIRE(cloud.del(path).kind() == "RouterInUse");
    REQUIRE(cloud.put("/v2.0/subnets/" + cloud.inner, {{"subnet", {{"gateway_ip", "10.0.0.9"}}}}).status == 409);
    REQUIRE(cloud.put(path + "/remove_router_interface", {{"subnet_id", cloud.inner}}).status == 200);
    REQUIRE(cloud.put(path + "/remove_router_interface", {{"subnet_id", cloud.inner}}).kind() ==
            "RouterInterfaceNotFoundForSubnet");
    REQUIRE(cloud.del(path).status == 204);
    REQUIRE(cloud.get("/v2.0/ports", "admin").body["ports"].size() == 2);  // the DHCP servers'
}

TEST_CASE("a router's gateway is an external network, its routes lead through its networks") {
    Routed cloud;
    const std::string path = "/v2.0/routers/" + cloud.router;
    REQUIRE(cloud.put(path, {{"router", {{"external_gateway_info", {{"network_id", cloud.inside}}}}}}).kind() ==
            "BadRequest");
    REQUIRE(cloud
                .put(path,
                     {{"router", {{"external_gateway_info", {{"network_id", cloud.outside}, {"enable_snat", false}}}}}})
                .status == 403);
    auto route = [&](const std::string& nexthop) {
        return cloud.put(
            path, {{"router", {{"routes", json::array({{{"destination", "10.9.0.0/16"}, {"nexthop", nexthop}}})}}}});
    };
    REQUIRE(route("172.16.0.1").kind() == "InvalidRoutes");
    REQUIRE(route("10.0.0.7").status == 200);
    REQUIRE(cloud.put(path + "/remove_router_interface", {{"subnet_id", cloud.inner}}).kind() ==
            "RouterInterfaceInUseByRoute");
    REQUIRE(
        cloud.put(path, {{"router", {{"routes", json::array()}, {"external_gateway_info", json::object()}}}}).status ==
        200);
    REQUIRE(cloud.get(path).body["router"]["external_gateway_info"].is_null());
    REQUIRE(cloud.get("/v2.0/ports?device_owner=network:router_gateway", "admin").body["ports"].empty());
}

TEST_CASE("a floating IP goes through the router that joins the networks") {
    Routed cloud;
    const auto port = cloud.port(cloud.inside);
    const auto fixed = port["fixed_ips"][0]["ip_address"];
    auto made = cloud.post("/v2.0/floatingips",
                           {{"floatingip", {{"floating_network_id", cloud.outside}, {"port_id", port["id"]}}}});
    REQUIRE(made.status == 201);
    auto floating = made.body["floatingip"];
    REQUIRE(floating["router_id"] == cloud.router);
    REQUIRE(floating["fixed_ip_address"] == fixed);
    REQUIRE(floating["status"] == "ACTIVE");
    auto twice = cloud.post("/v2.0/floatingips",
                            {{"floatingip", {{"floating_network_id", cloud.outside}, {"port_id", port["id"]}}}});
    REQUIRE(twice.kind() == "FloatingIPPortAlreadyAssociated");
    const std::string router = "/v2.0/routers/" + cloud.router;
    REQUIRE(cloud.put(router + "/remove_router_interface", {{"subnet_id", cloud.inner}}).kind() ==
            "RouterInterfaceInUseByFloatingIP");
    REQUIRE(cloud.put(router, {{"router", {{"external_gateway_info", nullptr}}}}).kind() ==
            "RouterExternalGatewayInUseByFloatingIp");
    cloud.transact([&](store::Transaction& txn) {
        compute::Host host;
        host.name = "host-1";
        host.uuid = "u";
        host.service_uuid = "v";
        txn.put(host, "test");
    });
    cloud.transact([&](store::Transaction& txn) {
        auto state = desired_network(txn, "host-1");
        REQUIRE(state.routers.size() == 1);
        REQUIRE(state.routers[0].floating_ips.size() == 1);
        REQUIRE(state.routers[0].gateway);
        REQUIRE(state.routers[0].gateway_nexthops == std::vector<std::string>{"203.0.113.1"});
        REQUIRE(state.networks.size() == 2);
    });
    REQUIRE(cloud.del("/v2.0/ports/" + port["id"].get<std::string>()).status == 204);
    auto left = cloud.get("/v2.0/floatingips/" + floating["id"].get<std::string>()).body["floatingip"];
    REQUIRE(left["port_id"].is_null());
    REQUIRE(left["status"] == "DOWN");
    REQUIRE(cloud.del("/v2.0/floatingips/" + floating["id"].get<std::string>()).status == 204);
    REQUIRE(cloud.get("/v2.0/ports?device_owner=network:floatingip", "admin").body["ports"].empty());
    REQUIRE(cloud.get("/v2.0/quotas/p-demo/details").body["quota"]["floatingip"]["used"] == 0);
}

TEST_CASE("a floating IP needs an external network and a way to the port") {
    Routed cloud;
    REQUIRE(cloud.post("/v2.0/floatingips", {{"floatingip", {{"floating_network_id", cloud.inside}}}}).kind() ==
            "BadRequest");
    const auto lonely = cloud.network("lonely");
    cloud.subnet(lonely, "10.7.0.0/24");
    const auto port = cloud.port(lonely);
    auto refused = cloud.post("/v2.0/floatingips",
                              {{"floatingip", {{"floating_network_id", cloud.outside}, {"port_id", port["id"]}}}});
    REQUIRE(refused.kind() == "ExternalGatewayForFloatingIPNotFound");
    REQUIRE(cloud.get("/v2.0/floatingips").body["floatingips"].empty());
    REQUIRE(
        cloud
            .post("/v2.0/floatingips",
                  {{"floatingip", {{"floating_network_id", cloud.outside}, {"floating_ip_address", "203.0.113.50"}}}})
            .status == 403);
}
