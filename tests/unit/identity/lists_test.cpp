#include <catch2/catch.hpp>

#include "cloud.hpp"

using namespace cumulet;
using namespace cumulet::identity::test;
using nlohmann::json;

namespace {

const json* find_by_id(const json& list, const std::string& id) {
    for (const auto& item : list)
        if (item["id"] == id) return &item;
    return nullptr;
}

}  // namespace

TEST_CASE("a list shows each of its rows as the row shows itself") {
    Cloud cloud;
    const std::vector<std::string> names{"plain", "quo\"te", "back\\slash", "new\nline", "\u00fcml\u00e4ut \u2603",
                                         "tab\t", "a/b c"};
    for (const auto& name : names) {
        const auto user = cloud.make("users", "user",
                                     {{"name", name},
                                      {"email", name + "@example.org"},
                                      {"x\"y", {{"deep", {1, nullptr}}}},
                                      {"default_project_id", "p"},
                                      {"options", {{"lock_password", true}}}});
        const auto project = cloud.make(
            "projects", "project", {{"name", name}, {"description", name}, {"cost", 42}, {"tags", {"one", "t\"wo"}}});
        for (const auto* query : {"", "?enabled=1", "?domain_id=default"}) {
            INFO(name << query);
            const auto users = cloud.get(std::string("/v3/users") + query),
                       projects = cloud.get(std::string("/v3/projects") + query);
            REQUIRE(find_by_id(users.body["users"], user));
            CHECK(*find_by_id(users.body["users"], user) == cloud.get("/v3/users/" + user).body["user"]);
            REQUIRE(find_by_id(projects.body["projects"], project));
            CHECK(*find_by_id(projects.body["projects"], project) ==
                  cloud.get("/v3/projects/" + project).body["project"]);
        }
    }
}

TEST_CASE("a list is no longer than the configuration or the query allows, and says so") {
    Cloud cloud;
    for (const auto* name : {"a", "b", "c", "d"}) {
        const auto user = cloud.make("users", "user", {{"name", name}});
        const auto project = cloud.make("projects", "project", {{"name", name}});
        const auto role = cloud.id_of("roles", "member");
        REQUIRE(cloud.put("/v3/projects/" + project + "/users/" + user + "/roles/" + role).status == 204);
    }
    cloud.settings().list_limit = 3;
    for (const auto* plural : {"users", "projects", "role_assignments"}) {
        INFO(plural);
        const auto whole = cloud.get(std::string("/v3/") + plural);
        CHECK(whole.body[plural].size() == 3);
        CHECK(whole.body["truncated"] == true);
        CHECK(whole.body["links"]["self"] == std::string("http://identity:5000/v3/") + plural);
        const auto page = cloud.get(std::string("/v3/") + plural + "?limit=2");
        CHECK(page.body[plural].size() == 2);
        CHECK(page.body["truncated"] == true);
        CHECK(cloud.get(std::string("/v3/") + plural + "?limit=x").status == 400);
    }
    CHECK(cloud.get("/v3/users?name=d").body["users"].size() == 1);
    CHECK_FALSE(cloud.get("/v3/users?name=d").body.contains("truncated"));
}

TEST_CASE("a name without a domain is found in every domain") {
    Cloud cloud;
    const auto other = cloud.make("domains", "domain", {{"name", "other"}});
    for (const auto* plural : {"users", "projects", "groups"}) {
        INFO(plural);
        const std::string member(plural, std::string_view(plural).size() - 1), path = std::string("/v3/") + plural;
        cloud.make(plural, member, {{"name", "twin"}});
        cloud.make(plural, member, {{"name", "twin"}, {"domain_id", other}});
        cloud.make(plural, member, {{"name", "twins"}, {"domain_id", other}});
        CHECK(cloud.get(path + "?name=twin").body[plural].size() == 2);
        CHECK(cloud.get(path + "?name=twin&domain_id=" + other).body[plural].size() == 1);
        CHECK(cloud.get(path + "?name=twi").body[plural].empty());
        CHECK(cloud.get(path + "?name=").body[plural].empty());
        CHECK(cloud.get(path + "?name=twin&domain_id=nowhere").body[plural].empty());
    }
}

TEST_CASE("role assignments are shown with names that are no plain text") {
    Cloud cloud;
    const auto user = cloud.make("users", "user", {{"name", "o\"brien"}});
    const auto project = cloud.make("projects", "project", {{"name", "back\\slash"}});
    const auto role = cloud.id_of("roles", "member");
    REQUIRE(cloud.put("/v3/projects/" + project + "/users/" + user + "/roles/" + role).status == 204);
    const auto list = cloud.get("/v3/role_assignments?include_names&user.id=" + user);
    const json domain{{"id", "default"}, {"name", "Default"}};
    CHECK(list.body["role_assignments"] ==
          json::array({{{"role", {{"id", role}, {"name", "member"}}},
                        {"user", {{"id", user}, {"name", "o\"brien"}, {"domain", domain}}},
                        {"scope", {{"project", {{"id", project}, {"name", "back\\slash"}, {"domain", domain}}}}},
                        {"links",
                         {{"assignment",
                           "http://identity:5000/v3/projects/" + project + "/users/" + user + "/roles/" + role}}}}}));
}

TEST_CASE("a catalog holds names and regions that are no plain text, or none") {
    Cloud cloud;
    const auto region = cloud.make("regions", "region", {{"id", "north\"east"}});
    const auto named = cloud.make("services", "service", {{"type", "x"}, {"name", "quo\"te"}});
    const auto bare = cloud.make("services", "service", {{"type", "y"}});
    cloud.make(
        "endpoints", "endpoint",
        {{"service_id", named}, {"interface", "public"}, {"region_id", region}, {"url", "http://x/$(project_id)s"}});
    cloud.make("endpoints", "endpoint", {{"service_id", bare}, {"interface", "admin"}, {"url", "http://y\\"}});
    const auto login = cloud.login("admin", "admin", project_scope("admin"));
    const auto& catalog = login.body["token"]["catalog"];
    REQUIRE(find_by_id(catalog, named));
    REQUIRE(find_by_id(catalog, bare));
    const json &first = *find_by_id(catalog, named), &second = *find_by_id(catalog, bare);
    CHECK(first["name"] == "quo\"te");
    CHECK(first["endpoints"][0]["region"] == region);
    CHECK(first["endpoints"][0]["region_id"] == region);
    CHECK(first["endpoints"][0]["url"] == "http://x/" + cloud.id_of("projects", "admin"));
    CHECK(second["name"] == "");
    CHECK(second["endpoints"][0]["region"].is_null());
    CHECK(second["endpoints"][0]["url"] == "http://y\\");
}
