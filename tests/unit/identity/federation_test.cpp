// Federation as its API shows it: providers, protocols, mappings, and log-ins that a trusted web server vouches for.
#include <catch2/catch.hpp>

#include "cloud.hpp"

using namespace cumulet;
using namespace cumulet::identity::test;
using nlohmann::json;

namespace {

constexpr const char* kIdp = "/v3/OS-FEDERATION/identity_providers/keycloak";
constexpr const char* kAuth = "/v3/OS-FEDERATION/identity_providers/keycloak/protocols/openid/auth";

Answer put_json(Cloud& cloud, const std::string& target, const json& body) {
    return cloud.call(http::Method::put, target, body, cloud.admin_token());
}

struct Federated : Cloud {
    Federated() {
        REQUIRE(put_json(*this, kIdp, {{"identity_provider", {{"enabled", true}, {"remote_ids", {"https://idp"}}}}})
                    .status == 201);
        group = make("groups", "group", {{"name", "federated"}, {"domain_id", "default"}});
        map({{"user", {{"name", "{0}"}, {"email", "{0}@example.org"}}}, {"group", {{"id", group}}}});
        REQUIRE(put_json(*this, std::string(kIdp) + "/protocols/openid",
                         {{"protocol", {{"mapping_id", "m"}, {"remote_id_attribute", "HTTP_OIDC_ISS"}}}})
                    .status == 201);
    }
    void map(const json& local, const std::string& version = "1.0") {
        const json rule{{"local", json::array({local})}, {"remote", {{{"type", "HTTP_OIDC_SUB"}}}}};
        const json body{{"mapping", {{"rules", {rule}}, {"schema_version", version}}}};
        auto answer = put_json(*this, "/v3/OS-FEDERATION/mappings/m", body);
        if (answer.status == 409) answer = patch("/v3/OS-FEDERATION/mappings/m", body);
        INFO(answer.body.dump());
        REQUIRE(answer.status / 100 == 2);
    }
    Answer come_in(const std::string& name, const std::string& issuer = "https://idp") {
        return call(http::Method::post, kAuth, nullptr, "", {{"OIDC-sub", name}, {"OIDC-iss", issuer}});
    }
    Answer rescope(const std::string& token, const json& scope) {
        return call(http::Method::post, "/v3/auth/tokens",
                    {{"auth", {{"identity", {{"methods", {"token"}}, {"token", {{"id", token}}}}}, {"scope", scope}}}});
    }
    std::string group;
};

}  // namespace

TEST_CASE("an identity provider has a domain of its own, and remote ids are nobody else's") {
    Cloud cloud;
    auto made = put_json(cloud, kIdp, {{"identity_provider", {{"description", "d"}, {"remote_ids", {"a", "b"}}}}});
    REQUIRE(made.status == 201);
    const auto& idp = made.body["identity_provider"];
    CHECK(idp["enabled"] == false);
    CHECK(idp["authorization_ttl"] == nullptr);
    CHECK(idp["links"]["protocols"] == "http://identity:5000/v3/OS-FEDERATION/identity_providers/keycloak/protocols");
    auto domain = cloud.get("/v3/domains/" + idp["domain_id"].get<std::string>());
    CHECK(domain.body["domain"]["description"] == "Auto generated federated domain for Identity Provider: keycloak");
    CHECK(put_json(cloud, kIdp, {{"identity_provider", json::object()}}).status == 409);
    const std::string other = "/v3/OS-FEDERATION/identity_providers/other";
    CHECK(put_json(cloud, other, {{"identity_provider", {{"remote_ids", {"b"}}}}}).status == 409);
    CHECK(put_json(cloud, other, {{"identity_provider", {{"domain_id", "none"}}}}).status == 404);
    CHECK(put_json(cloud, other, {{"identity_provider", {{"what", 1}}}}).status == 400);
    CHECK(cloud.patch(kIdp, {{"identity_provider", {{"remote_ids", {"c"}}}}}).status == 200);
    CHECK(put_json(cloud, other, {{"identity_provider", {{"remote_ids", {"b"}}, {"domain_id", "default"}}}}).status ==
          201);
    CHECK(cloud.get("/v3/OS-FEDERATION/identity_providers?id=other").body["identity_providers"].size() == 1);
    CHECK(cloud.del(kIdp).status == 204);
    CHECK(cloud.get(kIdp).status == 404);
    CHECK(cloud.patch(other, {{"identity_provider", {{"remote_ids", {"c"}}}}}).status == 200);
}

TEST_CASE("protocols need a provider and a mapping, service providers two URLs") {
    Cloud cloud;
    const std::string protocol = std::string(kIdp) + "/protocols/openid";
    CHECK(put_json(cloud, protocol, {{"protocol", {{"mapping_id", "m"}}}}).status == 400);
    const json rules{{"rules", {{{"local", {{{"user", {{"name", "{0}"}}}}}}, {"remote", {{{"type", "x"}}}}}}}};
    REQUIRE(put_json(cloud, "/v3/OS-FEDERATION/mappings/m", {{"mapping", rules}}).status == 201);
    CHECK(put_json(cloud, protocol, {{"protocol", {{"mapping_id", "m"}}}}).status == 404);
    REQUIRE(put_json(cloud, kIdp, {{"identity_provider", json::object()}}).status == 201);
    CHECK(put_json(cloud, protocol, {{"protocol", {{"mapping_id", "m"}}}}).status == 201);
    CHECK(put_json(cloud, protocol, {{"protocol", {{"mapping_id", "m"}}}}).status == 409);
    CHECK(cloud.get(protocol).body["protocol"]["mapping_id"] == "m");
    CHECK(cloud.patch(protocol, {{"protocol", {{"mapping_id", "none"}}}}).status == 400);
    CHECK(cloud.get(std::string(kIdp) + "/protocols").body["protocols"].size() == 1);
    CHECK(cloud.del(protocol).status == 204);
    CHECK(cloud.get(protocol).status == 404);
    const std::string sp = "/v3/OS-FEDERATION/service_providers/beta";
    CHECK(put_json(cloud, sp, {{"service_provider", {{"auth_url", "http://b"}}}}).status == 400);
    auto made = put_json(cloud, sp, {{"service_provider", {{"auth_url", "http://b"}, {"sp_url", "http://b/sp"}}}});
    REQUIRE(made.status == 201);
    CHECK(made.body["service_provider"]["relay_state_prefix"] == "ss:mem:");
    CHECK(made.body["service_provider"]["enabled"] == false);
    CHECK_FALSE(cloud.login("demo", "demo").body["token"].contains("service_providers"));
    CHECK(cloud.patch(sp, {{"service_provider", {{"enabled", true}}}}).status == 200);
    CHECK(cloud.login("demo", "demo").body["token"]["service_providers"] ==
          json{{{"id", "beta"}, {"auth_url", "http://b"}, {"sp_url", "http://b/sp"}}});
}

TEST_CASE("mappings outside the schema, or with expressions that do not parse, are 400") {
    Cloud cloud;
    const std::string target = "/v3/OS-FEDERATION/mappings/m";
    auto refused = [&](const json& mapping) {
        auto answer = put_json(cloud, target, {{"mapping", mapping}});
        INFO(mapping.dump() << answer.body.dump());
        CHECK(answer.status == 400);
    };
    refused(json::object());
    refused({{"rules", json::array()}});
    const json user{{"user", {{"name", "{0}"}}}};
    refused({{"rules", {{{"local", {user}}}}}});
    refused({{"rules", {{{"local", {user}}, {"remote", json::array()}}}}});
    refused({{"rules", {{{"local", {user}}, {"remote", {{{"type", "x"}, {"some_of", {"a"}}}}}}}}});
    refused({{"rules",
              {{{"local", {user}}, {"remote", {{{"type", "x"}, {"any_one_of", {"a"}}, {"not_any_of", {"b"}}}}}}}}});
    refused({{"rules", {{{"local", {{{"group", {{"name", "g"}}}}}}, {"remote", {{{"type", "x"}}}}}}}});
    refused({{"rules", {{{"local", {user}}, {"remote", {{{"type", "x"}, {"any_one_of", {"("}}, {"regex", true}}}}}}}});
    CHECK(cloud.get(target).status == 404);
}

TEST_CASE("a federated user gets an unscoped token that says who vouched for it, and goes where its groups may") {
    Federated cloud;
    auto answer = cloud.come_in("jane");
    INFO(answer.body.dump());
    REQUIRE(answer.status == 201);
    const auto& token = answer.body["token"];
    CHECK(token["methods"] == json{"mapped"});
    CHECK(token["user"]["name"] == "jane");
    CHECK(token["user"]["OS-FEDERATION"]["identity_provider"]["id"] == "keycloak");
    CHECK(token["user"]["OS-FEDERATION"]["protocol"]["id"] == "openid");
    CHECK(token["user"]["OS-FEDERATION"]["groups"] == json{{{"id", cloud.group}}});
    CHECK_FALSE(token["user"].contains("password_expires_at"));
    CHECK_FALSE(token.contains("catalog"));
    const auto user_id = token["user"]["id"].get<std::string>();
    CHECK(user_id.size() == 64);
    CHECK(cloud.come_in("jane").body["token"]["user"]["id"] == user_id);

    auto projects = [&] {
        return cloud.call(http::Method::get, "/v3/auth/projects", nullptr, answer.token).body["projects"].size();
    };
    CHECK(projects() == 0);
    CHECK(cloud.rescope(answer.token, project_scope("demo")).status == 401);
    REQUIRE(cloud
                .put("/v3/projects/" + cloud.id_of("projects", "demo") + "/groups/" + cloud.group + "/roles/" +
                     cloud.id_of("roles", "member"))
                .status == 204);
    CHECK(projects() == 1);
    auto scoped = cloud.rescope(answer.token, project_scope("demo"));
    REQUIRE(scoped.status == 201);
    CHECK(scoped.body["token"]["project"]["name"] == "demo");
    CHECK(scoped.body["token"]["user"]["OS-FEDERATION"]["protocol"]["id"] == "openid");
    CHECK(cloud.validate(scoped.token).status == 200);

    auto shown = cloud.get("/v3/users/" + user_id);
    CHECK(shown.body["user"]["email"] == "jane@example.org");
    CHECK(shown.body["user"]["federated"] ==
          json{{{"idp_id", "keycloak"}, {"protocols", {{{"protocol_id", "openid"}, {"unique_id", "jane"}}}}}});
    CHECK(cloud.get("/v3/users?idp_id=keycloak&unique_id=jane").body["users"].size() == 1);
    CHECK(cloud.get("/v3/users?idp_id=other").body["users"].empty());

    SECTION("a provider that is disabled makes its tokens void") {
        REQUIRE(cloud.patch(kIdp, {{"identity_provider", {{"enabled", false}}}}).status == 200);
        CHECK(cloud.come_in("jane").status == 403);
        CHECK(cloud.validate(scoped.token).status == 404);
    }
    SECTION("so does one that goes, and its users go with it") {
        REQUIRE(cloud.del(kIdp).status == 204);
        CHECK(cloud.validate(scoped.token).status == 404);
        CHECK(cloud.get("/v3/users/" + user_id).status == 404);
        CHECK(cloud.come_in("jane").status == 404);
    }
    SECTION("the protocol's method is named where it is configured") {
        cloud.get("/v3");
        CHECK(cloud.del(std::string(kIdp) + "/protocols/openid").status == 204);
        CHECK(cloud.come_in("jane").status == 404);
        CHECK(cloud.get("/v3/users/" + user_id).status == 404);
    }
}

TEST_CASE("nobody comes in without a trusted vouch, from another issuer, or with a mapping that gives nothing") {
    Federated cloud;
    CHECK(cloud.come_in("jane", "https://evil").status == 403);
    CHECK(cloud.call(http::Method::post, kAuth, nullptr, "", {{"OIDC-iss", "https://idp"}}).status == 401);
    CHECK(cloud.call(http::Method::post, kAuth, nullptr, "", {{"OIDC-sub", "jane"}}).status == 401);
    cloud.remote_address = "10.1.1.1";
    CHECK(cloud.come_in("jane").status == 401);
    cloud.remote_address = "127.0.0.1";
    CHECK(cloud.come_in("jane").status == 201);
    cloud.map({{"user", {{"name", "{0}"}}}, {"group", {{"id", "gone"}}}});
    CHECK(cloud.come_in("jane").status == 401);
}

TEST_CASE("a federated user may bear the name of a local one, which takes nothing from either") {
    Federated cloud;
    REQUIRE(cloud.patch(kIdp, {{"identity_provider", {{"enabled", true}}}}).status == 200);
    const auto domain = cloud.get(kIdp).body["identity_provider"]["domain_id"].get<std::string>();
    REQUIRE(cloud.come_in("jane").status == 201);
    const auto local = cloud.make("users", "user", {{"name", "jane"}, {"domain_id", domain}, {"password", "p"}});
    auto federated = cloud.come_in("jane");
    REQUIRE(federated.status == 201);
    CHECK(federated.body["token"]["user"]["id"] != local);
    CHECK(cloud.get("/v3/users?name=jane&domain_id=" + domain).body["users"].size() == 2);
}

TEST_CASE("projects of a mapping are made with their roles, unless a role is not there") {
    Federated cloud;
    cloud.map({{"user", {{"name", "{0}"}}},
               {"projects", {{{"name", "Project of {0}"}, {"roles", {{{"name", "member"}}, {{"name", "no such"}}}}}}}});
    CHECK(cloud.come_in("jane").status == 404);
    CHECK(cloud.get("/v3/users?idp_id=keycloak").body["users"].empty());
    cloud.map(
        {{"user", {{"name", "{0}"}}}, {"projects", {{{"name", "Project of {0}"}, {"roles", {{{"name", "member"}}}}}}}});
    auto answer = cloud.come_in("jane");
    REQUIRE(answer.status == 201);
    cloud.come_in("jane");
    auto projects = cloud.call(http::Method::get, "/v3/auth/projects", nullptr, answer.token).body["projects"];
    REQUIRE(projects.size() == 1);
    CHECK(projects[0]["name"] == "Project of jane");
    CHECK(cloud.rescope(answer.token, {{"project", {{"id", projects[0]["id"]}}}}).status == 201);
}

TEST_CASE("projects of a mapping may be in other domains, and in the third version they are the only ones") {
    Federated cloud;
    auto local = [](const json& projects) { return json{{"user", {{"name", "{0}"}}}, {"projects", projects}}; };
    auto project = [](const char* name, const json& domain = nullptr) {
        json one{{"name", name}, {"roles", {{{"name", "member"}}}}};
        if (!domain.is_null()) one["domain"] = domain;
        return one;
    };
    const json elsewhere = project("elsewhere", {{"name", "Default"}});
    const json refused{
        {"mapping",
         {{"rules", {{{"local", json::array({local(json::array({elsewhere}))})}, {"remote", {{{"type", "x"}}}}}}}}}};
    CHECK(put_json(cloud, "/v3/OS-FEDERATION/mappings/old", refused).status == 400);
    cloud.map(local({project("here"), elsewhere}), "2.0");
    CHECK(cloud.get("/v3/OS-FEDERATION/mappings/m").body["mapping"]["schema_version"] == "2.0");
    const auto first = cloud.come_in("jane");
    REQUIRE(first.status == 201);
    auto names = [&](const std::string& token) {
        std::set<std::string> found;
        const auto answer = cloud.call(http::Method::get, "/v3/auth/projects", nullptr, token);
        for (const auto& each : answer.body["projects"]) found.insert(each["name"]);
        return found;
    };
    CHECK((names(first.token) == std::set<std::string>{"elsewhere", "here"}));
    CHECK(cloud.get("/v3/projects?name=elsewhere").body["projects"][0]["domain_id"] == "default");
    cloud.map(local(json::array({project("here")})), "2.0");
    CHECK(names(cloud.come_in("jane").token).size() == 2);
    const auto before =
        cloud.rescope(first.token, {{"project", {{"name", "elsewhere"}, {"domain", {{"id", "default"}}}}}});
    REQUIRE(before.status == 201);
    cloud.map(local(json::array({project("here")})), "3.0");
    CHECK((names(cloud.come_in("jane").token) == std::set<std::string>{"here"}));
    CHECK(cloud.validate(before.token).status == 404);
}

TEST_CASE("groups of a mapping last as long as the provider says, for what outlives the token") {
    Federated cloud;
    REQUIRE(cloud.patch(kIdp, {{"identity_provider", {{"authorization_ttl", 30}}}}).status == 200);
    REQUIRE(cloud
                .put("/v3/projects/" + cloud.id_of("projects", "demo") + "/groups/" + cloud.group + "/roles/" +
                     cloud.id_of("roles", "member"))
                .status == 204);
    auto answer = cloud.come_in("jane");
    const auto user_id = answer.body["token"]["user"]["id"].get<std::string>();
    auto groups = [&] { return cloud.get("/v3/users/" + user_id + "/groups").body["groups"].size(); };
    CHECK(groups() == 1);
    auto scoped = cloud.rescope(answer.token, project_scope("demo"));
    REQUIRE(scoped.status == 201);
    auto credential = cloud.call(http::Method::post, "/v3/users/" + user_id + "/application_credentials",
                                 {{"application_credential", {{"name", "c"}, {"secret", "s"}}}}, scoped.token);
    REQUIRE(credential.status == 201);
    auto by_credential = [&] {
        return cloud.call(http::Method::post, "/v3/auth/tokens",
                          {{"auth",
                            {{"identity",
                              {{"methods", {"application_credential"}},
                               {"application_credential",
                                {{"id", credential.body["application_credential"]["id"]}, {"secret", "s"}}}}}}}});
    };
    auto token = by_credential();
    CHECK(token.status == 201);
    cloud.clock.advance(std::chrono::minutes(29));
    CHECK(cloud.validate(token.token).status == 200);
    cloud.clock.advance(std::chrono::minutes(2));
    CHECK(groups() == 0);
    CHECK(cloud.validate(token.token).status == 404);
    CHECK(by_credential().status == 401);
    CHECK(cloud.come_in("jane").status == 201);
    CHECK(by_credential().status == 201);
}

TEST_CASE("identities are given to local users through the users API, and such a user comes in as themselves") {
    Federated cloud;
    const json identity{
        {{"idp_id", "keycloak"}, {"protocols", {{{"protocol_id", "openid"}, {"unique_id", "demo-sub"}}}}}};
    const auto demo = "/v3/users/" + cloud.id_of("users", "demo");
    REQUIRE(cloud.patch(demo, {{"user", {{"federated", identity}}}}).status == 200);
    CHECK(cloud.get(demo).body["user"]["federated"] == identity);
    auto answer = cloud.come_in("demo-sub");
    REQUIRE(answer.status == 201);
    CHECK(answer.body["token"]["user"]["name"] == "demo");
    CHECK(cloud.rescope(answer.token, project_scope("demo")).status == 201);
    const json unknown{{{"idp_id", "none"}, {"protocols", {{{"protocol_id", "openid"}, {"unique_id", "x"}}}}}};
    CHECK(cloud.patch(demo, {{"user", {{"federated", unknown}}}}).status == 400);
    CHECK(cloud.post("/v3/users", {{"user", {{"name", "two"}, {"federated", identity}}}}).status == 409);
}

TEST_CASE("a mapping to a local user gives that user's own token") {
    Federated cloud;
    cloud.map({{"user", {{"name", "{0}"}, {"type", "local"}, {"domain", {{"id", "default"}}}}}});
    auto answer = cloud.come_in("demo");
    REQUIRE(answer.status == 201);
    CHECK_FALSE(answer.body["token"]["user"].contains("OS-FEDERATION"));
    CHECK(cloud.rescope(answer.token, project_scope("demo")).status == 201);
    CHECK(cloud.come_in("nobody").status == 401);
}
