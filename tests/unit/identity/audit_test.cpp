#include <catch2/catch.hpp>
#include <fstream>

#include "cloud.hpp"
#include "identity/audit_events.hpp"
#include "identity/audit_trail.hpp"

using namespace cumulet;
using namespace cumulet::identity;
using cumulet::identity::test::Cloud;
using nlohmann::json;

namespace {

std::vector<json> events_of(Cloud& cloud, store::Revision after) {
    std::vector<json> events;
    for (const auto& entry : store::read_changes(*cloud.engine, after, 1000))
        for (auto& event : audit_events(entry)) events.push_back(std::move(event));
    return events;
}

}  // namespace

TEST_CASE("changes become events of their kind, with who made them") {
    Cloud cloud;
    const auto before = cloud.engine->last_revision();
    const auto user = cloud.make("users", "user", {{"name", "ann"}, {"password", "s3cret-of-ann"}});
    const auto domain = cloud.make("domains", "domain", {{"name", "acme"}});
    const auto events = events_of(cloud, before);
    REQUIRE(events.size() == 3);
    std::set<std::string> kinds;
    for (const auto& event : events) {
        kinds.insert(event["event_type"].get<std::string>());
        CHECK(event["payload"]["outcome"] == "success");
        CHECK(event["payload"]["initiator"]["user_id"] == cloud.id_of("users", "admin"));
        CHECK(event["payload"]["initiator"]["host"]["address"] == cloud.remote_address);
        CHECK(event.dump().find("s3cret-of-ann") == std::string::npos);
    }
    CHECK(
        (kinds == std::set<std::string>{"identity.user.created", "identity.user.updated", "identity.domain.created"}));
    CHECK(events.back()["payload"]["resource_info"] == domain);
    CHECK(events_of(cloud, before) == events);  // the same ids each time
}

TEST_CASE("the trail goes on where it stopped, and writes log-ins") {
    Cloud cloud;
    const AuditOptions options{.file = cloud.folder.path() / "audit",
                               .position_file = cloud.folder.path() / "position"};
    const auto lines = [&] {
        std::ifstream in(options.file);
        std::vector<std::string> all;
        for (std::string line; std::getline(in, line);) all.push_back(line);
        return all;
    };
    { AuditTrail trail(*cloud.engine, *cloud.bus, cloud.clock, cloud.random, options); }
    const auto group = cloud.make("groups", "group", {{"name", "first"}});
    {
        AuditTrail trail(*cloud.engine, *cloud.bus, cloud.clock, cloud.random, options);
        trail.record({.time = cloud.clock.now(), .status = 401, .reason = "wrong", .address = "192.0.2.1"});
    }
    const auto written = lines();
    REQUIRE(written.size() == 2);
    const auto change = json::parse(written.back());
    CHECK(change["event_type"] == "identity.group.created");
    CHECK(change["payload"]["resource_info"] == group);
    const auto login = json::parse(written.front());
    CHECK(login["event_type"] == "identity.authenticate");
    CHECK(login["payload"]["initiator"]["host"]["address"] == "192.0.2.1");
    CHECK(login["payload"]["initiator"]["id"] == "unknown");
    CHECK(login["payload"]["reason"]["reasonCode"] == "401");
}
