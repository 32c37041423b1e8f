#include "cloud.hpp"

using namespace cumulet;
using namespace cumulet::compute;
using namespace cumulet::compute::servers::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

struct Paying : Cloud {
    json usage(const std::string& query = "", const std::string& token = "demo") {
        const auto answer = get("/v2.1/os-simple-tenant-usage/demo-id" + query, token);
        INFO(answer.body.dump());
        REQUIRE(answer.status == 200);
        return answer.body["tenant_usage"];
    }
    std::string running(const std::string& name) {
        const auto id = create(name);
        host_works(id, "running");
        return id;
    }
    void remove(const std::string& id) {
        REQUIRE(call(http::Method::del, "/v2.1/servers/" + id).status == 204);
        host_works(id, "");
    }
};

}  // namespace

TEST_CASE("usage counts a server from its launch to its end, and what failed to start not at all") {
    Paying cloud;
    cloud.create("never launched");
    CHECK(cloud.usage() == json::object());
    const auto id = cloud.running("first");
    cloud.clock.advance(2h);
    auto usage = cloud.usage();
    CHECK(usage["total_hours"] == Approx(2));
    CHECK(usage["total_memory_mb_usage"] == Approx(1024));
    CHECK(usage["server_usages"].size() == 1);
    CHECK(usage["server_usages"][0]["state"] == "active");
    CHECK(usage["server_usages"][0]["ended_at"].is_null());
    cloud.remove(id);
    cloud.clock.advance(5h);
    usage = cloud.usage();
    CHECK(usage["total_hours"] == Approx(2));
    CHECK(usage["server_usages"][0]["state"] == "terminated");
    CHECK(usage["server_usages"][0]["uptime"] == 7200);
    CHECK(cloud.get("/v2.1/os-simple-tenant-usage/demo-id", "other").status == 403);
}

TEST_CASE("usage is cut to the window that was asked for") {
    Paying cloud;
    const auto id = cloud.running("first");
    const auto launched = cloud.clock.now();
    cloud.clock.advance(10h);
    cloud.remove(id);
    cloud.clock.advance(24h * 60);
    const auto ask = [&](Duration from, Duration to) {
        return cloud.usage("?start=" + to_iso_naive(launched + from) + "&end=" + to_iso_naive(launched + to));
    };
    CHECK(ask(1h, 4h)["total_hours"] == Approx(3).epsilon(0.001));
    CHECK(ask(-5h, 2h)["total_hours"] == Approx(2).epsilon(0.001));
    CHECK(ask(9h, 48h)["total_hours"] == Approx(1).epsilon(0.001));
    CHECK(ask(11h, 12h) == json::object());
    // Long ago, and the default is the last four weeks.
    CHECK(cloud.usage() == json::object());
}

TEST_CASE("usage told before and after the meter went over the log is the same") {
    Paying cloud;
    const auto gone = cloud.running("gone");
    cloud.running("lives");
    cloud.clock.advance(3h);
    cloud.remove(gone);
    cloud.clock.advance(1h);
    const auto before = cloud.usage();
    cloud.meter.catch_up(cloud.clock.now());
    auto after = cloud.usage();
    CHECK(before["total_hours"] == after["total_hours"]);
    CHECK(before["total_hours"] == Approx(7).epsilon(0.001));
    const auto all = cloud.get("/v2.1/os-simple-tenant-usage?detailed=1", "admin").body["tenant_usages"];
    REQUIRE(all.size() == 1);
    CHECK(all[0]["tenant_id"] == "demo-id");
    CHECK(all[0]["server_usages"].size() == 2);
}
