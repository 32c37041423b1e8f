#include "nova.hpp"

using namespace cumulet;
using namespace cumulet::compute::servers::test;
using nlohmann::json;

namespace {
json tiny(const std::string& name = "m1.tiny", const std::string& id = "1") {
    return {{"flavor", {{"name", name}, {"id", id}, {"ram", 512}, {"vcpus", 1}, {"disk", 1}}}};
}
}  // namespace

TEST_CASE("every endpoint of Nova has policy, schema, summary and handler") {
    const auto problems = api::table_problems(compute::servers::nova_tables());
    for (const auto& problem : problems) UNSCOPED_INFO(problem);
    CHECK(problems.empty());
}

TEST_CASE("administrators make flavors, users see them") {
    Nova nova;
    REQUIRE(nova.post("/v2.1/flavors", tiny(), "admin").status == 200);
    auto shown = nova.get("/v2.1/flavors/1");
    REQUIRE(shown.status == 200);
    CHECK(shown.body["flavor"]["ram"] == 512);
    CHECK(shown.body["flavor"]["swap"] == "");
    CHECK(shown.body["flavor"]["links"][0]["href"] == "http://cloud:8774/v2.1/flavors/1");
    CHECK(nova.get("/v2.1/flavors/1", "demo", "2.75").body["flavor"]["swap"] == 0);
    CHECK(nova.get("/v2.1/flavors/detail").body["flavors"].size() == 1);
}

TEST_CASE("a flavor is refused to users, twice, and without sense") {
    Nova nova;
    CHECK(nova.post("/v2.1/flavors", tiny()).status == 403);
    REQUIRE(nova.post("/v2.1/flavors", tiny(), "admin").status == 200);
    CHECK(nova.post("/v2.1/flavors", tiny("another"), "admin").status == 409);
    CHECK(nova.post("/v2.1/flavors", tiny("m1.tiny", "2"), "admin").status == 409);
    auto broken = tiny("b", "3");
    broken["flavor"]["ram"] = 0;
    CHECK(nova.post("/v2.1/flavors", broken, "admin").status == 400);
    broken = tiny("b", "3");
    broken["flavor"]["colour"] = "red";
    auto refused = nova.post("/v2.1/flavors", broken, "admin");
    CHECK(refused.status == 400);
    CHECK(refused.body["badRequest"]["message"].get<std::string>().find("colour") != std::string::npos);
    CHECK(nova.get("/v2.1/flavors").body["flavors"].size() == 1);
}

TEST_CASE("a private flavor is there only for projects that were given it") {
    Nova nova;
    auto hidden = tiny("hidden", "h");
    hidden["flavor"]["os-flavor-access:is_public"] = false;
    REQUIRE(nova.post("/v2.1/flavors", hidden, "admin").status == 200);
    CHECK(nova.get("/v2.1/flavors/h").status == 404);
    REQUIRE(nova.post("/v2.1/flavors/h/action", {{"addTenantAccess", {{"tenant", "demo-id"}}}}, "admin").status == 200);
    CHECK(nova.get("/v2.1/flavors/h").status == 200);
    CHECK(nova.get("/v2.1/flavors/h", "other").status == 404);
    CHECK(nova.get("/v2.1/flavors?is_public=None", "admin").body["flavors"].size() == 1);
    CHECK(nova.get("/v2.1/flavors", "admin").body["flavors"].empty());
}

TEST_CASE("extra specs are set, shown and removed") {
    Nova nova;
    REQUIRE(nova.post("/v2.1/flavors", tiny(), "admin").status == 200);
    const std::string specs = "/v2.1/flavors/1/os-extra_specs";
    REQUIRE(nova.post(specs, {{"extra_specs", {{"hw:cpu_policy", "shared"}}}}, "admin").status == 200);
    CHECK(nova.get(specs + "/hw:cpu_policy").body["hw:cpu_policy"] == "shared");
    CHECK(nova.call(http::Method::del, specs + "/hw:cpu_policy", nullptr, "admin").status == 200);
    CHECK(nova.get(specs + "/hw:cpu_policy").status == 404);
}

TEST_CASE("pages of flavors follow on each other") {
    Nova nova;
    for (int i = 0; i < 5; ++i)
        REQUIRE(nova.post("/v2.1/flavors", tiny("f" + std::to_string(i), std::to_string(i)), "admin").status == 200);
    auto first = nova.get("/v2.1/flavors?limit=2");
    REQUIRE(first.body["flavors"].size() == 2);
    REQUIRE(first.body.contains("flavors_links"));
    auto second = nova.get("/v2.1/flavors?limit=2&marker=" + first.body["flavors"][1]["id"].get<std::string>());
    CHECK(second.body["flavors"][0]["id"] == "2");
    CHECK(nova.get("/v2.1/flavors?marker=nope").status == 400);
    CHECK(nova.get("/v2.1/flavors?limit=-1").status == 400);
}
