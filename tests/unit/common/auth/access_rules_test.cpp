#include "common/auth/access_rules.hpp"

#include <catch2/catch.hpp>

using namespace cumulet;
using nlohmann::json;

TEST_CASE("paths of access rules") {
    CHECK(auth::path_matches("/v2.1/servers", "/v2.1/servers"));
    CHECK_FALSE(auth::path_matches("/v2.1/servers", "/v2.1/servers/1"));
    CHECK(auth::path_matches("/v2.1/servers/{server_id}", "/v2.1/servers/1"));
    CHECK_FALSE(auth::path_matches("/v2.1/servers/{server_id}", "/v2.1/servers/1/action"));
    CHECK_FALSE(auth::path_matches("/v2.1/servers/{server_id}", "/v2.1/servers/"));
    CHECK(auth::path_matches("/v2.1/*/1/ips", "/v2.1/servers/1/ips"));
    CHECK(auth::path_matches("/v2.1/servers/**", "/v2.1/servers/1/action"));
    CHECK(auth::path_matches("/v2.1/**/ips", "/v2.1/servers/1/ips"));
    CHECK_FALSE(auth::path_matches("/v2.1/**/ips", "/v2.1/servers/1/action"));
    std::string hostile;
    for (int i = 0; i < 100; ++i) hostile += "*a";
    CHECK_FALSE(auth::path_matches("/" + hostile + "b", "/" + std::string(8000, 'a')));
    CHECK(auth::path_matches("/" + hostile, "/" + std::string(8000, 'a')));
    CHECK(auth::path_matches("/a**b/{x}*c", "/a/b/xyc"));
    CHECK(auth::path_matches("/a**", "/a"));
    CHECK_FALSE(auth::path_matches("/a*", "/a"));
    CHECK_FALSE(auth::path_matches("/a*c", "/a/c"));
    CHECK(auth::path_matches("/{open", "/x"));
}

TEST_CASE("a token with access rules makes the requests that they name and no others") {
    auth::Context who;
    who.token = {{"application_credential", {{"id", "x"}}}};
    CHECK(auth::permits(who, "compute", "DELETE", "/v2.1/servers/1"));
    auto& rules = who.token["application_credential"]["access_rules"];
    rules = json::array();
    CHECK_FALSE(auth::permits(who, "compute", "GET", "/v2.1/servers"));
    rules.push_back({{"service", "compute"}, {"method", "GET"}, {"path", "/v2.1/servers"}});
    CHECK(auth::permits(who, "compute", "GET", "/v2.1/servers"));
    CHECK_FALSE(auth::permits(who, "compute", "POST", "/v2.1/servers"));
    CHECK_FALSE(auth::permits(who, "image", "GET", "/v2.1/servers"));
    CHECK_FALSE(auth::permits(who, "", "GET", "/v2.1/servers"));
    CHECK(auth::permits(who, "identity", "GET", "/v3/auth/tokens"));
}
