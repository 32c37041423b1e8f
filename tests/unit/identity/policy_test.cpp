// Samples of who may do what: each scope's reader and admin, owners, strangers.
#include <catch2/catch.hpp>

#include "cloud.hpp"

using namespace cumulet;
using namespace cumulet::identity::test;
using nlohmann::json;
using M = http::Method;

namespace {

struct Actors : Cloud {
    const std::string demo = id_of("users", "demo");
    const std::string system_reader = [this] {
        const auto id = make("users", "user", {{"name", "sr"}, {"password", "sr"}});
        put("/v3/system/users/" + id + "/roles/" + id_of("roles", "reader"));
        return token_for("sr", {{"system", {{"all", true}}}});
    }();
    const std::string domain = make("domains", "domain", {{"name", "d"}});
    const std::string in_domain = make("users", "user", {{"name", "inside"}, {"password", "x"}, {"domain_id", domain}});
    const std::string domain_reader = [this] {
        const auto id = make("users", "user", {{"name", "dr"}, {"password", "dr"}});
        put("/v3/domains/" + domain + "/users/" + id + "/roles/" + id_of("roles", "reader"));
        return token_for("dr", {{"domain", {{"id", domain}}}});
    }();
    const std::string project_member = token_for("demo", project_scope("demo"));
    const std::string project_admin = admin_token();

    int status(M method, const std::string& target, const std::string& token, const json& body = nullptr) {
        return call(method, target, body, token).status;
    }
};

}  // namespace

TEST_CASE("users are read by administrators, readers of the system or of their domain, and themselves") {
    Actors cloud;
    for (const auto& [token, own, inside, list] : {std::tuple{cloud.project_admin, 200, 200, 200},
                                                   {cloud.system_reader, 200, 200, 200},
                                                   {cloud.domain_reader, 403, 200, 200},
                                                   {cloud.project_member, 200, 403, 403}}) {
        CHECK(cloud.status(M::get, "/v3/users/" + cloud.demo, token) == own);
        CHECK(cloud.status(M::get, "/v3/users/" + cloud.in_domain, token) == inside);
        CHECK(cloud.status(M::get, "/v3/users", token) == list);
    }
    auto seen = cloud.call(M::get, "/v3/users", nullptr, cloud.domain_reader).body["users"];
    REQUIRE(seen.size() == 1);
    CHECK(seen[0]["name"] == "inside");
    CHECK(cloud.status(M::get, "/v3/users?domain_id=default", cloud.domain_reader) == 403);
}

TEST_CASE("only administrators change things, and the refusal names the rule") {
    Actors cloud;
    for (const auto& token : {cloud.system_reader, cloud.domain_reader, cloud.project_member}) {
        auto refused = cloud.call(M::post, "/v3/users", {{"user", {{"name", "x"}}}}, token);
        CHECK(refused.status == 403);
        CHECK(refused.message() == "You are not authorized to perform the requested action: identity:create_user.");
        CHECK(cloud.status(M::del, "/v3/users/" + cloud.in_domain, token) == 403);
        CHECK(cloud.status(M::post, "/v3/roles", token, {{"role", {{"name", "x"}}}}) == 403);
    }
    CHECK(cloud.status(M::get, "/v3/users/" + cloud.in_domain, cloud.project_admin) == 200);
}

TEST_CASE("a stranger cannot tell whether something exists") {
    Actors cloud;
    CHECK(cloud.status(M::get, "/v3/users/none", cloud.project_member) == 403);
    CHECK(cloud.status(M::get, "/v3/users/" + cloud.in_domain, cloud.project_member) == 403);
    CHECK(cloud.status(M::get, "/v3/projects/none", cloud.project_member) == 403);
    CHECK(cloud.status(M::get, "/v3/users/none", cloud.project_admin) == 404);
}

TEST_CASE("a scope that a rule does not name is refused where that is enforced") {
    Actors cloud;
    CHECK(cloud.status(M::get, "/v3/services", cloud.system_reader) == 200);
    CHECK(cloud.status(M::get, "/v3/services", cloud.domain_reader) == 403);
    CHECK(cloud.status(M::get, "/v3/regions", cloud.domain_reader) == 200);
}

TEST_CASE("application credentials give what they name, and cannot make more of themselves") {
    Actors cloud;
    auto made =
        cloud.call(M::post, "/v3/users/" + cloud.demo + "/application_credentials",
                   {{"application_credential", {{"name", "a"}, {"secret", "s"}, {"roles", {{{"name", "reader"}}}}}}},
                   cloud.project_member);
    REQUIRE(made.status == 201);
    const json credential = made.body["application_credential"];
    auto login = [&](const json& data) {
        return cloud.call(
            M::post, "/v3/auth/tokens",
            {{"auth", {{"identity", {{"methods", {"application_credential"}}, {"application_credential", data}}}}}});
    };
    auto token = login({{"id", credential["id"]}, {"secret", "s"}});
    REQUIRE(token.status == 201);
    CHECK(token.body["token"]["roles"].size() == 1);
    CHECK(token.body["token"]["application_credential"]["restricted"] == true);
    CHECK(token.body["token"]["project"]["name"] == "demo");
    CHECK(cloud.validate(token.token).body == token.body);
    CHECK(login({{"name", "a"}, {"user", {{"id", cloud.demo}}}, {"secret", "s"}}).status == 201);
    CHECK(login({{"id", credential["id"]}, {"secret", "wrong"}}).status == 401);
    CHECK(login({{"id", "none"}, {"secret", "s"}}).status == 401);
    const auto path = "/v3/users/" + cloud.demo + "/application_credentials";
    CHECK(cloud.status(M::post, path, token.token, {{"application_credential", {{"name", "b"}}}}) == 403);
    CHECK(cloud.status(M::get, "/v3/users/" + cloud.demo + "/credentials/OS-EC2", token.token) == 403);
    CHECK(cloud.status(M::post, path, cloud.project_admin, {{"application_credential", {{"name", "b"}}}}) == 403);
    CHECK(cloud.status(M::post, path, cloud.project_member, {{"application_credential", {{"name", "a"}}}}) == 409);
    CHECK(cloud.status(M::post, path, cloud.project_member,
                       {{"application_credential", {{"name", "b"}, {"roles", {{{"name", "admin"}}}}}}}) == 400);
    CHECK(cloud.status(M::del, path + "/" + credential["id"].get<std::string>(), cloud.project_member) == 204);
    CHECK(cloud.validate(token.token).status == 404);
}
