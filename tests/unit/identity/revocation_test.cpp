#include <catch2/catch.hpp>

#include "cloud.hpp"
#include "common/store/transaction.hpp"
#include "identity/housekeeping.hpp"
#include "identity/model/revocation_rules.hpp"
#include "identity/model/users.hpp"
#include "identity/revocation_hints.hpp"

using namespace cumulet;
using namespace cumulet::identity;
using namespace cumulet::identity::test;
using nlohmann::json;
using M = http::Method;

namespace {

bool works(Cloud& cloud, const std::string& token) {
    const int status = cloud.call(M::get, "/v3/auth/projects", nullptr, token).status;
    REQUIRE((status == 200 || status == 401));
    return status == 200;
}

}  // namespace

TEST_CASE("a revoked token is refused from the next call on, others go on working") {
    Cloud cloud;
    const auto one = cloud.token_for("demo", project_scope("demo")),
               other = cloud.token_for("demo", project_scope("demo"));
    REQUIRE(works(cloud, one));
    REQUIRE(works(cloud, other));
    CHECK(cloud.call(M::del, "/v3/auth/tokens", nullptr, one, {{"X-Subject-Token", one}}).status == 204);
    CHECK_FALSE(works(cloud, one));
    CHECK(works(cloud, other));
    CHECK(cloud.validate(one).status == 404);
}

TEST_CASE("a chain of tokens that came of one log-in is revoked as one") {
    Cloud cloud;
    const auto first = cloud.login("demo", "demo");
    const auto second = cloud.call(M::post, "/v3/auth/tokens",
                                   {{"auth",
                                     {{"identity", {{"methods", {"token"}}, {"token", {{"id", first.token}}}}},
                                      {"scope", project_scope("demo")}}}});
    const auto other = cloud.token_for("demo", project_scope("demo"));
    REQUIRE((works(cloud, first.token) && works(cloud, second.token)));
    const std::string chain = first.body["token"]["audit_ids"][0];
    store::transact(*cloud.engine, {.time = cloud.clock.now()},
                    [&](store::Transaction& txn) { revoke(txn, {.audit_chain_id = chain}); });
    CHECK_FALSE(works(cloud, first.token));
    CHECK_FALSE(works(cloud, second.token));
    CHECK(works(cloud, other));
}

TEST_CASE("a token that was revoked is none, ended or not, for whoever allows ended ones") {
    Cloud cloud;
    const auto one = cloud.token_for("demo", project_scope("demo")),
               other = cloud.token_for("demo", project_scope("demo"));
    REQUIRE(cloud.call(M::del, "/v3/auth/tokens", nullptr, one, {{"X-Subject-Token", one}}).status == 204);
    cloud.clock.advance(std::chrono::hours(2));
    const auto asked = [&](const std::string& subject, const std::string& by) {
        return cloud.call(M::get, "/v3/auth/tokens?allow_expired=1", nullptr, by, {{"X-Subject-Token", subject}})
            .status;
    };
    CHECK(asked(other, cloud.admin_token()) == 200);
    CHECK(asked(one, cloud.admin_token()) == 404);
    CHECK(asked(other, other) == 401);  // who asks needs one that is alive
}

TEST_CASE("changes that void or change tokens take effect with their commit") {
    Cloud cloud;
    const auto user = cloud.id_of("users", "demo"), project = cloud.id_of("projects", "demo"),
               member = cloud.id_of("roles", "member");
    const auto token = cloud.token_for("demo", project_scope("demo"));
    REQUIRE(works(cloud, token));
    SECTION("the user is disabled") {
        REQUIRE(cloud.patch("/v3/users/" + user, {{"user", {{"enabled", false}}}}).status == 200);
    }
    SECTION("the user is deleted") { REQUIRE(cloud.del("/v3/users/" + user).status == 204); }
    SECTION("an administrator sets the password") {
        REQUIRE(cloud.patch("/v3/users/" + user, {{"user", {{"password", "new"}}}}).status == 200);
    }
    SECTION("the user changes the password") {
        REQUIRE(cloud
                    .call(M::post, "/v3/users/" + user + "/password",
                          {{"user", {{"original_password", "demo"}, {"password", "new"}}}})
                    .status == 204);
        CHECK(cloud.login("demo", "demo").status == 401);
        // In the very second of the change, too.
        auto fresh = cloud.login("demo", "new", project_scope("demo"));
        REQUIRE(fresh.status == 201);
        CHECK(works(cloud, fresh.token));
        REQUIRE(cloud
                    .call(M::post, "/v3/users/" + user + "/password",
                          {{"user", {{"original_password", "new"}, {"password", "newer"}}}})
                    .status == 204);
        CHECK_FALSE(works(cloud, fresh.token));
        auto fresher = cloud.login("demo", "newer", project_scope("demo"));
        CHECK(works(cloud, fresher.token));
        REQUIRE(cloud.call(M::del, "/v3/auth/tokens", nullptr, fresher.token, {{"X-Subject-Token", fresher.token}})
                    .status == 204);
        CHECK_FALSE(works(cloud, fresher.token));
    }
    SECTION("the project is disabled") {
        REQUIRE(cloud.patch("/v3/projects/" + project, {{"project", {{"enabled", false}}}}).status == 200);
    }
    SECTION("the project is deleted") { REQUIRE(cloud.del("/v3/projects/" + project).status == 204); }
    SECTION("the last role is taken away") {
        REQUIRE(cloud.del("/v3/projects/" + project + "/users/" + user + "/roles/" + member).status == 204);
    }
    CHECK_FALSE(works(cloud, token));
}

TEST_CASE("a role given or taken shows in tokens that are out already") {
    Cloud cloud;
    const auto user = cloud.id_of("users", "demo"), project = cloud.id_of("projects", "demo");
    const auto extra = cloud.make("roles", "role", {{"name", "extra"}});
    const auto token = cloud.token_for("demo", project_scope("demo"));
    auto roles = [&] { return cloud.validate(token).body["token"]["roles"].size(); };
    REQUIRE(roles() == 2);
    REQUIRE(cloud.put("/v3/projects/" + project + "/users/" + user + "/roles/" + extra).status == 204);
    CHECK(roles() == 3);
    SECTION("taken away") {
        REQUIRE(cloud.del("/v3/projects/" + project + "/users/" + user + "/roles/" + extra).status == 204);
    }
    SECTION("deleted") { REQUIRE(cloud.del("/v3/roles/" + extra).status == 204); }
    CHECK(roles() == 2);
}

TEST_CASE("a role by way of a group comes and goes with the membership") {
    Cloud cloud;
    const auto user = cloud.id_of("users", "demo"), project = cloud.id_of("projects", "admin"),
               reader = cloud.id_of("roles", "reader");
    const auto group = cloud.make("groups", "group", {{"name", "g"}});
    REQUIRE(cloud.put("/v3/projects/" + project + "/groups/" + group + "/roles/" + reader).status == 204);
    CHECK(cloud.login("demo", "demo", project_scope("admin")).status == 401);
    REQUIRE(cloud.put("/v3/groups/" + group + "/users/" + user).status == 204);
    const auto token = cloud.token_for("demo", project_scope("admin"));
    CHECK(works(cloud, token));
    SECTION("left the group") { REQUIRE(cloud.del("/v3/groups/" + group + "/users/" + user).status == 204); }
    SECTION("the group is deleted") { REQUIRE(cloud.del("/v3/groups/" + group).status == 204); }
    SECTION("the group's role is taken away") {
        REQUIRE(cloud.del("/v3/projects/" + project + "/groups/" + group + "/roles/" + reader).status == 204);
    }
    CHECK_FALSE(works(cloud, token));
}

TEST_CASE("the catalog in tokens follows changes of endpoints and names of users follow theirs") {
    Cloud cloud;
    const auto token = cloud.token_for("demo", project_scope("demo"));
    REQUIRE(cloud.validate(token).body["token"]["catalog"].size() == 2);
    cloud.make("services", "service", {{"type", "volumev3"}, {"name", "cinder"}});
    CHECK(cloud.validate(token).body["token"]["catalog"].size() == 3);
    REQUIRE(cloud.patch("/v3/users/" + cloud.id_of("users", "demo"), {{"user", {{"name", "demonstrator"}}}}).status ==
            200);
    CHECK(cloud.validate(token).body["token"]["user"]["name"] == "demonstrator");
}

TEST_CASE("hints go out on the bus for what was revoked, from the change log") {
    Cloud cloud;
    const auto token = cloud.token_for("demo", project_scope("demo"));
    const auto user = cloud.id_of("users", "demo");
    std::mutex mutex;
    std::vector<json> hints;
    auto subscription = cloud.bus->subscribe("identity.revoked", [&](std::string_view, std::string_view payload) {
        std::lock_guard lock(mutex);
        hints.push_back(json::parse(payload));
    });
    auto last_hint = [&] {
        cloud.validate(token);  // reads the log up to here
        std::lock_guard lock(mutex);
        REQUIRE_FALSE(hints.empty());
        return hints.back();
    };
    SECTION("a token") {
        const auto audit_id = cloud.validate(token).body["token"]["audit_ids"][0];
        REQUIRE(cloud.call(M::del, "/v3/auth/tokens", nullptr, token, {{"X-Subject-Token", token}}).status == 204);
        CHECK(last_hint() == json{{"audit_id", audit_id}});
    }
    SECTION("a user") {
        REQUIRE(cloud.patch("/v3/users/" + user, {{"user", {{"enabled", false}}}}).status == 200);
        CHECK(last_hint() == json{{"user_id", user}});
    }
    SECTION("a project") {
        REQUIRE(cloud.patch("/v3/projects/" + cloud.id_of("projects", "demo"), {{"project", {{"enabled", false}}}})
                    .status == 200);
        CHECK(last_hint() == json{{"all", true}});
    }
}

TEST_CASE("events can be polled by services") {
    Cloud cloud;
    const auto token = cloud.token_for("demo", project_scope("demo"));
    REQUIRE(cloud.call(M::del, "/v3/auth/tokens", nullptr, token, {{"X-Subject-Token", token}}).status == 204);
    const auto nova = cloud.token_for("nova", project_scope("service"));
    auto events = cloud.call(M::get, "/v3/OS-REVOKE/events?since=2023-11-14T22:00:00Z", nullptr, nova);
    REQUIRE(events.status == 200);
    CHECK(events.body["events"].back().contains("audit_id"));
    CHECK(cloud.call(M::get, "/v3/OS-REVOKE/events?since=2030-01-01T00:00:00Z", nullptr, nova).body["events"].empty());
    CHECK(cloud.call(M::get, "/v3/OS-REVOKE/events?since=yesterday", nullptr, nova).status == 400);
    CHECK(cloud.call(M::get, "/v3/OS-REVOKE/events", nullptr, cloud.token_for("demo", project_scope("demo"))).status ==
          403);
}

TEST_CASE("a validated token is answered from memory until something about it changes") {
    Cloud cloud;
    const auto token = cloud.token_for("demo", project_scope("demo"));
    cloud.validate(token);
    const auto described = cloud.descriptions();
    for (int i = 0; i < 10; ++i) CHECK(cloud.validate(token).status == 200);
    CHECK(cloud.descriptions() == described);
    SECTION("what others do leaves it there") {
        cloud.make("users", "user", {{"name", "other"}, {"password", "x"}});
        cloud.make("projects", "project", {{"name", "other"}});
        CHECK(cloud.validate(token).status == 200);
        CHECK(cloud.descriptions() == described);
    }
    SECTION("what concerns its user does not") {
        REQUIRE(
            cloud.patch("/v3/users/" + cloud.id_of("users", "demo"), {{"user", {{"email", "d@example.org"}}}}).status ==
            200);
        CHECK(cloud.validate(token).status == 200);
        CHECK(cloud.descriptions() == described + 1);
    }
}

TEST_CASE("events are forgotten when no token they could concern is alive, and not before") {
    Cloud cloud;
    const Settings settings;
    const auto token = cloud.token_for("demo", project_scope("demo"));
    REQUIRE(cloud.call(M::del, "/v3/auth/tokens", nullptr, token, {{"X-Subject-Token", token}}).status == 204);
    auto events = [&] { return cloud.get("/v3/OS-REVOKE/events").body["events"].size(); };
    const auto before = events();
    REQUIRE(before > 0);
    cloud.clock.advance(settings.token_lifetime + settings.expired_window);
    CHECK(keep_house(*cloud.engine, cloud.clock.now(), settings) == 0);
    cloud.clock.advance(std::chrono::hours(1));
    CHECK(keep_house(*cloud.engine, cloud.clock.now(), settings) == before);
    CHECK(events() == 0);
}

TEST_CASE("a change log that was cut behind our back makes us look at everything again") {
    Cloud cloud;
    const auto token = cloud.token_for("demo", project_scope("demo"));
    REQUIRE(works(cloud, token));
    // Behind the follower: the entry goes before anybody read it, or was read already; the answer is the same.
    store::transact(*cloud.engine, {.time = cloud.clock.now(), .operation = "test"}, [&](store::Transaction& txn) {
        auto user = txn.find<User>("name", "default", "demo").value();
        user.enabled = false;
        txn.put(user, "disabled");
    });
    cloud.engine->trim_log(cloud.engine->last_revision() + 1);
    CHECK_FALSE(works(cloud, token));
}
