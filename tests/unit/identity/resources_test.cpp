#include <catch2/catch.hpp>

#include "cloud.hpp"

using namespace cumulet;
using namespace cumulet::identity::test;
using nlohmann::json;
using M = http::Method;

TEST_CASE("users are created, found, changed and deleted") {
    Cloud cloud;
    auto made = cloud.post("/v3/users", {{"user", {{"name", "alice"}, {"password", "x"}, {"email", "a@example.org"}}}});
    REQUIRE(made.status == 201);
    const json user = made.body["user"];
    const auto id = user["id"].get<std::string>();
    CHECK(id.size() == 32);
    CHECK(user["domain_id"] == "default");
    CHECK(user["enabled"] == true);
    CHECK(user["email"] == "a@example.org");
    CHECK(user["options"] == json::object());
    CHECK(user["links"]["self"] == "http://identity:5000/v3/users/" + id);
    CHECK_FALSE(user.contains("password"));
    CHECK(cloud.get("/v3/users/" + id).body["user"] == user);
    CHECK(cloud.get("/v3/users?name=alice").body["users"] == json::array({user}));
    CHECK(cloud.get("/v3/users?name__icontains=LIC").body["users"].size() == 1);
    CHECK(cloud.get("/v3/users?name__startswith=b").body["users"].empty());
    CHECK(cloud.get("/v3/users?enabled=0").body["users"].empty());
    CHECK(cloud.get("/v3/users?domain_id=other").body["users"].empty());
    auto list = cloud.get("/v3/users?limit=2");
    CHECK(list.body["users"].size() == 2);
    CHECK(list.body["truncated"] == true);
    CHECK(list.body["links"]["self"] == "http://identity:5000/v3/users?limit=2");

    auto same = cloud.post("/v3/users", {{"user", {{"name", "alice"}}}});
    CHECK(same.status == 409);
    CHECK(same.message() ==
          "Conflict occurred attempting to store user - Duplicate entry found with name alice at domain ID default.");
    auto changed = cloud.patch("/v3/users/" + id, {{"user", {{"name", "bob"}, {"phone", "1"}}}});
    CHECK(changed.body["user"]["name"] == "bob");
    CHECK(changed.body["user"]["email"] == "a@example.org");
    CHECK(changed.body["user"]["phone"] == "1");
    CHECK(cloud.patch("/v3/users/" + id, {{"user", {{"name", "demo"}}}}).status == 409);
    CHECK(cloud.del("/v3/users/" + id).status == 204);
    auto gone = cloud.get("/v3/users/" + id);
    CHECK(gone.status == 404);
    CHECK(gone.message() == "Could not find user: " + id + ".");
    CHECK(gone.body["error"] == json{{"code", 404}, {"message", gone.message()}, {"title", "Not Found"}});
}

TEST_CASE("malformed users are refused") {
    Cloud cloud;
    auto refused = [&](const json& user) { return cloud.post("/v3/users", {{"user", user}}).status == 400; };
    CHECK(refused(json::object()));
    CHECK(refused({{"name", ""}}));
    CHECK(refused({{"name", "   "}}));
    CHECK(refused({{"name", std::string(256, 'x')}}));
    CHECK(refused({{"name", 1}}));
    CHECK(refused({{"name", "x"}, {"enabled", "yes"}}));
    CHECK(refused({{"name", "x"}, {"password", std::string(5000, 'x')}}));
    CHECK(cloud.post("/v3/users", {{"user", {{"name", "x"}, {"domain_id", "nowhere"}}}}).status == 404);
}

TEST_CASE("projects form trees within a domain") {
    Cloud cloud;
    const auto a = cloud.make("projects", "project", {{"name", "a"}});
    const auto b = cloud.make("projects", "project", {{"name", "b"}, {"parent_id", a}});
    const auto c = cloud.make("projects", "project", {{"name", "c"}, {"parent_id", b}});
    auto shown = cloud.get("/v3/projects/" + c + "?parents_as_ids").body["project"];
    CHECK(shown["parents"] == json{{b, {{a, {{"default", nullptr}}}}}});
    CHECK(cloud.get("/v3/projects/" + a + "?subtree_as_ids").body["project"]["subtree"] == json{{b, {{c, nullptr}}}});
    CHECK(cloud.get("/v3/projects/" + c + "?parents_as_list").body["project"]["parents"].size() == 3);
    CHECK(cloud.get("/v3/projects?parent_id=" + a).body["projects"].size() == 1);
    CHECK(cloud.del("/v3/projects/" + a).status == 403);
    CHECK(cloud.patch("/v3/projects/" + a, {{"project", {{"enabled", false}}}}).status == 403);
    CHECK(cloud.patch("/v3/projects/" + c, {{"project", {{"parent_id", a}}}}).status == 403);
    CHECK(cloud.patch("/v3/projects/" + c, {{"project", {{"enabled", false}}}}).status == 200);
    CHECK(cloud.post("/v3/projects", {{"project", {{"name", "d"}, {"parent_id", c}}}}).status == 400);
    CHECK(cloud.post("/v3/projects", {{"project", {{"name", "a"}}}}).status == 409);
    CHECK(cloud.post("/v3/projects", {{"project", {{"name", std::string(65, 'x')}}}}).status == 400);
    SECTION("no deeper than five levels") {
        auto parent = b;
        for (int level = 3; level <= 5; ++level)
            parent =
                cloud.make("projects", "project", {{"name", "level" + std::to_string(level)}, {"parent_id", parent}});
        CHECK(cloud.post("/v3/projects", {{"project", {{"name", "six"}, {"parent_id", parent}}}}).status == 403);
    }
}

TEST_CASE("a tree of projects is disabled, enabled and deleted as one") {
    Cloud cloud;
    const auto a = cloud.make("projects", "project", {{"name", "a"}});
    const auto b = cloud.make("projects", "project", {{"name", "b"}, {"parent_id", a}});
    const auto c = cloud.make("projects", "project", {{"name", "c"}, {"parent_id", b}});
    const auto tree = "/v3/projects/" + a + "/cascade";
    const auto enabled = [&](const std::string& id) {
        return cloud.get("/v3/projects/" + id).body["project"]["enabled"].get<bool>();
    };
    CHECK(cloud.del(tree).status == 403);
    CHECK(cloud.patch(tree, {{"project", {{"enabled", false}, {"name", "x"}}}}).status == 400);
    CHECK(cloud.patch(tree, {{"project", {{"enabled", false}}}}).body["project"]["enabled"] == false);
    CHECK_FALSE((enabled(a) || enabled(b) || enabled(c)));
    CHECK(cloud.patch("/v3/projects/" + c, {{"project", {{"enabled", true}}}}).status == 403);
    CHECK(cloud.patch(tree, {{"project", {{"enabled", true}}}}).status == 200);
    CHECK((enabled(a) && enabled(b) && enabled(c)));
    REQUIRE(cloud.patch(tree, {{"project", {{"enabled", false}}}}).status == 200);
    CHECK(cloud.del(tree).status == 204);
    for (const auto& id : {a, b, c}) CHECK(cloud.get("/v3/projects/" + id).status == 404);
}

TEST_CASE("what is immutable is not changed or deleted until it is no longer") {
    Cloud cloud;
    const json pinned{{"immutable", true}};
    const auto domain = cloud.make("domains", "domain", {{"name", "d"}, {"enabled", false}, {"options", pinned}});
    const auto project = cloud.make("projects", "project", {{"name", "p"}, {"options", pinned}});
    const auto role = cloud.make("roles", "role", {{"name", "r"}, {"options", pinned}});
    for (const auto& [collection, member, id] :
         {std::tuple{"domains", "domain", domain}, std::tuple{"projects", "project", project},
          std::tuple{"roles", "role", role}}) {
        CAPTURE(collection);
        const auto path = fmt::format("/v3/{}/{}", collection, id);
        CHECK(cloud.patch(path, {{member, {{"description", "x"}}}}).status == 403);
        CHECK(cloud.patch(path, {{member, {{"options", {{"immutable", true}}}}}}).status == 403);
        CHECK(cloud.del(path).status == 403);
        CHECK(cloud.get(path).body[member]["options"] == pinned);
    }
    const auto path = "/v3/projects/" + project;
    CHECK(cloud.put(path + "/tags/x").status == 403);
    CHECK(cloud.del(path + "/tags").status == 403);
    CHECK(cloud.patch(path, {{"project", {{"options", {{"immutable", nullptr}}}, {"name", "q"}}}}).status == 200);
    CHECK(cloud.put(path + "/tags/x").status == 201);
    CHECK(cloud.del(path).status == 204);
}

TEST_CASE("projects have tags, and are found by them") {
    Cloud cloud;
    const auto id = cloud.make("projects", "project", {{"name", "a"}, {"tags", {"x", "y"}}});
    cloud.make("projects", "project", {{"name", "b"}, {"tags", {"y"}}});
    auto found = [&](const std::string& query) { return cloud.get("/v3/projects?" + query).body["projects"].size(); };
    CHECK(found("tags=x,y") == 1);
    CHECK(found("tags-any=x,y") == 2);
    CHECK(found("not-tags-any=y") == 3);
    CHECK(cloud.put("/v3/projects/" + id + "/tags/z").status == 201);
    CHECK(cloud.get("/v3/projects/" + id + "/tags/z").status == 204);
    CHECK(cloud.del("/v3/projects/" + id + "/tags/z").status == 204);
    CHECK(cloud.get("/v3/projects/" + id + "/tags/z").status == 404);
    CHECK(cloud.get("/v3/projects/" + id + "/tags").body["tags"] == json{"x", "y"});
    CHECK(cloud.del("/v3/projects/" + id + "/tags").status == 204);
    CHECK(cloud.get("/v3/projects/" + id + "/tags").body["tags"] == json::array());
}

TEST_CASE("a domain goes with everything in it, once it is disabled") {
    Cloud cloud;
    const auto domain = cloud.make("domains", "domain", {{"name", "d"}});
    const auto project = cloud.make("projects", "project", {{"name", "p"}, {"domain_id", domain}});
    const auto user = cloud.make("users", "user", {{"name", "u"}, {"domain_id", domain}, {"password", "u"}});
    const auto group = cloud.make("groups", "group", {{"name", "g"}, {"domain_id", domain}});
    const auto role = cloud.make("roles", "role", {{"name", "r"}, {"domain_id", domain}});
    REQUIRE(
        cloud.put("/v3/projects/" + project + "/users/" + user + "/roles/" + cloud.id_of("roles", "reader")).status ==
        204);
    CHECK(cloud.post("/v3/domains", {{"domain", {{"name", "d"}}}}).status == 409);
    CHECK(cloud.get("/v3/projects?is_domain=true").body["projects"].size() == 2);
    CHECK(cloud.del("/v3/domains/" + domain).status == 403);
    CHECK(cloud.patch("/v3/domains/" + domain, {{"domain", {{"enabled", false}}}}).status == 200);
    CHECK(cloud.del("/v3/domains/" + domain).status == 204);
    for (const auto& path :
         {"domains/" + domain, "projects/" + project, "users/" + user, "groups/" + group, "roles/" + role})
        CHECK(cloud.get("/v3/" + path).status == 404);
    const auto assignments = cloud.get("/v3/role_assignments").body;
    for (const auto& each : assignments.at("role_assignments")) CHECK(each["user"]["id"] != user);
    CHECK(cloud.del("/v3/domains/default").status == 403);
}

TEST_CASE("the catalog is kept: services, endpoints, regions") {
    Cloud cloud;
    const auto service = cloud.make("services", "service", {{"type", "t"}, {"name", "n"}});
    CHECK(cloud
              .post("/v3/endpoints",
                    {{"endpoint", {{"interface", "public"}, {"service_id", "none"}, {"url", "http://x"}}}})
              .status == 400);
    CHECK(cloud
              .post("/v3/endpoints",
                    {{"endpoint", {{"interface", "outer"}, {"service_id", service}, {"url", "http://x"}}}})
              .status == 400);
    CHECK(cloud
              .post("/v3/endpoints",
                    {{"endpoint", {{"interface", "public"}, {"service_id", service}, {"url", "http://x/$(nothing)s"}}}})
              .status == 400);
    const auto endpoint =
        cloud.make("endpoints", "endpoint",
                   {{"interface", "public"}, {"service_id", service}, {"url", "http://x"}, {"region", "here"}});
    CHECK(cloud.get("/v3/endpoints/" + endpoint).body["endpoint"]["region_id"] == "here");
    CHECK(cloud.get("/v3/regions/here").status == 200);
    CHECK(cloud.del("/v3/regions/here").status == 403);
    CHECK(cloud.get("/v3/endpoints?interface=public&service_id=" + service).body["endpoints"].size() == 1);
    CHECK(cloud.del("/v3/services/" + service).status == 204);
    CHECK(cloud.get("/v3/endpoints/" + endpoint).status == 404);
    CHECK(cloud.del("/v3/regions/here").status == 204);
    REQUIRE(cloud.post("/v3/regions", {{"region", {{"id", "a"}}}}).status == 201);
    REQUIRE(cloud.post("/v3/regions", {{"region", {{"id", "b"}, {"parent_region_id", "a"}}}}).status == 201);
    CHECK(cloud.post("/v3/regions", {{"region", {{"id", "a"}}}}).status == 409);
    CHECK(cloud.patch("/v3/regions/a", {{"region", {{"parent_region_id", "b"}}}}).status == 400);
}

TEST_CASE("secrets are nowhere in the store in clear") {
    Cloud cloud;
    const std::string secret = "a-very-recognisable-secret";
    cloud.make("users", "user", {{"name", "u"}, {"password", secret}});
    cloud.make("credentials", "credential",
               {{"user_id", cloud.id_of("users", "demo")}, {"type", "totp"}, {"blob", secret}});
    auto made = cloud.post("/v3/users/" + cloud.id_of("users", "admin") + "/application_credentials",
                           {{"application_credential", {{"name", "a"}, {"secret", secret}}}});
    REQUIRE(made.status == 201);
    CHECK(made.body["application_credential"]["secret"] == secret);
    for (const auto& entry : cloud.engine->read_log(0, 10'000)) CHECK(entry.bytes.find(secret) == std::string::npos);
    cloud.engine->snapshot()->scan({}, [&](std::string_view, std::string_view bytes, store::Revision) {
        CHECK(bytes.find(secret) == std::string_view::npos);
        return true;
    });
}
