#include <catch2/catch.hpp>

#include "cloud.hpp"

using namespace cumulet;
using namespace cumulet::identity::test;
using nlohmann::json;
using M = http::Method;

namespace {

struct Trusting : Cloud {
    const std::string demo = id_of("users", "demo");
    const std::string project = id_of("projects", "demo");
    const std::string trustee = make("users", "user", {{"name", "trustee"}, {"password", "trustee"}});
    std::string demo_token = token_for("demo", project_scope("demo"));

    Answer trust(json more = json::object()) {
        json body{{"trustor_user_id", demo},
                  {"trustee_user_id", trustee},
                  {"impersonation", false},
                  {"project_id", project},
                  {"roles", {{{"name", "member"}}}}};
        body.update(more);
        return call(M::post, "/v3/OS-TRUST/trusts", {{"trust", body}}, demo_token);
    }
    Answer use(const std::string& id, const std::string& user = "trustee") {
        return login(user, user, {{"OS-TRUST:trust", {{"id", id}}}});
    }
};

}  // namespace

TEST_CASE("a trustee acts with the trusted roles, in its own name or the trustor's") {
    Trusting cloud;
    const bool impersonation = GENERATE(false, true);
    auto made = cloud.trust({{"impersonation", impersonation}});
    REQUIRE(made.status == 201);
    const json& trust = made.body["trust"];
    CHECK(trust["roles"][0]["name"] == "member");
    CHECK(trust["redelegation_count"] == 0);
    auto used = cloud.use(trust["id"]);
    REQUIRE(used.status == 201);
    const json& token = used.body["token"];
    CHECK(token["OS-TRUST:trust"]["impersonation"] == impersonation);
    CHECK(token["user"]["name"] == (impersonation ? "demo" : "trustee"));
    CHECK(token["project"]["name"] == "demo");
    CHECK(token["roles"].size() == 2);
    CHECK(cloud.validate(used.token).body == used.body);
    SECTION("not somebody else") { CHECK(cloud.use(trust["id"], "demo").status == 403); }
    SECTION("not after it was deleted") {
        const std::string path = "/v3/OS-TRUST/trusts/" + trust["id"].get<std::string>();
        REQUIRE(cloud.call(M::del, path, nullptr, cloud.demo_token).status == 204);
        CHECK(cloud.validate(used.token).status == 404);
        CHECK(cloud.use(trust["id"]).status == 401);
        CHECK(cloud.get(path).status == 404);
    }
    SECTION("not when the trustor lost the role or is disabled") {
        if (impersonation)
            REQUIRE(cloud.patch("/v3/users/" + cloud.demo, {{"user", {{"enabled", false}}}}).status == 200);
        else
            REQUIRE(cloud
                        .del("/v3/projects/" + cloud.project + "/users/" + cloud.demo + "/roles/" +
                             cloud.id_of("roles", "member"))
                        .status == 204);
        CHECK(cloud.validate(used.token).status == 404);
    }
}

TEST_CASE("a trust ends with its time and its uses") {
    Trusting cloud;
    SECTION("time") {
        auto made = cloud.trust({{"expires_at", "2023-11-14T22:30:00.000000Z"}});
        REQUIRE(made.status == 201);
        CHECK(made.body["trust"]["expires_at"] == "2023-11-14T22:30:00.000000Z");
        CHECK(cloud.use(made.body["trust"]["id"]).body["token"]["expires_at"] == "2023-11-14T22:30:00.000000Z");
        cloud.clock.advance(std::chrono::minutes(20));
        CHECK(cloud.use(made.body["trust"]["id"]).status == 401);
    }
    SECTION("uses") {
        auto made = cloud.trust({{"remaining_uses", 2}});
        CHECK(cloud.use(made.body["trust"]["id"]).status == 201);
        CHECK(cloud.use(made.body["trust"]["id"]).status == 201);
        CHECK(cloud.use(made.body["trust"]["id"]).status == 401);
    }
    SECTION("uses of log-ins that failed do not count") {
        auto made = cloud.trust({{"remaining_uses", 1}});
        const std::string id = made.body["trust"]["id"];
        CHECK(cloud.login("trustee", "wrong", {{"OS-TRUST:trust", {{"id", id}}}}).status == 401);
        CHECK(cloud.use(id, "demo").status == 403);
        CHECK(cloud.call(M::get, "/v3/OS-TRUST/trusts/" + id, nullptr, cloud.demo_token)
                  .body["trust"]["remaining_uses"] == 1);
        CHECK(cloud.use(id).status == 201);
    }
}

TEST_CASE("what is handed on is no more than what was given") {
    Trusting cloud;
    const auto third = cloud.make("users", "user", {{"name", "third"}, {"password", "third"}});
    auto given = [&](json more) {
        more["allow_redelegation"] = true;
        auto made = cloud.trust(more);
        INFO(made.body.dump());
        REQUIRE(made.status == 201);
        return made.body["trust"];
    };
    auto hand_on = [&](const json& trust, json more = json::object()) {
        json body{{"trustor_user_id", cloud.trustee},
                  {"trustee_user_id", third},
                  {"impersonation", false},
                  {"project_id", cloud.project},
                  {"roles", {{{"name", "reader"}}}}};
        body.update(more);
        return cloud.call(M::post, "/v3/OS-TRUST/trusts", {{"trust", body}}, cloud.use(trust["id"]).token);
    };
    CHECK(cloud.trust({{"allow_redelegation", true}, {"redelegation_count", 4}}).status == 403);
    CHECK(cloud.trust({{"allow_redelegation", true}, {"remaining_uses", 1}}).status == 400);
    const auto trust =
        given({{"expires_at", "2023-11-14T22:30:00.000000Z"}, {"roles", {{{"name", "member"}}, {{"name", "reader"}}}}});
    CHECK(trust["redelegation_count"] == 3);
    const auto good = hand_on(trust, {{"allow_redelegation", true}});
    CHECK(good.status == 201);
    CHECK(good.body["trust"]["redelegation_count"] == 2);
    CHECK(good.body["trust"]["expires_at"] == trust["expires_at"]);
    CHECK(hand_on(trust, {{"expires_at", "2023-11-14T22:31:00.000000Z"}}).status == 403);
    CHECK(hand_on(trust, {{"remaining_uses", 1}}).status == 403);
    CHECK(hand_on(trust, {{"impersonation", true}}).status == 403);
    CHECK(hand_on(trust, {{"allow_redelegation", true}, {"redelegation_count", 3}}).status == 403);
    const auto narrow = given({{"roles", {{{"name", "reader"}}}}});
    CHECK(hand_on(narrow, {{"roles", {{{"name", "member"}}}}}).status == 403);
}

TEST_CASE("a trust cannot give what the trustor has not, nor be made in another's name") {
    Trusting cloud;
    CHECK(cloud.trust({{"roles", {{{"name", "admin"}}}}}).status == 404);
    CHECK(cloud.trust({{"roles", json::array()}}).status == 403);
    CHECK(cloud.trust({{"trustor_user_id", cloud.trustee}}).status == 403);
    CHECK(cloud.trust({{"trustee_user_id", "nobody"}}).status == 404);
    CHECK(cloud.trust({{"expires_at", "2001-01-01T00:00:00Z"}}).status == 400);
    CHECK(cloud.trust({{"expires_at", "soon"}}).status == 400);
    CHECK(cloud.trust({{"remaining_uses", 0}}).status == 400);
}

TEST_CASE("a trust is handed on as often as it allows, and goes with what it was made from") {
    Trusting cloud;
    const auto third = cloud.make("users", "user", {{"name", "third"}, {"password", "third"}});
    auto made = cloud.trust({{"allow_redelegation", true}, {"redelegation_count", 1}});
    REQUIRE(made.status == 201);
    auto used = cloud.use(made.body["trust"]["id"]);
    json body{{"trustor_user_id", cloud.trustee},
              {"trustee_user_id", third},
              {"impersonation", false},
              {"project_id", cloud.project},
              {"roles", {{{"name", "member"}}}}};
    auto handed_on = cloud.call(M::post, "/v3/OS-TRUST/trusts", {{"trust", body}}, used.token);
    INFO(handed_on.body.dump());
    REQUIRE(handed_on.status == 201);
    CHECK(handed_on.body["trust"]["redelegated_trust_id"] == made.body["trust"]["id"]);
    auto token = cloud.use(handed_on.body["trust"]["id"], "third");
    REQUIRE(token.status == 201);
    body["trustor_user_id"] = third;
    body["trustee_user_id"] = cloud.demo;
    CHECK(cloud.call(M::post, "/v3/OS-TRUST/trusts", {{"trust", body}}, token.token).status == 403);
    REQUIRE(cloud.del("/v3/OS-TRUST/trusts/" + made.body["trust"]["id"].get<std::string>()).status == 204);
    CHECK(cloud.validate(token.token).status == 404);
}

TEST_CASE("who may list trusts") {
    Trusting cloud;
    REQUIRE(cloud.trust().status == 201);
    auto list = [&](const std::string& query, const std::string& token) {
        return cloud.call(M::get, "/v3/OS-TRUST/trusts" + query, nullptr, token);
    };
    CHECK(list("", cloud.admin_token()).body["trusts"].size() == 1);
    CHECK(list("", cloud.demo_token).status == 403);
    CHECK(list("?trustor_user_id=" + cloud.demo, cloud.demo_token).body["trusts"].size() == 1);
    CHECK(list("?trustee_user_id=" + cloud.trustee, cloud.demo_token).status == 403);
}
