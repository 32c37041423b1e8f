#include <catch2/catch.hpp>

#include "cloud.hpp"

using namespace cumulet;
using namespace cumulet::identity::test;
using nlohmann::json;
using M = http::Method;

namespace {

std::set<std::string> roles_in(const Answer& token) {
    std::set<std::string> names;
    for (const auto& role : token.body["token"]["roles"]) names.insert(role["name"].get<std::string>());
    return names;
}
using Roles = std::set<std::string>;

}  // namespace

TEST_CASE("roles imply others over several steps, in both directions only once") {
    Cloud cloud;
    const auto a = cloud.make("roles", "role", {{"name", "a"}}), b = cloud.make("roles", "role", {{"name", "b"}}),
               c = cloud.make("roles", "role", {{"name", "c"}});
    auto imply = [&](const std::string& prior, const std::string& implied) {
        return cloud.put("/v3/roles/" + prior + "/implies/" + implied).status;
    };
    CHECK(imply(a, b) == 201);
    CHECK(imply(b, c) == 201);
    CHECK(imply(c, a) == 201);
    CHECK(imply(a, cloud.id_of("roles", "admin")) == 403);
    REQUIRE(cloud
                .put("/v3/projects/" + cloud.id_of("projects", "demo") + "/users/" + cloud.id_of("users", "demo") +
                     "/roles/" + b)
                .status == 204);
    CHECK((roles_in(cloud.login("demo", "demo", project_scope("demo"))) == Roles{"a", "b", "c", "member", "reader"}));
    CHECK(cloud.get("/v3/roles/" + a + "/implies").body["role_inference"]["implies"][0]["name"] == "b");
    CHECK(cloud.call(M::head, "/v3/roles/" + a + "/implies/" + b, nullptr, cloud.admin_token()).status == 204);
    CHECK(cloud.get("/v3/roles/" + a + "/implies/" + c).status == 404);
    CHECK(cloud.get("/v3/role_inferences").body["role_inferences"].size() == 6);
    CHECK(cloud.del("/v3/roles/" + b + "/implies/" + c).status == 204);
    CHECK((roles_in(cloud.login("demo", "demo", project_scope("demo"))) == Roles{"b", "member", "reader"}));
}

TEST_CASE("a role of a domain stays in it and shows only as what it implies") {
    Cloud cloud;
    const auto domain = cloud.make("domains", "domain", {{"name", "d"}});
    const auto role = cloud.make("roles", "role", {{"name", "local"}, {"domain_id", domain}});
    const auto project = cloud.make("projects", "project", {{"name", "p"}, {"domain_id", domain}});
    const auto user = cloud.id_of("users", "demo");
    CHECK(cloud.get("/v3/roles?name=local").body["roles"].empty());
    CHECK(cloud.get("/v3/roles?domain_id=" + domain).body["roles"].size() == 1);
    CHECK(cloud.put("/v3/projects/" + cloud.id_of("projects", "demo") + "/users/" + user + "/roles/" + role).status ==
          403);
    REQUIRE(cloud.put("/v3/projects/" + project + "/users/" + user + "/roles/" + role).status == 204);
    REQUIRE(cloud.put("/v3/roles/" + role + "/implies/" + cloud.id_of("roles", "reader")).status == 201);
    CHECK((roles_in(cloud.login("demo", "demo", {{"project", {{"id", project}}}})) == Roles{"reader"}));
}

TEST_CASE("inherited roles hold below, not on what they were given on") {
    Cloud cloud;
    const auto user = cloud.id_of("users", "demo"), role = cloud.make("roles", "role", {{"name", "inherited"}});
    const auto parent = cloud.make("projects", "project", {{"name", "parent"}}),
               child = cloud.make("projects", "project", {{"name", "child"}, {"parent_id", parent}});
    SECTION("on a project") {
        const auto path =
            "/v3/OS-INHERIT/projects/" + parent + "/users/" + user + "/roles/" + role + "/inherited_to_projects";
        REQUIRE(cloud.put(path).status == 204);
        CHECK(cloud.call(M::head, path, nullptr, cloud.admin_token()).status == 204);
        CHECK(cloud.login("demo", "demo", project_scope("parent")).status == 401);
        CHECK((roles_in(cloud.login("demo", "demo", project_scope("child"))) == Roles{"inherited"}));
        auto list = cloud.get("/v3/role_assignments?effective&scope.project.id=" + child + "&user.id=" + user);
        REQUIRE(list.body["role_assignments"].size() == 1);
        CHECK(list.body["role_assignments"][0]["scope"]["OS-INHERIT:inherited_to"] == "projects");
        CHECK(cloud.del(path).status == 204);
        CHECK(cloud.login("demo", "demo", project_scope("child")).status == 401);
    }
    SECTION("on the domain") {
        REQUIRE(cloud.put("/v3/OS-INHERIT/domains/default/users/" + user + "/roles/" + role + "/inherited_to_projects")
                    .status == 204);
        CHECK(cloud.get("/v3/OS-INHERIT/domains/default/users/" + user + "/roles/inherited_to_projects")
                  .body["roles"]
                  .size() == 1);
        CHECK(cloud.login("demo", "demo", {{"domain", {{"id", "default"}}}}).status == 401);
        CHECK((roles_in(cloud.login("demo", "demo", project_scope("child"))) == Roles{"inherited"}));
        CHECK((roles_in(cloud.login("demo", "demo", project_scope("demo"))) == Roles{"inherited", "member", "reader"}));
    }
}

TEST_CASE("grants are given once, checked, listed and taken once") {
    Cloud cloud;
    const auto user = cloud.id_of("users", "demo"), role = cloud.id_of("roles", "reader"),
               project = cloud.id_of("projects", "admin");
    const std::string place = GENERATE(as<std::string>{}, "projects", "domains", "system");
    const auto base =
        place == "system" ? "/v3/system" : "/v3/" + place + "/" + (place == "projects" ? project : "default");
    const auto path = base + "/users/" + user + "/roles";
    CHECK(cloud.get(path + "/" + role).status == 404);
    CHECK(cloud.put(path + "/" + role).status == 204);
    CHECK(cloud.put(path + "/" + role).status == 204);
    CHECK(cloud.get(path + "/" + role).status == 204);
    CHECK(cloud.get(path).body["roles"].size() == 1);
    CHECK(cloud.del(path + "/" + role).status == 204);
    CHECK(cloud.del(path + "/" + role).status == 404);
    CHECK(cloud.put(path + "/none").message() == "Could not find role: none.");
    CHECK(cloud.put(base + "/users/none/roles/" + role).message() == "Could not find user: none.");
}

TEST_CASE("role assignments are listed as made and as they take effect") {
    Cloud cloud;
    const auto user = cloud.id_of("users", "demo"), project = cloud.id_of("projects", "demo");
    const auto group = cloud.make("groups", "group", {{"name", "g"}});
    REQUIRE(cloud.put("/v3/groups/" + group + "/users/" + user).status == 204);
    REQUIRE(
        cloud.put("/v3/projects/" + project + "/groups/" + group + "/roles/" + cloud.id_of("roles", "reader")).status ==
        204);
    auto count = [&](const std::string& query) {
        return cloud.get("/v3/role_assignments?" + query).body["role_assignments"].size();
    };
    CHECK(count("user.id=" + user) == 1);
    CHECK(count("group.id=" + group) == 1);
    CHECK(count("scope.project.id=" + project) == 2);
    // member, reader implied by it, and reader by way of the group.
    CHECK(count("effective&user.id=" + user) == 3);
    CHECK(count("scope.system=all") == 1);
    auto named = cloud.get("/v3/role_assignments?include_names&group.id=" + group).body["role_assignments"][0];
    CHECK(named["group"]["name"] == "g");
    CHECK(named["scope"]["project"]["domain"]["name"] == "Default");
    CHECK(named["role"]["name"] == "reader");
    CHECK(cloud.get("/v3/role_assignments?user.id=a&group.id=b").status == 400);
    CHECK(cloud.get("/v3/role_assignments?effective&group.id=b").status == 400);
    CHECK(cloud.get("/v3/role_assignments?include_subtree").status == 400);
}
