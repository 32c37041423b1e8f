#include "cloud.hpp"
#include "compute/model/aggregate.hpp"

using namespace cumulet;
using namespace cumulet::compute;
using namespace cumulet::compute::servers::test;
using nlohmann::json;

namespace {

struct Hosts : Cloud {
    void add_host(const std::string& name) {
        store::transact(*engine, cause(), [&](store::Transaction& txn) {
            Host host{.name = name};
            host.vcpus = 8;
            host.memory_mib = 1 << 16;
            host.disk_gib = 100;
            host.hypervisor_type = "fake";
            host.acceleration_note = "none: nothing is simulated faster";
            placement::register_host(txn, random, host);
            placement::pulse(txn, name);
        });
    }
    std::string make_aggregate(const std::string& name, const json& zone = nullptr) {
        const auto answer = post("/v2.1/os-aggregates", {{"aggregate", {{"name", name}, {"availability_zone", zone}}}},
                                 "admin", "2.41");
        INFO(answer.body.dump());
        REQUIRE(answer.status == 200);
        CHECK_FALSE(answer.body["aggregate"].contains("hosts"));
        return std::to_string(answer.body["aggregate"]["id"].get<int>());
    }
    Answer act(const std::string& aggregate, const json& body) {
        return post("/v2.1/os-aggregates/" + aggregate + "/action", body, "admin");
    }
    void removed_from(const std::string& host, const std::string& id) {
        store::transact(*engine, cause(), [&](store::Transaction& txn) {
            const auto task = *txn.get<Task>(id, txn.get<Server>(id)->task_id);
            converge::report_step(
                txn, random, host,
                {.server_id = id, .task_id = task.id, .order = converge::order_number(task), .ok = true});
        });
    }
    std::string zone_of(const std::string& host) {
        const auto answer = get("/v2.1/os-hosts", "admin", "2.42");
        for (const auto& each : answer.body["hosts"])
            if (each["host_name"] == host) return each["zone"];
        return "";
    }
};

}  // namespace

TEST_CASE("an aggregate gives its zone to its hosts, and a host is in one zone") {
    Hosts cloud;
    cloud.add_host("h2");
    const auto east = cloud.make_aggregate("east", "east"), plain = cloud.make_aggregate("plain"),
               west = cloud.make_aggregate("west", "west");
    CHECK(cloud.post("/v2.1/os-aggregates", {{"aggregate", {{"name", "east"}}}}, "admin").status == 409);
    CHECK(cloud.post("/v2.1/os-aggregates", {{"aggregate", {{"name", "no"}}}}, "demo").status == 403);
    CHECK(cloud.act(east, {{"add_host", {{"host", "nowhere"}}}}).status == 404);
    const auto added = cloud.act(east, {{"add_host", {{"host", "h2"}}}});
    REQUIRE(added.status == 200);
    CHECK(added.body["aggregate"]["hosts"] == json{"h2"});
    CHECK(cloud.zone_of("h2") == "east");
    CHECK(cloud.act(east, {{"add_host", {{"host", "h2"}}}}).status == 409);
    CHECK(cloud.act(plain, {{"add_host", {{"host", "h2"}}}}).status == 200);
    CHECK(cloud.act(west, {{"add_host", {{"host", "h2"}}}}).status == 409);
    CHECK(cloud.zone_of("h2") == "east");
    const auto set = cloud.act(plain, {{"set_metadata", {{"metadata", {{"a", "b"}, {"c", nullptr}}}}}});
    CHECK(set.body["aggregate"]["metadata"] == json{{"a", "b"}});
    auto asked = cloud.asked("in the east");
    asked["server"]["availability_zone"] = "east";
    const auto made = cloud.post("/v2.1/servers", asked, "demo", "2.37");
    REQUIRE(made.status == 202);
    const std::string id = made.body["server"]["id"];
    CHECK(cloud.get("/v2.1/servers/" + id, "admin").body["server"]["OS-EXT-SRV-ATTR:host"] == "h2");
    // The server asked for the zone: its host cannot leave it.
    CHECK(cloud.act(east, {{"remove_host", {{"host", "h2"}}}}).status == 409);
    CHECK(cloud.zone_of("h2") == "east");
    REQUIRE(cloud.call(http::Method::del, "/v2.1/servers/" + id).status == 204);
    cloud.removed_from("h2", id);
    CHECK(cloud.call(http::Method::del, "/v2.1/os-aggregates/" + east, nullptr, "admin").status == 400);
    CHECK(cloud.act(east, {{"remove_host", {{"host", "h2"}}}}).status == 200);
    CHECK(cloud.act(east, {{"remove_host", {{"host", "h2"}}}}).status == 404);
    CHECK(cloud.zone_of("h2") == "nova");
    CHECK(cloud.call(http::Method::del, "/v2.1/os-aggregates/" + east, nullptr, "admin").status == 200);
    CHECK(cloud.get("/v2.1/os-aggregates/" + east, "admin").status == 404);
    CHECK(cloud.get("/v2.1/os-aggregates", "admin").body["aggregates"].size() == 2);
    // Numbers are not given twice.
    CHECK(cloud.make_aggregate("east") == "4");
}

TEST_CASE("hosts as they were asked for before 2.53") {
    Hosts cloud;
    cloud.add_host("h2");
    const auto id = cloud.create("one");
    const auto host =
        cloud.get("/v2.1/servers/" + id, "admin").body["server"]["OS-EXT-SRV-ATTR:host"].get<std::string>();
    CHECK(cloud.get("/v2.1/os-hosts", "demo").status == 403);
    CHECK(cloud.get("/v2.1/os-hosts?zone=none", "admin").body["hosts"].empty());
    CHECK(cloud.get("/v2.1/os-hosts?zone=", "admin").body["hosts"].size() == 2);
    const auto shown = cloud.get("/v2.1/os-hosts/" + host, "admin").body["host"];
    REQUIRE(shown.size() == 4);
    CHECK(shown[1]["resource"]["project"] == "(used_now)");
    CHECK(shown[1]["resource"]["cpu"] == 1);
    CHECK(shown[3]["resource"]["project"] == "demo-id");
    CHECK(cloud.call(http::Method::put, "/v2.1/os-hosts/h2", {{"status", "disable"}}, "admin").body["status"] ==
          "disabled");
    CHECK(cloud.call(http::Method::put, "/v2.1/os-hosts/h2", {{"status", "away"}}, "admin").status == 400);
    CHECK(cloud.call(http::Method::put, "/v2.1/os-hosts/h3", {{"status", "enable"}}, "admin").status == 404);
    CHECK(cloud.get("/v2.1/os-hosts/h3/startup", "admin").status == 404);
    CHECK(cloud.get("/v2.1/os-hosts/h2/startup", "admin").status == 501);
    CHECK(cloud.get("/v2.1/os-hosts", "admin", "2.43").status == 404);
    const auto found = cloud.get("/v2.1/os-hypervisors/" + host + "/servers", "admin").body["hypervisors"];
    REQUIRE(found.size() == 1);
    CHECK(found[0]["servers"][0]["uuid"] == id);
    CHECK(cloud.get("/v2.1/os-hypervisors/h/search", "admin").body["hypervisors"].size() == 2);
    CHECK(cloud.get("/v2.1/os-hypervisors/nothing/search", "admin").status == 404);
    const auto details = cloud.get("/v2.1/os-hypervisors/detail", "admin", "2.28").body["hypervisors"];
    CHECK_FALSE(details[1].contains("acceleration"));
    CHECK(details[1]["cpu_info"]["acceleration"] == "none: nothing is simulated faster");
}

TEST_CASE("diagnostics, external events and the audit of usage say what is known") {
    Cloud cloud;
    const auto id = cloud.create("one");
    CHECK(cloud.get("/v2.1/servers/" + id + "/diagnostics", "admin").status == 409);
    cloud.host_works(id, "running");
    CHECK(cloud.get("/v2.1/servers/" + id + "/diagnostics", "demo").status == 403);
    const auto told = cloud.get("/v2.1/servers/" + id + "/diagnostics", "admin", "2.48").body;
    CHECK(told["state"] == "running");
    CHECK(told["memory_details"]["maximum"] == 512);
    const auto event = [&](const std::string& server, const std::string& name) {
        return cloud.post("/v2.1/os-server-external-events",
                          {{"events", json::array({{{"name", name}, {"server_uuid", server}}})}}, "admin");
    };
    CHECK(event(id, "network-changed").body["events"][0]["code"] == 200);
    CHECK(event("00000000-0000-4000-8000-000000000000", "network-changed").status == 404);
    CHECK(event(id, "thunder").status == 400);
    const auto audit = cloud.get("/v2.1/os-instance_usage_audit_log/2026-03-10", "admin");
    CHECK(audit.body["instance_usage_audit_log"]["period_beginning"] == "2026-02-01 00:00:00");
    CHECK(audit.body["instance_usage_audit_log"]["period_ending"] == "2026-03-01 00:00:00");
    CHECK(cloud.get("/v2.1/os-instance_usage_audit_log/nonsense", "admin").status == 400);
    CHECK(cloud.get("/v2.1/os-instance_usage_audit_log", "demo").status == 403);
}
