#include <catch2/catch.hpp>

#include "cloud.hpp"

using namespace cumulet;
using namespace cumulet::identity::test;
using nlohmann::json;
using M = http::Method;

TEST_CASE("limits stand on registered ones") {
    Cloud cloud;
    const auto service = cloud.id_of("services", "nova"), project = cloud.id_of("projects", "demo");
    const json registered{{"service_id", service}, {"resource_name", "cores"}, {"default_limit", 10}};
    const json limit{
        {"project_id", project}, {"service_id", service}, {"resource_name", "cores"}, {"resource_limit", 20}};
    CHECK(cloud.post("/v3/limits", {{"limits", {limit}}}).status == 403);
    auto made = cloud.post("/v3/registered_limits", {{"registered_limits", {registered}}});
    REQUIRE(made.status == 201);
    const auto id = made.body["registered_limits"][0]["id"].get<std::string>();
    CHECK(made.body["registered_limits"][0]["region_id"].is_null());
    CHECK(cloud.post("/v3/registered_limits", {{"registered_limits", {registered}}}).status == 409);
    CHECK(cloud.post("/v3/registered_limits", {{"registered_limits", json::array()}}).status == 400);
    auto set = cloud.post("/v3/limits", {{"limits", {limit}}});
    REQUIRE(set.status == 201);
    const auto path = "/v3/limits/" + set.body["limits"][0]["id"].get<std::string>();
    CHECK(cloud.post("/v3/limits", {{"limits", {limit}}}).status == 409);
    CHECK(cloud.del("/v3/registered_limits/" + id).status == 403);
    CHECK(cloud.patch("/v3/registered_limits/" + id, {{"registered_limit", {{"resource_name", "x"}}}}).status == 403);
    CHECK(cloud.patch("/v3/registered_limits/" + id, {{"registered_limit", {{"default_limit", 11}}}}).status == 200);
    CHECK(cloud.patch(path, {{"limit", {{"resource_limit", 30}}}}).body["limit"]["resource_limit"] == 30);
    const auto demo = cloud.token_for("demo", project_scope("demo"));
    CHECK(cloud.call(M::get, path, nullptr, demo).status == 200);
    CHECK(cloud.call(M::get, "/v3/limits", nullptr, demo).body["limits"].size() == 1);
    CHECK(cloud.get("/v3/limits").body["limits"].size() == 1);  // administrators see all
    CHECK(cloud.call(M::get, "/v3/limits", nullptr, cloud.token_for("nova", project_scope("service")))
              .body["limits"]
              .size() == 1);
    CHECK(cloud.get("/v3/limits/model").body["model"]["name"] == "flat");
    CHECK(cloud.del("/v3/projects/" + project).status == 204);
    CHECK(cloud.get(path).status == 404);
    CHECK(cloud.del("/v3/registered_limits/" + id).status == 204);
}

TEST_CASE("a project tied to endpoints sees no others in its catalog") {
    Cloud cloud;
    const auto project = cloud.id_of("projects", "demo"), service = cloud.id_of("services", "nova");
    const auto token = cloud.token_for("demo", project_scope("demo"));
    auto services = [&] { return cloud.validate(token).body["token"]["catalog"].size(); };
    REQUIRE(services() == 2);
    const auto endpoint =
        cloud.get("/v3/endpoints?interface=public&service_id=" + service).body["endpoints"][0]["id"].get<std::string>();
    REQUIRE(cloud.put("/v3/OS-EP-FILTER/projects/" + project + "/endpoints/" + endpoint).status == 204);
    CHECK(services() == 1);
    CHECK(cloud.validate(token).body["token"]["catalog"][0]["endpoints"].size() == 1);
    CHECK(cloud.get("/v3/OS-EP-FILTER/endpoints/" + endpoint + "/projects").body["projects"].size() == 1);
    const auto group = cloud.make("OS-EP-FILTER/endpoint_groups", "endpoint_group",
                                  {{"name", "g"}, {"filters", {{"interface", "internal"}}}});
    CHECK(cloud
              .post("/v3/OS-EP-FILTER/endpoint_groups",
                    {{"endpoint_group", {{"name", "g"}, {"filters", {{"colour", "red"}}}}}})
              .status == 400);
    CHECK(cloud.get("/v3/OS-EP-FILTER/endpoint_groups/" + group + "/endpoints").body["endpoints"].size() == 2);
    REQUIRE(cloud.put("/v3/OS-EP-FILTER/endpoint_groups/" + group + "/projects/" + project).status == 204);
    CHECK(services() == 2);
    CHECK(cloud.get("/v3/OS-EP-FILTER/projects/" + project + "/endpoints").body["endpoints"].size() == 3);
    CHECK(cloud.del("/v3/OS-EP-FILTER/endpoint_groups/" + group).status == 204);
    CHECK(cloud.del("/v3/OS-EP-FILTER/projects/" + project + "/endpoints/" + endpoint).status == 204);
    CHECK(services() == 2);
    CHECK(cloud.validate(token).body["token"]["catalog"][0]["endpoints"].size() == 3);
}
