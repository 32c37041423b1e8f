#include <catch2/catch.hpp>

#include "cloud.hpp"

using namespace cumulet;
using namespace cumulet::identity::test;
using nlohmann::json;
using M = http::Method;

namespace {

struct Tied : Cloud {
    const std::string service = make("services", "service", {{"type", "t"}});
    const std::string above = make("regions", "region", {{"id", "above"}});
    const std::string below = make("regions", "region", {{"id", "below"}, {"parent_region_id", "above"}});
    const std::string endpoint =
        make("endpoints", "endpoint",
             {{"service_id", service}, {"interface", "public"}, {"url", "http://x"}, {"region_id", "below"}});
    const std::string far =
        make("endpoints", "endpoint", {{"service_id", service}, {"interface", "public"}, {"url", "http://y"}});

    std::string policy(const std::string& name) { return make("policies", "policy", {{"type", name}, {"blob", "{}"}}); }
    static std::string path(const std::string& policy, const std::string& rest) {
        return "/v3/policies/" + policy + "/OS-ENDPOINT-POLICY/" + rest;
    }
    std::string of(const std::string& id) {
        auto shown = get("/v3/endpoints/" + id + "/OS-ENDPOINT-POLICY/policy");
        return shown.status == 200 ? shown.body["policy"]["type"].get<std::string>() : "none";
    }
    std::size_t count(const std::string& id) { return get(path(id, "endpoints")).body["endpoints"].size(); }
};

}  // namespace

TEST_CASE("the nearest policy is for an endpoint") {
    Tied cloud;
    CHECK(cloud.of(cloud.endpoint) == "none");
    const auto wide = cloud.policy("wide"), regional = cloud.policy("regional"), own = cloud.policy("own");
    CHECK(cloud.put(cloud.path(wide, "services/" + cloud.service)).status == 204);
    CHECK(cloud.of(cloud.endpoint) == "wide");
    CHECK(cloud.put(cloud.path(regional, "services/" + cloud.service + "/regions/above")).status == 204);
    CHECK(cloud.of(cloud.endpoint) == "regional");
    CHECK(cloud.of(cloud.far) == "wide");
    CHECK(cloud.put(cloud.path(own, "endpoints/" + cloud.endpoint)).status == 204);
    CHECK(cloud.of(cloud.endpoint) == "own");
    CHECK(cloud.count(wide) == 2);
    CHECK(cloud.count(regional) == 1);
    CHECK(cloud.count(own) == 1);
    CHECK(cloud.get(cloud.path(own, "endpoints/" + cloud.endpoint)).status == 204);
    CHECK(cloud.get(cloud.path(wide, "endpoints/" + cloud.endpoint)).status == 404);
    SECTION("untied") {
        CHECK(cloud.del(cloud.path(own, "endpoints/" + cloud.endpoint)).status == 204);
        CHECK(cloud.del(cloud.path(own, "endpoints/" + cloud.endpoint)).status == 404);
        CHECK(cloud.of(cloud.endpoint) == "regional");
    }
    SECTION("deleted") {
        CHECK(cloud.del("/v3/policies/" + regional).status == 204);
        CHECK(cloud.del("/v3/policies/" + own).status == 204);
        CHECK(cloud.of(cloud.endpoint) == "wide");
        CHECK(cloud.del("/v3/services/" + cloud.service).status == 204);
        CHECK(cloud.count(wide) == 0);
    }
}

TEST_CASE("certificates of PKI tokens are gone") {
    Tied cloud;
    CHECK(cloud.call(M::get, "/v3/OS-SIMPLE-CERT/ca").status == 410);
    CHECK(cloud.call(M::get, "/v3/OS-SIMPLE-CERT/certificates").status == 410);
}

TEST_CASE("limits of two levels hold against each other") {
    Tied cloud;
    cloud.settings().two_level_limits = true;
    CHECK(cloud.get("/v3/limits/model").body["model"]["name"] == "strict_two_level");
    const auto domain = cloud.make("domains", "domain", {{"name", "d"}});
    const auto project = cloud.make("projects", "project", {{"name", "p"}, {"domain_id", domain}});
    CHECK(cloud.post("/v3/projects", {{"project", {{"name", "q"}, {"parent_id", project}}}}).status == 403);
    REQUIRE(cloud
                .post("/v3/registered_limits",
                      {{"registered_limits",
                        {{{"service_id", cloud.service}, {"resource_name", "r"}, {"default_limit", 10}}}}})
                .status == 201);
    auto limit = [&](const std::string& kind, const std::string& id, int value) {
        return cloud.post(
            "/v3/limits",
            {{"limits",
              {{{kind, id}, {"service_id", cloud.service}, {"resource_name", "r"}, {"resource_limit", value}}}}});
    };
    CHECK(limit("project_id", project, 11).status == 403);
    auto domain_limit = limit("domain_id", domain, 20);
    REQUIRE(domain_limit.status == 201);
    CHECK(limit("project_id", project, 21).status == 403);
    auto project_limit = limit("project_id", project, 15);
    REQUIRE(project_limit.status == 201);
    auto set = [&](const Answer& made, int value) {
        return cloud
            .patch("/v3/limits/" + made.body["limits"][0]["id"].get<std::string>(),
                   {{"limit", {{"resource_limit", value}}}})
            .status;
    };
    CHECK(set(domain_limit, 14) == 403);
    CHECK(set(domain_limit, 15) == 200);
    CHECK(set(project_limit, 16) == 403);
    // In one request, the lower one first.
    const auto other = cloud.make("domains", "domain", {{"name", "e"}});
    const auto below = cloud.make("projects", "project", {{"name", "p"}, {"domain_id", other}});
    auto both = [&](int lower, int upper) {
        const json resource{{"service_id", cloud.service}, {"resource_name", "r"}};
        json first = resource, second = resource;
        first.update({{"project_id", below}, {"resource_limit", lower}});
        second.update({{"domain_id", other}, {"resource_limit", upper}});
        return cloud.post("/v3/limits", {{"limits", {first, second}}}).status;
    };
    CHECK(both(31, 30) == 403);
    CHECK(cloud.get("/v3/limits?domain_id=" + other).body["limits"].empty());
    CHECK(both(30, 30) == 201);
}
