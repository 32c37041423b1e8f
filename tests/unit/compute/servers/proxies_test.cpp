// What clients before 2.36 ask Nova for and Glance and Neutron hold.
#include "cloud.hpp"
#include "compute/networks/network.hpp"
#include "compute/networks/router.hpp"

using namespace cumulet;
using namespace cumulet::compute;
using namespace cumulet::compute::servers::test;
using nlohmann::json;

namespace {

struct Old : Cloud {
    Old() {
        store::transact(*engine, cause(), [&](store::Transaction& txn) {
            images::Image own{.id = "image-2", .name = "mine", .owner = "demo-id"};
            own.status = images::Status::active;
            own.visibility = images::Visibility::is_private;
            own.properties = {{"a", "b"}};
            own.size = 5;
            own.data_key = "bytes";
            txn.put(own, "made");
        });
    }
    int del(const std::string& path, const std::string& token = "demo") {
        return call(http::Method::del, "/v2.1/" + path, nullptr, token).status;
    }
};

}  // namespace

TEST_CASE("images in Nova's words") {
    Old cloud;
    const auto shown = cloud.get("/v2.1/images/image-2").body["image"];
    CHECK(shown["status"] == "ACTIVE");
    CHECK(shown["progress"] == 100);
    CHECK(shown["OS-EXT-IMG-SIZE:size"] == 5);
    CHECK(cloud.get("/v2.1/images/image-2", "other").status == 404);
    CHECK(cloud.get("/v2.1/images/image-2", "demo", "2.36").status == 404);
    CHECK(cloud.get("/v2.1/images").body["images"].size() == 2);
    CHECK(cloud.get("/v2.1/images?name=mine").body["images"].size() == 1);
    CHECK(cloud.get("/v2.1/images/detail?status=SAVING").body["images"].empty());
    CHECK(cloud.get("/v2.1/images?limit=1").body.contains("images_links"));
    CHECK(cloud.get("/v2.1/images?changes-since=yesterday").status == 400);
    CHECK(cloud.get("/v2.1/images?type=snapshot").body["images"].empty());
    const std::string metadata = "/v2.1/images/image-2/metadata";
    CHECK(cloud.post(metadata, {{"metadata", {{"c", "d"}}}}).body["metadata"] == json{{"a", "b"}, {"c", "d"}});
    CHECK(cloud.call(http::Method::put, metadata + "/a", {{"meta", {{"a", "e"}}}}).body["meta"]["a"] == "e");
    CHECK(cloud.call(http::Method::put, metadata + "/a", {{"meta", {{"z", "e"}}}}).status == 400);
    CHECK(cloud.get(metadata + "/a").body["meta"] == json{{"a", "e"}});
    CHECK(cloud.del("images/image-2/metadata/c") == 204);
    CHECK(cloud.del("images/image-2/metadata/c") == 404);
    CHECK(cloud.call(http::Method::put, metadata, {{"metadata", {{"only", "this"}}}}).body["metadata"].size() == 1);
    CHECK(cloud.post("/v2.1/images/image-1/metadata", {{"metadata", {{"c", "d"}}}}).status == 403);
    CHECK(cloud.del("images/image-1") == 403);
    CHECK(cloud.del("images/image-2", "other") == 404);
    CHECK(cloud.del("images/image-2") == 204);
    CHECK(cloud.del("images/image-2") == 404);
    // Its bytes are left to those who remove bytes.
    store::transact(*cloud.engine, cloud.cause(),
                    [](store::Transaction& txn) { CHECK(txn.get<images::UnusedData>("bytes")); });
}

TEST_CASE("security groups in Nova's words") {
    Old cloud;
    const auto made = cloud.post("/v2.1/os-security-groups", {{"security_group", {{"name", "web"}}}});
    REQUIRE(made.status == 200);
    const std::string id = made.body["security_group"]["id"];
    auto rule = [&](json more) {
        json body{{"parent_group_id", id}, {"ip_protocol", "tcp"}, {"from_port", 80}, {"to_port", 80}};
        body.update(more);
        return cloud.post("/v2.1/os-security-group-rules", {{"security_group_rule", body}});
    };
    const auto first = rule({{"cidr", "10.0.0.0/8"}});
    INFO(first.body.dump());
    REQUIRE(first.status == 200);
    CHECK(first.body["security_group_rule"]["ip_range"]["cidr"] == "10.0.0.0/8");
    CHECK(rule({{"cidr", "10.0.0.0/8"}}).status == 400);  // there already
    CHECK(rule({{"group_id", id}}).body["security_group_rule"]["group"]["name"] == "web");
    CHECK(rule({{"ip_protocol", "smoke"}}).status == 400);
    CHECK(rule({{"from_port", 90}}).status == 400);
    CHECK(rule({{"to_port", 70000}}).status == 400);
    CHECK(rule({{"parent_group_id", "12"}}).status == 400);
    CHECK(rule({{"parent_group_id", "00000000-0000-4000-8000-000000000000"}}).status == 404);
    const auto ping = rule({{"ip_protocol", "ICMP"}, {"from_port", -1}, {"to_port", -1}});
    REQUIRE(ping.status == 200);
    CHECK(ping.body["security_group_rule"]["from_port"] == -1);
    CHECK(cloud.get("/v2.1/os-security-groups/" + id).body["security_group"]["rules"].size() == 3);
    CHECK(cloud.get("/v2.1/os-security-groups/" + id, "other").status == 404);
    CHECK(cloud.del("os-security-group-rules/" + ping.body["security_group_rule"]["id"].get<std::string>()) == 202);
    CHECK(cloud.del("os-security-group-rules/00000000-0000-4000-8000-000000000000") == 404);
    const auto list = cloud.get("/v2.1/os-security-groups").body["security_groups"];
    CHECK(list.size() == 2);
    for (const auto& group : list)
        if (group["name"] == "default") CHECK(cloud.del("os-security-groups/" + group["id"].get<std::string>()) == 400);
    CHECK(cloud.call(http::Method::put, "/v2.1/os-security-groups/" + id, {{"security_group", {{"name", "new"}}}})
              .body["security_group"]["name"] == "new");
    CHECK(cloud.del("os-security-groups/" + id) == 202);
    CHECK(cloud.del("os-security-groups/" + id) == 404);
    CHECK(cloud.get("/v2.1/os-security-groups", "demo", "2.36").status == 404);
}

TEST_CASE("networks and floating IPs in Nova's words") {
    Old cloud;
    store::transact(*cloud.engine, cloud.cause(), [&](store::Transaction& txn) {
        networks::Network outside;
        outside.id = "00000000-0000-4000-8000-00000000000e";
        outside.name = "public";
        outside.project_id = "admin-id";
        outside.external = true;
        networks::Subnet subnet;
        subnet.id = "00000000-0000-4000-8000-00000000000f";
        subnet.project_id = "admin-id";
        subnet.network_id = outside.id;
        subnet.cidr = "203.0.113.0/24";
        subnet.allocation_pools = {{"203.0.113.10", "203.0.113.20"}};
        outside.subnet_ids = {subnet.id};
        txn.put(outside, "made");
        txn.put(subnet, "made");
    });
    CHECK(cloud.get("/v2.1/os-networks").body["networks"].size() == 1);
    CHECK(cloud.get("/v2.1/os-networks/00000000-0000-4000-8000-00000000000e").body["network"]["label"] == "public");
    CHECK(cloud.get("/v2.1/os-tenant-networks/nothing").status == 404);
    CHECK(cloud.get("/v2.1/os-floating-ip-pools").body["floating_ip_pools"] == json::array({{{"name", "public"}}}));
    CHECK(cloud.post("/v2.1/os-floating-ips", {{"pool", "nowhere"}}).status == 404);
    const auto made = cloud.post("/v2.1/os-floating-ips", {{"pool", "public"}});
    INFO(made.body.dump());
    REQUIRE(made.status == 200);
    const std::string id = made.body["floating_ip"]["id"], ip = made.body["floating_ip"]["ip"];
    CHECK(ip.starts_with("203.0.113."));
    CHECK(made.body["floating_ip"]["instance_id"].is_null());
    CHECK(cloud.get("/v2.1/os-floating-ips").body["floating_ips"].size() == 1);
    CHECK(cloud.get("/v2.1/os-floating-ips/" + id, "other").status == 404);
    const auto server = cloud.create("one");
    const std::string action = "/v2.1/servers/" + server + "/action";
    CHECK(cloud.post(action, {{"addFloatingIp", {{"address", "203.0.113.99"}}}}).status == 404);
    CHECK(cloud.post(action, {{"addFloatingIp", {{"address", ip}}}}).status == 400);  // it has no address itself
    CHECK(cloud.post(action, {{"removeFloatingIp", {{"address", ip}}}}).status == 409);
    CHECK(cloud.del("os-floating-ips/" + id) == 202);
    CHECK(cloud.del("os-floating-ips/" + id) == 404);
    CHECK(cloud.get("/v2.1/os-floating-ips", "demo", "2.36").status == 404);
}
