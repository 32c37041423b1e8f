// Log-ins of the same user, methods and scope share what was read from the store, until something of it changes.
#include <catch2/catch.hpp>

#include "cloud.hpp"
#include "identity/settings.hpp"

using namespace cumulet;
using namespace cumulet::identity::test;
using nlohmann::json;
using M = http::Method;

namespace {

json without_audit_ids(json token) {
    token.erase("audit_ids");
    return token;
}

// A log-in says what one says that reads everything anew: with this rule nothing is shared.
json same_as_anew(Cloud& cloud, const std::string& name, const json& scope) {
    cloud.login(name, "demo", scope);
    const auto shared = cloud.login(name, "demo", scope);
    REQUIRE(shared.status == 201);
    CHECK(cloud.validate(shared.token).body == shared.body);
    cloud.settings().compliance.disable_days_inactive = 30'000;
    const auto anew = cloud.login(name, "demo", scope);
    cloud.settings().compliance.disable_days_inactive = 0;
    REQUIRE(anew.status == 201);
    CHECK(without_audit_ids(shared.body["token"]) == without_audit_ids(anew.body["token"]));
    CHECK(shared.body["token"]["audit_ids"] != anew.body["token"]["audit_ids"]);
    return shared.body["token"];
}

}  // namespace

TEST_CASE("log-ins alike differ by their times and audit ids") {
    Cloud cloud;
    const auto first = cloud.login("demo", "demo", project_scope("demo"));
    cloud.clock.advance(std::chrono::seconds(90));
    const auto second = cloud.login("demo", "demo", project_scope("demo"));
    auto expected = first.body["token"];
    for (const char* name : {"audit_ids", "issued_at", "expires_at"}) {
        CHECK(first.body["token"][name] != second.body["token"][name]);
        expected[name] = second.body["token"][name];
    }
    CHECK(second.body["token"] == expected);
    CHECK(cloud.validate(second.token).body == second.body);
    CHECK(cloud.validate(first.token).body == first.body);
    CHECK(cloud.login("demo", "demo").body["token"].contains("project") == false);
}

TEST_CASE("a log-in after a change says what is true now") {
    Cloud cloud;
    const auto user = cloud.id_of("users", "demo"), project = cloud.id_of("projects", "demo");
    const auto reader = cloud.id_of("roles", "reader");
    const auto grant = "/v3/projects/" + project + "/users/" + user + "/roles/" + reader;
    std::string name = "demo", project_name = "demo";
    const auto look = [&] { return same_as_anew(cloud, name, project_scope(project_name)); };
    auto before = look();
    const auto changed = [&](const Answer& answer) {
        CHECK(answer.status / 100 == 2);
        const auto now = look();
        CHECK(now != before);
        before = now;
    };
    const auto role = cloud.make("roles", "role", {{"name", "auditor"}});
    changed(cloud.put("/v3/projects/" + project + "/users/" + user + "/roles/" + role));
    changed(cloud.patch("/v3/roles/" + role, {{"role", {{"name", "inspector"}}}}));
    changed(cloud.del("/v3/projects/" + project + "/users/" + user + "/roles/" + role));
    const auto group = cloud.make("groups", "group", {{"name", "inspectors"}});
    CHECK(cloud.put("/v3/projects/" + project + "/groups/" + group + "/roles/" + role).status == 204);
    changed(cloud.put("/v3/groups/" + group + "/users/" + user));
    const auto more = cloud.make("roles", "role", {{"name", "more"}});
    changed(cloud.put("/v3/roles/" + role + "/implies/" + more));
    changed(cloud.del("/v3/roles/" + role + "/implies/" + more));
    changed(cloud.del("/v3/groups/" + group + "/users/" + user));
    const auto service = cloud.make("services", "service", {{"name", "s"}, {"type", "metering"}});
    changed(cloud.post(
        "/v3/endpoints",
        {{"endpoint", {{"service_id", service}, {"interface", "public"}, {"url", "http://m/$(project_id)s"}}}}));
    project_name = "renamed";
    changed(cloud.patch("/v3/projects/" + project, {{"project", {{"name", project_name}}}}));
    name = "other";
    changed(cloud.patch("/v3/users/" + user, {{"user", {{"name", name}}}}));
    CHECK(cloud.put(grant).status == 204);
    CHECK(cloud.patch("/v3/users/" + user, {{"user", {{"enabled", false}}}}).status == 200);
    CHECK(cloud.login(name, "demo", project_scope(project_name)).status == 401);
    CHECK(cloud.patch("/v3/users/" + user, {{"user", {{"enabled", true}}}}).status == 200);
    look();
}
