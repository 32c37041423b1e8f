#include "identity/federation/oidc/verifier.hpp"

#include <catch2/catch.hpp>

#include "common/api/fault.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/text.hpp"
#include "identity/federation/oidc/claims.hpp"
#include "identity/federation/oidc/code_flow.hpp"
#include "issuer.hpp"

using namespace cumulet;
using namespace cumulet::identity::federation;
using namespace cumulet::identity::federation::oidc;
using nlohmann::json;

namespace {

constexpr const char* kIssuer = "https://idp.example/realm";

// One issuer, its keys, and a verifier that asks it.
struct World {
    World() {
        log::set_level(log::Level::error);
        clock.advance(std::chrono::hours(24 * 365));
    }
    Provider provider() {
        return read_provider({{"identity_provider", "idp"},
                              {"protocol", "openid"},
                              {"issuer", kIssuer},
                              {"audiences", {"cloud"}},
                              {"client_id", "client"},
                              {"client_secret", "s3cret"},
                              {"algorithms", {"RS256", "ES256"}}});
    }
    std::int64_t now() { return std::chrono::floor<std::chrono::seconds>(clock.now()).time_since_epoch().count(); }
    json claims() {
        return {{"iss", kIssuer}, {"aud", "cloud"}, {"sub", "jane"}, {"exp", now() + 300}, {"iat", now()}};
    }
    std::string token(const json& claims, json header = {{"alg", "RS256"}, {"kid", "k1"}}) {
        return rsa.sign(claims, header);
    }
    int status_of(const std::string& token) {
        try {
            verifier.check_bearer(token);
            return 200;
        } catch (const api::Fault& fault) {
            return fault.status();
        }
    }
    http::ClientResponse answer(const http::ClientRequest& request) {
        ++asked;
        if (down) throw http::ClientError("down");
        http::ClientResponse response{.status = 200, .headers = {}, .body = ""};
        if (request.url.ends_with("/.well-known/openid-configuration"))
            response.body = json{{"issuer", kIssuer},
                                 {"jwks_uri", "https://idp.example/keys"},
                                 {"authorization_endpoint", "https://idp.example/authorize"},
                                 {"token_endpoint", "https://idp.example/token"},
                                 {"introspection_endpoint", "https://idp.example/introspect"}}
                                .dump();
        else if (request.url == "https://idp.example/keys")
            response.body = keys.dump();
        else if (request.url == "https://idp.example/token")
            response.body = json{{"id_token", id_token}}.dump(), form = request.body;
        else if (request.url == "https://idp.example/introspect")
            response.body = introspection.dump(), form = request.body;
        else
            response.status = 404;
        return response;
    }

    ManualClock clock;
    test::Key rsa{"RSA", "k1"}, ec{"EC", "k2"}, next{"RSA", "k3"}, shared{"oct", "k4"};
    json keys{{"keys", {rsa.public_part(), ec.public_part()}}};
    json introspection{{"active", false}};
    std::string id_token, form;
    bool down = false;
    int asked = 0;
    Verifier verifier{provider(), [this](http::ClientRequest request) { return answer(request); }, clock};
};

}  // namespace

TEST_CASE("a token of the issuer for this audience is taken, by either kind of key") {
    World world;
    CHECK(world.verifier.check_bearer(world.token(world.claims()))["sub"] == "jane");
    CHECK(world.status_of(world.ec.sign(world.claims(), {{"alg", "ES256"}, {"kid", "k2"}})) == 200);
    CHECK(world.status_of(world.token(world.claims(), {{"alg", "RS256"}})) == 200);
    auto several = world.claims();
    several["aud"] = {"other", "cloud"};
    CHECK(world.status_of(world.token(several)) == 200);
    CHECK(world.asked == 2);  // the discovery document and the keys, once each
}

TEST_CASE("claims that are another's, for another, too old or too new are refused") {
    World world;
    auto with = [&](const char* name, const json& value) {
        auto claims = world.claims();
        if (value.is_null())
            claims.erase(name);
        else
            claims[name] = value;
        return world.status_of(world.token(claims));
    };
    CHECK(with("iss", "https://idp.example/other") == 401);
    CHECK(with("iss", std::string(kIssuer) + "/") == 401);
    CHECK(with("iss", nullptr) == 401);
    CHECK(with("aud", "other") == 401);
    CHECK(with("aud", {"a", "b"}) == 401);
    CHECK(with("aud", nullptr) == 401);
    CHECK(with("exp", world.now() - 61) == 401);
    CHECK(with("exp", nullptr) == 401);
    CHECK(with("exp", "tomorrow") == 401);
    CHECK(with("nbf", world.now() + 120) == 401);
    CHECK(with("iat", world.now() + 120) == 401);
    CHECK(with("nbf", world.now() + 30) == 200);
}

TEST_CASE("signatures of nobody, of other keys and by other means are refused") {
    World world;
    const auto good = world.token(world.claims());
    CHECK(world.status_of(world.next.sign(world.claims(), {{"alg", "RS256"}, {"kid", "k1"}})) == 401);
    CHECK(world.status_of(world.rsa.sign(world.claims(), {{"alg", "RS512"}, {"kid", "k1"}})) == 401);
    CHECK(world.status_of(world.shared.sign(world.claims(), {{"alg", "HS256"}, {"kid", "k4"}})) == 401);
    // The public key's text as the shared secret.
    CHECK(world.status_of(test::sign_with_bytes(world.rsa.public_part().dump(), world.claims(),
                                                {{"alg", "HS256"}, {"kid", "k1"}})) == 401);
    auto part = [](const std::string& text) { return text::to_base64_url(text); };
    const auto payload = part(world.claims().dump());
    CHECK(world.status_of(part(R"({"alg":"none"})") + "." + payload + ".") == 401);
    CHECK(world.status_of(part(R"({"alg":"None","kid":"k1"})") + "." + payload + ".") == 401);
    CHECK(world.status_of(part(R"({"alg":"RS256","kid":"k1"})") + "." + payload + ".") == 401);
    // Another payload under a good signature.
    auto claims = world.claims();
    claims["sub"] = "root";
    const auto first = good.find('.'), last = good.rfind('.');
    CHECK(world.status_of(good.substr(0, first + 1) + part(claims.dump()) + good.substr(last)) == 401);
    for (const std::string& text : {std::string(), std::string("."), std::string(".."), std::string("a.b.c"),
                                    good + ".x", good.substr(0, last), std::string(40'000, 'a')})
        CHECK(world.status_of(text) == 401);
    // Base64 that is none ended the process inside cjose.
    for (const std::string& text :
         {std::string("a="), std::string("A"), std::string("=="), std::string("ab=="), std::string("a b"),
          std::string("a+/b"), std::string("abcde"), std::string("ab=c"), std::string(1, '\0')}) {
        CHECK(world.status_of(text + good.substr(first)) == 401);
        CHECK(world.status_of(good.substr(0, first + 1) + text + good.substr(last)) == 401);
        CHECK(world.status_of(good.substr(0, last + 1) + text) == 401);
    }
}

TEST_CASE("a key whose numbers are no base64 is none") {
    for (const char* name : {"n", "e"})
        for (const json& number : {json("A="), json("AAAAA"), json("A A"), json(7), json(nullptr)}) {
            World world;
            world.keys["keys"][0][name] = number;
            CHECK(world.status_of(world.token(world.claims())) == 401);
        }
}

TEST_CASE("a key for something else does not verify") {
    World world;
    world.keys["keys"][0]["use"] = "enc";
    CHECK(world.status_of(world.token(world.claims())) == 401);
    World other;
    other.keys["keys"][0]["alg"] = "RS512";
    CHECK(other.status_of(other.token(other.claims())) == 401);
}

TEST_CASE("a new key is fetched when it is first seen, though garbage does not make us ask each time") {
    World world;
    CHECK(world.status_of(world.token(world.claims())) == 200);
    const json head{{"alg", "RS256"}, {"kid", "k3"}};
    world.keys["keys"].push_back(world.next.public_part());
    CHECK(world.status_of(world.next.sign(world.claims(), head)) == 401);
    const int before = world.asked;
    for (int i = 0; i < 20; ++i)
        CHECK(world.status_of(world.next.sign(world.claims(), {{"alg", "RS256"}, {"kid", std::to_string(i)}})) == 401);
    CHECK(world.asked == before);
    world.clock.advance(std::chrono::seconds(31));
    CHECK(world.status_of(world.next.sign(world.claims(), head)) == 200);
}

TEST_CASE("an issuer that does not answer is 503 at first, and its keys serve on for a day") {
    World world;
    world.down = true;
    CHECK(world.status_of(world.token(world.claims())) == 503);
    world.down = false;
    world.clock.advance(std::chrono::minutes(1));
    CHECK(world.status_of(world.token(world.claims())) == 200);
    world.down = true;
    world.clock.advance(std::chrono::hours(23));
    CHECK(world.status_of(world.token(world.claims())) == 200);
    world.clock.advance(std::chrono::hours(2));
    CHECK(world.status_of(world.token(world.claims())) == 503);
}

TEST_CASE("opaque tokens are shown to the issuer") {
    World world;
    auto provider = world.provider();
    provider.opaque_tokens = true;
    Verifier verifier(
        provider, [&](http::ClientRequest request) { return world.answer(request); }, world.clock);
    CHECK_THROWS_AS(verifier.check_bearer("opaque token"), api::Fault);
    world.introspection = {{"active", true}, {"aud", "cloud"}, {"exp", world.now() + 60}, {"sub", "jane"}};
    CHECK(verifier.check_bearer("opaque&token")["sub"] == "jane");
    CHECK(world.form.ends_with("token=opaque%26token"));
    world.introspection["aud"] = "other";
    CHECK_THROWS_AS(verifier.check_bearer("opaque token"), api::Fault);
}

TEST_CASE("claims have the names that mod_auth_openidc gives them") {
    const auto assertion = assertion_of_claims(
        {{"sub", "jane"}, {"groups", {"a", "b"}}, {"email_verified", true}, {"x-y", 1}, {"x.y", 2}, {"none", nullptr}});
    CHECK(assertion.at("OIDC-sub") == std::vector<std::string>{"jane"});
    CHECK(assertion.at("HTTP_OIDC_SUB") == std::vector<std::string>{"jane"});
    CHECK(assertion.at("OIDC_CLAIM_groups") == std::vector<std::string>{"a", "b"});
    CHECK(assertion.at("HTTP_OIDC_CLAIM_EMAIL_VERIFIED") == std::vector<std::string>{"true"});
    CHECK(assertion.at("HTTP_OIDC_X_Y").empty());
    CHECK_FALSE(assertion.contains("OIDC-none"));
}

TEST_CASE("settings that would not be safe are refused") {
    const json good{{"identity_provider", "i"}, {"protocol", "p"}, {"issuer", "https://i"}, {"audiences", {"a"}}};
    CHECK_NOTHROW(read_provider(good));
    auto refused = [&](const char* name, const json& value) {
        auto document = good;
        document[name] = value;
        CHECK_THROWS_AS(read_provider(document), std::runtime_error);
    };
    refused("issuer", "http://elsewhere.example");
    refused("issuer", 1);
    refused("jwks_uri", "http://elsewhere.example/keys");
    refused("algorithms", {"HS256"});
    refused("algorithms", {"none"});
    refused("algorithms", json::array());
    refused("audiences", json::array());
    refused("audience", "a");
    refused("opaque_tokens", true);
    auto local = good;
    local["issuer"] = "http://127.0.0.1:8080";
    CHECK_NOTHROW(read_provider(local));
}

TEST_CASE("a browser comes back with its own state and a token with its own nonce, or not at all") {
    World world;
    SeededRandom random{5};
    std::map<std::string, std::string> sealed;
    const Sealer sealer{.seal =
                            [&](std::string_view text) {
                                const auto name = "sealed" + std::to_string(sealed.size());
                                sealed[name] = text;
                                return name;
                            },
                        .open = [&](std::string_view name) { return sealed[std::string(name)]; }};
    const auto departure =
        depart(world.verifier, sealer, random, world.clock.now(), "https://dashboard/", "https://cloud/callback");
    CHECK(departure.location.starts_with("https://idp.example/authorize?response_type=code&client_id=client&"));
    CHECK(departure.location.find("state=sealed0") != std::string::npos);
    CHECK(departure.location.find("code_challenge_method=S256") != std::string::npos);
    const auto back = open_state(sealer, "sealed0", departure.cookie, world.clock.now());
    CHECK(back.origin == "https://dashboard/");
    CHECK_THROWS_AS(open_state(sealer, "sealed0", "another", world.clock.now()), api::Fault);
    CHECK_THROWS_AS(open_state(sealer, "sealed0", "", world.clock.now()), api::Fault);
    CHECK_THROWS_AS(open_state(sealer, "made up", departure.cookie, world.clock.now()), api::Fault);
    CHECK_THROWS_AS(open_state(sealer, "sealed0", departure.cookie, world.clock.now() + std::chrono::minutes(11)),
                    api::Fault);

    auto claims = world.claims();
    claims["aud"] = "client";
    claims["nonce"] = back.nonce;
    world.id_token = world.token(claims);
    CHECK(redeem(world.verifier, back, "the code")["sub"] == "jane");
    CHECK(world.form.find("code=the%20code") != std::string::npos);
    CHECK(world.form.find("code_verifier=" + back.code_verifier) != std::string::npos);
    CHECK_THROWS_AS(redeem(world.verifier, back, ""), api::Fault);
    claims["nonce"] = "another";
    world.id_token = world.token(claims);
    CHECK_THROWS_AS(redeem(world.verifier, back, "c"), api::Fault);
    claims["nonce"] = back.nonce;
    claims["aud"] = "cloud";  // an access token is no id token
    world.id_token = world.token(claims);
    CHECK_THROWS_AS(redeem(world.verifier, back, "c"), api::Fault);
}
