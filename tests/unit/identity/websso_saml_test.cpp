// A browser that signs in by SAML: away with a request, back with a form.
#include <catch2/catch.hpp>

#include "cloud.hpp"
#include "common/runtime/text.hpp"
#include "identity/federation/saml/issuer.hpp"
#include "identity/vault.hpp"
#include "tests/support/key_pair.hpp"

using namespace cumulet;
using namespace cumulet::identity::test;
using nlohmann::json;
using M = http::Method;
namespace saml = identity::federation::saml;

namespace {

constexpr const char* kIdp = "/v3/OS-FEDERATION/identity_providers/shib";
constexpr const char* kDashboard = "https://dashboard/auth/websso/";
constexpr const char* kBegin = "/v3/auth/OS-FEDERATION/websso/saml2?origin=https://dashboard/auth/websso/";
constexpr const char* kAcs = "/v3/auth/OS-FEDERATION/saml2/acs";

const cumulet::test::KeyPair& keys() {
    static const auto made = cumulet::test::new_key_pair();
    return made;
}

identity::federation::FederationFile file() {
    return {.saml = {.own = {},
                     .trusted = {{.identity_provider = "shib",
                                  .protocol = "saml2",
                                  .entity_id = "https://shib/idp",
                                  .certificate_pem = keys().certificate_pem,
                                  .audience = "https://us/sp",
                                  .sign_on_url = "https://shib/sso"}}}};
}

// What the browser is given to keep, and what the provider is told.
struct Away {
    std::string cookie, relay_state, request_id;
};

struct Signing : Cloud {
    Signing() : Cloud(true, file()) {
        settings().trusted_dashboards = {kDashboard};
        const json rules = {{{"local", {{{"user", {{"name", "{0}"}}}}}}, {"remote", {{{"type", "openstack_user"}}}}}};
        for (const auto& [target, body] :
             {std::pair{std::string("/v3/OS-FEDERATION/mappings/m"), json{{"mapping", {{"rules", rules}}}}},
              {kIdp, json{{"identity_provider", {{"enabled", true}, {"remote_ids", {"https://shib/idp"}}}}}},
              {std::string(kIdp) + "/protocols/saml2",
               json{{"protocol", {{"mapping_id", "m"}, {"remote_id_attribute", "MELLON_IDP"}}}}}})
            REQUIRE(call(M::put, target, body, admin_token()).status == 201);
    }
    Away leave() {
        const auto sent = call(M::get, kBegin);
        INFO(sent.text);
        REQUIRE(sent.status == 302);
        const auto location = sent.headers.value_or("Location", "");
        CHECK(location.starts_with("https://shib/sso?SAMLRequest="));
        const auto set = sent.headers.value_or("Set-Cookie", "");
        CHECK(set.find("HttpOnly") != std::string::npos);
        const auto cookie = set.substr(0, set.find(';'));
        const auto state = json::parse(vault().open(cookie.substr(cookie.find('=') + 1)));
        CHECK(location.find("RelayState=" + state["relay"].get<std::string>()) != std::string::npos);
        return {.cookie = cookie, .relay_state = state["relay"], .request_id = state["request"]};
    }
    Answer come_back(const Away& away, const std::string& answers_to = "", const std::string& user = "jane") {
        const saml::OwnIssuer provider{
            .entity_id = "https://shib/idp", .key_pem = keys().key_pem, .certificate_pem = keys().certificate_pem};
        const saml::Statement said{.recipient = settings().authenticate_uri + "/auth/OS-FEDERATION/saml2/acs",
                                   .audience = "https://us/sp",
                                   .in_response_to = answers_to.empty() ? away.request_id : answers_to,
                                   .user = user};
        return post_form(away, saml::make_response(provider, said, clock.now(), random));
    }
    Answer post_form(const Away& away, const std::string& response) {
        return call_raw(M::post, kAcs,
                        "SAMLResponse=" + text::percent_encode(text::to_base64(response)) +
                            "&RelayState=" + text::percent_encode(away.relay_state),
                        {{"Content-Type", "application/x-www-form-urlencoded"}, {"Cookie", "a=b; " + away.cookie}});
    }
};

}  // namespace

TEST_CASE("a browser signs in by SAML and brings its dashboard a token") {
    Signing cloud;
    const auto back = cloud.come_back(cloud.leave());
    INFO(back.text);
    REQUIRE(back.status == 200);
    CHECK(back.text.find(std::string("action=\"") + kDashboard) != std::string::npos);
    const auto at = back.text.find("id=\"token\" value=\"") + 18;
    const auto token = back.text.substr(at, back.text.find('"', at) - at);
    const auto valid = cloud.validate(token);
    REQUIRE(valid.status == 200);
    CHECK(valid.body["token"]["user"]["name"] == "jane");
    CHECK(valid.body["token"]["user"]["OS-FEDERATION"]["identity_provider"]["id"] == "shib");
}

TEST_CASE("an answer is taken once, from the browser that asked, to what it asked, in time") {
    Signing cloud;
    const auto away = cloud.leave(), other = cloud.leave();
    CHECK(cloud.come_back({.cookie = "", .relay_state = away.relay_state, .request_id = away.request_id}).status ==
          401);
    CHECK(cloud.come_back({.cookie = other.cookie, .relay_state = away.relay_state, .request_id = away.request_id})
              .status == 401);
    CHECK(cloud.come_back({.cookie = away.cookie, .relay_state = "x", .request_id = away.request_id}).status == 401);
    CHECK(cloud.come_back(away, other.request_id).status == 401);
    CHECK(cloud.post_form(away, "").status == 401);
    CHECK(cloud.post_form(away, "<x/>").status == 401);
    CHECK(cloud.come_back(away).status == 200);
    cloud.clock.advance(std::chrono::minutes(11));
    CHECK(cloud.come_back(other).status == 401);
}

TEST_CASE("no browser is sent away for a stranger") {
    Signing cloud;
    CHECK(cloud.call(M::get, "/v3/auth/OS-FEDERATION/websso/saml2?origin=https://evil/").status == 401);
    CHECK(cloud.call(M::get, "/v3/auth/OS-FEDERATION/websso/saml2").status == 400);
    CHECK(cloud
              .call(M::get, "/v3/auth/OS-FEDERATION/identity_providers/none/protocols/saml2/websso?origin=" +
                                std::string(kDashboard))
              .status == 404);
}
