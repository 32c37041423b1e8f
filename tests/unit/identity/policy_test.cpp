// Samples of who may do what: each scope's reader and admin, owners, strangers.
#include <catch2/catch.hpp>

#include "cloud.hpp"
#include "common/runtime/text.hpp"

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
    const std::string domain_reader = in_domain_as("dr", "reader");
    const std::string domain_manager = in_domain_as("dm", "manager");
    const std::string project_member = token_for("demo", project_scope("demo"));
    const std::string project_admin = admin_token();

    std::string in_domain_as(const std::string& name, const std::string& role) {
        const auto id = make("users", "user", {{"name", name}, {"password", name}});
        put("/v3/domains/" + domain + "/users/" + id + "/roles/" + id_of("roles", role));
        return token_for(name, {{"domain", {{"id", domain}}}});
    }
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

TEST_CASE("a domain's manager manages its users, groups and projects, and no other's") {
    Actors cloud;
    auto make = [&](const char* collection, const char* member, json body) {
        return cloud.call(M::post, "/v3/" + std::string(collection), {{member, std::move(body)}}, cloud.domain_manager);
    };
    for (const auto& [collection, member] :
         {std::pair{"users", "user"}, {"groups", "group"}, {"projects", "project"}}) {
        CAPTURE(collection);
        CHECK(make(collection, member, {{"name", "x"}, {"domain_id", "default"}}).status == 403);
        CHECK(make(collection, member, {{"name", "x"}}).status == 403);  // the domain has to be named
        const auto made = make(collection, member, {{"name", "x"}, {"domain_id", cloud.domain}});
        REQUIRE(made.status == 201);
        CHECK(made.body[member]["domain_id"] == cloud.domain);
        const auto path = fmt::format("/v3/{}/{}", collection, made.body[member]["id"].get<std::string>());
        CHECK(cloud.status(M::patch, path, cloud.domain_manager, {{member, {{"description", "y"}}}}) == 200);
        CHECK(cloud.status(M::patch, path, cloud.domain_reader, {{member, {{"description", "y"}}}}) == 403);
        CHECK(cloud.status(M::del, path, cloud.domain_manager) == 204);
    }
    CHECK(cloud.status(M::del, "/v3/users/" + cloud.demo, cloud.domain_manager) == 403);
    CHECK(make("projects", "project", {{"name", "y"}, {"is_domain", true}}).status == 403);
    CHECK(make("projects", "project", {{"name", "y"}, {"is_domain", true}, {"domain_id", cloud.domain}}).status == 403);
    CHECK(make("projects", "project", {{"name", "y"}, {"domain_id", cloud.domain}, {"parent_id", "default"}}).status /
              100 ==
          4);
    CHECK(make("projects", "project", {{"name", "y"}, {"parent_id", cloud.id_of("projects", "demo")}}).status == 403);
}

TEST_CASE("a domain's manager hands out manager, member and reader, and nothing else") {
    Actors cloud;
    const auto at = "/v3/domains/" + cloud.domain + "/users/" + cloud.in_domain + "/roles/";
    for (const auto& [role, status] : {std::pair{"manager", 204}, {"member", 204}, {"reader", 204}, {"admin", 403}}) {
        CAPTURE(role);
        CHECK(cloud.status(M::put, at + cloud.id_of("roles", role), cloud.domain_manager) == status);
        CHECK(cloud.status(M::put, at + cloud.id_of("roles", role), cloud.domain_reader) == 403);
    }
    const auto member = cloud.id_of("roles", "member");
    CHECK(cloud.status(M::del, at + member, cloud.domain_manager) == 204);
    CHECK(cloud.status(M::put, "/v3/domains/default/users/" + cloud.demo + "/roles/" + member, cloud.domain_manager) ==
          403);
    CHECK(cloud.status(M::get, "/v3/roles/" + member, cloud.domain_manager) == 200);
    CHECK(cloud.status(M::get, "/v3/roles/" + cloud.id_of("roles", "admin"), cloud.domain_manager) == 403);
    CHECK(cloud.status(M::get, "/v3/roles", cloud.domain_manager) == 200);
    CHECK(cloud.status(M::get, "/v3/roles", cloud.domain_reader) == 403);
}

TEST_CASE("roles of a domain have rules of their own") {
    Actors cloud;
    const auto role = cloud.make("roles", "role", {{"name", "local"}, {"domain_id", cloud.domain}});
    auto refusal = [&](M method, const std::string& target, const json& body = nullptr) {
        return cloud.call(method, target, body, cloud.project_member).message();
    };
    const std::string start = "You are not authorized to perform the requested action: identity:";
    CHECK(refusal(M::get, "/v3/roles/" + role) == start + "get_domain_role.");
    CHECK(refusal(M::del, "/v3/roles/" + role) == start + "delete_domain_role.");
    CHECK(refusal(M::del, "/v3/roles/" + cloud.id_of("roles", "member")) == start + "delete_role.");
    CHECK(refusal(M::get, "/v3/roles?domain_id=" + cloud.domain) == start + "list_domain_roles.");
    CHECK(refusal(M::post, "/v3/roles", {{"role", {{"name", "x"}, {"domain_id", cloud.domain}}}}) ==
          start + "create_domain_role.");
    CHECK(cloud.status(M::get, "/v3/roles/none", cloud.project_member) == 404);
}

TEST_CASE("who may not do it is not told what is wrong with the body") {
    Actors cloud;
    for (const auto& body : {json(nullptr), json::array(), json{{"user", 7}}, json{{"user", {{"domain_id", 5}}}}}) {
        CAPTURE(body.dump());
        CHECK(cloud.status(M::post, "/v3/users", cloud.project_member, body) == 403);
        CHECK(cloud.status(M::post, "/v3/users", cloud.project_admin, body) == 400);
        CHECK(cloud.status(M::post, "/v3/projects", cloud.project_member, body) == 403);
        CHECK(cloud.status(M::post, "/v3/groups", cloud.project_member, body) == 403);
        CHECK(cloud.status(M::post, "/v3/roles", cloud.project_member, body) == 403);
        CHECK(cloud.status(M::post, "/v3/credentials", cloud.project_member, body) == 403);
        CHECK(cloud.status(M::post, "/v3/OS-TRUST/trusts", cloud.project_member, body) == 403);
    }
}

TEST_CASE("an application credential is worth a bearer token by OAuth 2.0") {
    Actors cloud;
    const auto made =
        cloud.call(M::post, "/v3/users/" + cloud.demo + "/application_credentials",
                   {{"application_credential", {{"name", "a"}, {"secret", "s:t"}}}}, cloud.project_member);
    REQUIRE(made.status == 201);
    const std::string id = made.body["application_credential"]["id"];
    auto ask = [&](const std::string& form, const std::string& client,
                   const std::string& type = "application/x-www-form-urlencoded") {
        return cloud.call_raw(M::post, "/v3/OS-OAUTH2/token", form,
                              {{"Authorization", "Basic " + text::to_base64(client)}, {"Content-Type", type}});
    };
    const auto token = ask("grant_type=client_credentials", id + ":s:t");
    REQUIRE(token.status == 200);
    CHECK(token.body["token_type"] == "Bearer");
    CHECK(token.body["expires_in"] > 0);
    const auto valid = cloud.validate(token.body["access_token"]);
    CHECK(valid.body["token"]["user"]["id"] == cloud.demo);
    CHECK(ask("grant_type=client_credentials", id + ":wrong").body["error"] == "invalid_client");
    CHECK(ask("grant_type=client_credentials", "none:s").status == 401);
    CHECK(ask("grant_type=client_credentials", "nonsense").status == 401);
    CHECK(ask("", id + ":s:t").body["error"] == "invalid_request");
    CHECK(ask("grant_type=password", id + ":s:t").body["error"] == "unsupported_grant_type");
    CHECK(ask("{}", id + ":s:t", "application/json").status == 400);
}
