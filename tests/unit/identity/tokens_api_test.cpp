#include <catch2/catch.hpp>

#include "cloud.hpp"

using namespace cumulet;
using namespace cumulet::identity::test;
using nlohmann::json;
using M = http::Method;

namespace {

std::set<std::string> role_names(const json& token) {
    std::set<std::string> names;
    for (const auto& role : token["roles"]) names.insert(role["name"].get<std::string>());
    return names;
}

const std::string kRefused = "The request you have made requires authentication.";

}  // namespace

TEST_CASE("a token for a project says who, where, with which roles, until when, and what there is") {
    Cloud cloud;
    auto answer = cloud.login("admin", "admin", project_scope("admin"));
    REQUIRE(answer.status == 201);
    CHECK(answer.token.starts_with("gAAAAA"));
    const json& token = answer.body["token"];
    CHECK(token["methods"] == json{"password"});
    CHECK(token["user"]["name"] == "admin");
    CHECK(token["user"]["domain"] == json{{"id", "default"}, {"name", "Default"}});
    CHECK(token["user"]["password_expires_at"].is_null());
    CHECK(token["project"]["name"] == "admin");
    CHECK(token["is_domain"] == false);
    CHECK(token["audit_ids"].size() == 1);
    CHECK(token["issued_at"] == "2023-11-14T22:13:20.000000Z");
    CHECK(token["expires_at"] == "2023-11-14T23:13:20.000000Z");
    CHECK(role_names(token) == std::set<std::string>{"admin", "manager", "member", "reader"});
    REQUIRE(token["catalog"].size() == 2);
    for (const auto& service : token["catalog"]) {
        CHECK(service["endpoints"].size() == 3);
        if (service["type"] == "object-store")
            CHECK(service["endpoints"][0]["url"] == "http://o/v1/AUTH_" + token["project"]["id"].get<std::string>());
    }
}

TEST_CASE("a token is validated to what it was issued with") {
    Cloud cloud;
    auto issued = cloud.login("demo", "demo", project_scope("demo"));
    auto shown = cloud.validate(issued.token);
    CHECK(shown.status == 200);
    CHECK(shown.token == issued.token);
    CHECK(shown.body == issued.body);
    SECTION("by its own user") { CHECK(cloud.validate(issued.token, issued.token).status == 200); }
    SECTION("by a service") {
        CHECK(cloud.validate(issued.token, cloud.token_for("nova", project_scope("service"))).status == 200);
    }
    SECTION("but not by others") { CHECK(cloud.validate(cloud.admin_token(), issued.token).status == 403); }
    SECTION("without the catalog when that is asked") {
        auto bare = cloud.call(M::get, "/v3/auth/tokens?nocatalog", nullptr, cloud.admin_token(),
                               {{"X-Subject-Token", issued.token}});
        CHECK_FALSE(bare.body["token"].contains("catalog"));
    }
    SECTION("HEAD says it in a status") {
        auto head =
            cloud.call(M::head, "/v3/auth/tokens", nullptr, cloud.admin_token(), {{"X-Subject-Token", issued.token}});
        CHECK(head.status == 200);
        CHECK(head.body.is_null());
    }
}

TEST_CASE("scopes") {
    Cloud cloud;
    SECTION("none") {
        auto answer = cloud.login("demo", "demo");
        REQUIRE(answer.status == 201);
        CHECK_FALSE(answer.body["token"].contains("project"));
        CHECK_FALSE(answer.body["token"].contains("roles"));
        CHECK_FALSE(answer.body["token"].contains("catalog"));
    }
    SECTION("the system") {
        auto answer = cloud.login("admin", "admin", {{"system", {{"all", true}}}});
        REQUIRE(answer.status == 201);
        CHECK(answer.body["token"]["system"] == json{{"all", true}});
        CHECK(cloud.validate(answer.token).body == answer.body);
    }
    SECTION("a domain") {
        const auto role = cloud.id_of("roles", "reader"), user = cloud.id_of("users", "demo");
        CHECK(cloud.login("demo", "demo", {{"domain", {{"id", "default"}}}}).status == 401);
        REQUIRE(cloud.put("/v3/domains/default/users/" + user + "/roles/" + role).status == 204);
        auto answer = cloud.login("demo", "demo", {{"domain", {{"name", "Default"}}}});
        REQUIRE(answer.status == 201);
        CHECK(answer.body["token"]["domain"] == json{{"id", "default"}, {"name", "Default"}});
        CHECK(cloud.validate(answer.token).body == answer.body);
    }
    SECTION("by default the user's project") {
        const auto user = cloud.id_of("users", "demo");
        REQUIRE(cloud.patch("/v3/users/" + user, {{"user", {{"default_project_id", cloud.id_of("projects", "demo")}}}})
                    .status == 200);
        CHECK(cloud.login("demo", "demo").body["token"]["project"]["name"] == "demo");
        CHECK_FALSE(cloud.login("demo", "demo", "unscoped").body["token"].contains("project"));
    }
    SECTION("nothing where the user has no role") {
        CHECK(cloud.login("demo", "demo", project_scope("admin")).status == 401);
        CHECK(cloud.login("demo", "demo", {{"system", {{"all", true}}}}).status == 401);
    }
    SECTION("two at once are refused") {
        auto answer = cloud.login("admin", "admin", {{"system", {{"all", true}}}, {"domain", {{"id", "default"}}}});
        CHECK(answer.status == 400);
    }
}

TEST_CASE("every failed log-in looks alike and costs alike") {
    Cloud cloud;
    cloud.make("users", "user", {{"name", "off"}, {"password", "off"}, {"enabled", false}});
    cloud.make("users", "user", {{"name", "without"}});
    auto cost = [&](const std::string& user, const std::string& password) {
        const auto before = cloud.password_computations();
        auto answer = cloud.login(user, password);
        CHECK(answer.status == 401);
        CHECK(answer.message() == kRefused);
        return cloud.password_computations() - before;
    };
    CHECK(cost("demo", "wrong") == 1);
    CHECK(cost("demo", "wrong") == 1);
    CHECK(cost("nobody", "wrong") == 1);
    CHECK(cost("without", "wrong") == 1);
    CHECK(cost("off", "off") == 1);
    CHECK(cost("nova", "wrong") == 1);
    CHECK(cloud.login("demo", "demo", {{"project", {{"id", "unknown"}}}}).message() == kRefused);
}

TEST_CASE("requests that say too little are malformed, not unauthorized") {
    Cloud cloud;
    auto send = [&](const json& body) { return cloud.call(M::post, "/v3/auth/tokens", body); };
    CHECK(send(json::object()).message() ==
          "Expecting to find auth in request body. The server could not comply with the request since it is either "
          "malformed or otherwise "
          "incorrect. The client is assumed to be in error.");
    CHECK(send({{"auth", json::object()}}).status == 400);
    CHECK(send({{"auth", 1}}).status == 400);
    CHECK(send({{"auth", {{"identity", {{"methods", {"password"}}}}}}}).status == 400);
    CHECK(send({{"auth", {{"identity", {{"methods", "password"}}}}}}).status == 400);
    CHECK(send({{"auth", {{"identity", {{"methods", json::array()}}}}}}).status == 401);
    CHECK(send({{"auth", {{"identity", {{"methods", {"palm"}}, {"palm", json::object()}}}}}}).status == 401);
    CHECK(
        send({{"auth", {{"identity", {{"methods", {"password"}}, {"password", {{"user", {{"name", 7}}}}}}}}}}).status ==
        400);
    CHECK(cloud.login("admin", std::string(1 << 19, 'x')).status == 401);
}

TEST_CASE("a token that ended, was changed or is garbage is not found and does not let in") {
    Cloud cloud;
    const auto token = cloud.token_for("demo", project_scope("demo"));
    SECTION("garbage") {
        CHECK(cloud.validate("garbage").status == 404);
        CHECK(cloud.call(M::get, "/v3/auth/projects", nullptr, "garbage").status == 401);
        CHECK(cloud.call(M::get, "/v3/auth/projects").status == 401);
    }
    SECTION("changed") {
        auto changed = token;
        changed[60] = changed[60] == 'A' ? 'B' : 'A';
        CHECK(cloud.validate(changed).status == 404);
    }
    SECTION("ended") {
        CHECK(cloud.call(M::get, "/v3/auth/projects", nullptr, token).status == 200);
        cloud.clock.advance(std::chrono::hours(1));
        CHECK(cloud.call(M::get, "/v3/auth/projects", nullptr, token).status == 401);
        CHECK(cloud.validate(token).status == 404);
        auto grace = cloud.call(M::get, "/v3/auth/tokens?allow_expired=1", nullptr, cloud.admin_token(),
                                {{"X-Subject-Token", token}});
        CHECK(grace.status == 200);
        cloud.clock.advance(std::chrono::hours(48));
        grace = cloud.call(M::get, "/v3/auth/tokens?allow_expired=1", nullptr, cloud.admin_token(),
                           {{"X-Subject-Token", token}});
        CHECK(grace.status == 404);
    }
}

TEST_CASE("a token gives another one that ends no later and belongs to the same chain") {
    Cloud cloud;
    auto first = cloud.login("demo", "demo");
    cloud.clock.advance(std::chrono::minutes(10));
    auto second = cloud.call(M::post, "/v3/auth/tokens",
                             {{"auth",
                               {{"identity", {{"methods", {"token"}}, {"token", {{"id", first.token}}}}},
                                {"scope", project_scope("demo")}}}});
    REQUIRE(second.status == 201);
    CHECK(second.body["token"]["methods"] == json{"token", "password"});
    CHECK(second.body["token"]["expires_at"] == first.body["token"]["expires_at"]);
    CHECK(second.body["token"]["audit_ids"][1] == first.body["token"]["audit_ids"][0]);
    CHECK(cloud.validate(second.token).body == second.body);
}

TEST_CASE("a token that acts for somebody by less than a log-in gives no other") {
    Cloud cloud;
    const auto demo = cloud.id_of("users", "demo"), project = cloud.id_of("projects", "demo");
    const auto token = cloud.token_for("demo", project_scope("demo"));
    auto exchange = [&](const std::string& by, const json& scope) {
        json auth{{"identity", {{"methods", {"token"}}, {"token", {{"id", by}}}}}};
        if (!scope.is_null()) auth["scope"] = scope;
        return cloud.call(M::post, "/v3/auth/tokens", {{"auth", auth}}).status;
    };
    SECTION("of an application credential") {
        auto made = cloud.call(M::post, "/v3/users/" + demo + "/application_credentials",
                               {{"application_credential", {{"name", "a"}, {"secret", "s"}}}}, token);
        const json data{{"id", made.body["application_credential"]["id"]}, {"secret", "s"}};
        const json identity{{"methods", {"application_credential"}}, {"application_credential", data}};
        const auto mine = cloud.call(M::post, "/v3/auth/tokens", {{"auth", {{"identity", identity}}}});
        REQUIRE(mine.status == 201);
        CHECK(exchange(mine.token, nullptr) == 403);
        CHECK(exchange(mine.token, project_scope("demo")) == 403);
    }
    SECTION("of a trust") {
        cloud.make("users", "user", {{"name", "trustee"}, {"password", "trustee"}});
        auto made = cloud.call(M::post, "/v3/OS-TRUST/trusts",
                               {{"trust",
                                 {{"trustor_user_id", demo},
                                  {"trustee_user_id", cloud.id_of("users", "trustee")},
                                  {"impersonation", true},
                                  {"project_id", project},
                                  {"roles", {{{"name", "member"}}}}}}},
                               token);
        const auto mine = cloud.login("trustee", "trustee", {{"OS-TRUST:trust", {{"id", made.body["trust"]["id"]}}}});
        REQUIRE(mine.status == 201);
        CHECK(exchange(mine.token, nullptr) == 403);
        CHECK(exchange(mine.token, project_scope("demo")) == 403);
    }
    SECTION("a log-in's does, from any scope to any other") {
        CHECK(exchange(token, "unscoped") == 201);
        CHECK(exchange(token, project_scope("demo")) == 201);
        CHECK(exchange(cloud.token_for("admin", {{"system", {{"all", true}}}}), project_scope("admin")) == 201);
        CHECK(exchange(cloud.admin_token(), {{"system", {{"all", true}}}}) == 201);
        CHECK(exchange(token, {{"system", {{"all", true}}}}) == 401);
    }
}

TEST_CASE("a log-in that wants no catalog gets none") {
    Cloud cloud;
    const json user{{"name", "demo"}, {"domain", {{"id", "default"}}}, {"password", "demo"}};
    const json auth{{"identity", {{"methods", {"password"}}, {"password", {{"user", user}}}}},
                    {"scope", project_scope("demo")}};
    const auto bare = cloud.call(M::post, "/v3/auth/tokens?nocatalog", {{"auth", auth}});
    REQUIRE(bare.status == 201);
    CHECK_FALSE(bare.body["token"].contains("catalog"));
    CHECK(cloud.validate(bare.token).body["token"].contains("catalog"));
}

TEST_CASE("what a user may scope to") {
    Cloud cloud;
    const auto token = cloud.token_for("demo", "unscoped");
    auto projects = cloud.call(M::get, "/v3/auth/projects", nullptr, token);
    REQUIRE(projects.body["projects"].size() == 1);
    CHECK(projects.body["projects"][0]["name"] == "demo");
    CHECK(cloud.call(M::get, "/v3/auth/domains", nullptr, token).body["domains"].empty());
    CHECK(cloud.call(M::get, "/v3/auth/system", nullptr, token).body["system"].empty());
    CHECK(cloud.get("/v3/auth/system").body["system"] == json::array({{{"all", true}}}));
    CHECK(cloud.call(M::get, "/v3/auth/catalog", nullptr, token).status == 403);
    CHECK(cloud.get("/v3/auth/catalog").body["catalog"].size() == 2);
}
