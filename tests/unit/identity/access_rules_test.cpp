#include <catch2/catch.hpp>

#include "cloud.hpp"

using namespace cumulet;
using namespace cumulet::identity::test;
using nlohmann::json;
using M = http::Method;

namespace {

struct Ruled : Cloud {
    const std::string user = id_of("users", "demo");

    std::string token(const json& rules) {
        auto made = call(M::post, "/v3/users/" + user + "/application_credentials",
                         {{"application_credential",
                           {{"name", "key" + std::to_string(++made_)}, {"secret", "s"}, {"access_rules", rules}}}},
                         token_for("demo", project_scope("demo")));
        REQUIRE(made.status == 201);
        auto answer = call(
            M::post, "/v3/auth/tokens",
            {{"auth",
              {{"identity",
                {{"methods", {"application_credential"}},
                 {"application_credential", {{"id", made.body["application_credential"]["id"]}, {"secret", "s"}}}}}}}});
        REQUIRE(answer.status == 201);
        return answer.token;
    }
    int made_ = 0;
};

}  // namespace

TEST_CASE("a token of an application credential with access rules does nothing else here") {
    Ruled cloud;
    const std::string self = "/v3/users/" + cloud.user;
    const auto token = cloud.token({{{"service", "identity"}, {"method", "GET"}, {"path", "/v3/users/*"}}});
    CHECK(cloud.call(M::get, self, nullptr, token).status == 200);
    CHECK(cloud.call(M::get, "/v3/auth/projects", nullptr, token).status == 401);
    CHECK(cloud.call(M::get, self + "/projects", nullptr, token).status == 401);
    CHECK(cloud.call(M::get, self, nullptr, cloud.token(json::array())).status == 401);
}

TEST_CASE("only who holds tokens to their access rules is told that one is good") {
    Ruled cloud;
    const auto token = cloud.token({{{"service", "compute"}, {"method", "GET"}, {"path", "/v2.1/servers"}}});
    CHECK(cloud.validate(token).status == 404);
    auto shown = cloud.call(M::get, "/v3/auth/tokens", nullptr, cloud.admin_token(),
                            {{"X-Subject-Token", token}, {"OpenStack-Identity-Access-Rules", "1.0"}});
    REQUIRE(shown.status == 200);
    CHECK(shown.body["token"]["application_credential"]["access_rules"][0]["path"] == "/v2.1/servers");
}
