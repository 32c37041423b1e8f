#include "nova.hpp"

using namespace cumulet;
using namespace cumulet::compute::servers::test;

TEST_CASE("limits of a project are set by administrators and shown to the project") {
    Nova nova;
    CHECK(nova.get("/v2.1/os-quota-sets/demo-id").body["quota_set"]["instances"] == 10);
    CHECK(nova.call(http::Method::put, "/v2.1/os-quota-sets/demo-id", {{"quota_set", {{"instances", 3}}}}).status ==
          403);
    REQUIRE(nova.call(http::Method::put, "/v2.1/os-quota-sets/demo-id", {{"quota_set", {{"instances", 3}}}}, "admin")
                .status == 200);
    CHECK(nova.get("/v2.1/os-quota-sets/demo-id").body["quota_set"]["instances"] == 3);
    CHECK(nova.get("/v2.1/os-quota-sets/demo-id", "other").status == 403);
    CHECK(nova.get("/v2.1/limits").body["limits"]["absolute"]["maxTotalInstances"] == 3);
    REQUIRE(nova.call(http::Method::del, "/v2.1/os-quota-sets/demo-id", nullptr, "admin").status == 202);
    CHECK(nova.get("/v2.1/os-quota-sets/demo-id").body["quota_set"]["instances"] == 10);
}

TEST_CASE("new defaults reach every project without limits of its own") {
    Nova nova;
    REQUIRE(nova.call(http::Method::put, "/v2.1/os-quota-class-sets/default", {{"quota_class_set", {{"cores", 99}}}},
                      "admin")
                .status == 200);
    CHECK(nova.get("/v2.1/os-quota-sets/other-id", "other").body["quota_set"]["cores"] == 99);
    CHECK(nova.call(http::Method::put, "/v2.1/os-quota-class-sets/default", {{"quota_class_set", {{"wheels", 4}}}},
                    "admin")
              .status == 400);
}

TEST_CASE("unknown versions and tokens are refused as Nova refuses them") {
    Nova nova;
    auto above = nova.get("/v2.1/servers", "demo", "9.99");
    CHECK(above.status == 406);
    CHECK(above.body["computeFault"]["message"] ==
          "Version 9.99 is not supported by the API. Minimum is 2.1 and maximum is 2.93.");
    CHECK(nova.get("/v2.1/servers", "stolen").status == 401);
    CHECK(nova.get("/v2.1/servers/nope").body["itemNotFound"]["message"] == "Instance nope could not be found.");
    CHECK(nova.get("/v2.1/servers").body["servers"].empty());
}
