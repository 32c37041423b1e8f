#include <catch2/catch.hpp>

#include "cloud.hpp"
#include "identity/totp.hpp"

using namespace cumulet;
using namespace cumulet::identity;
using namespace cumulet::identity::test;
using nlohmann::json;
using M = http::Method;

namespace {

constexpr std::string_view kSeed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";  // "12345678901234567890"

struct Factored : Cloud {
    const std::string user = id_of("users", "demo");

    Factored() {
        REQUIRE(
            post("/v3/credentials", {{"credential", {{"type", "totp"}, {"user_id", user}, {"blob", kSeed}}}}).status ==
            201);
    }
    void rules(const json& options) {
        REQUIRE(patch("/v3/users/" + user, {{"user", {{"options", options}}}}).status == 200);
    }
    void require_both() { rules({{"multi_factor_auth_rules", json::array({json{"password", "totp"}})}}); }
    std::string passcode(Duration ago = {}) { return totp_passcode(*from_base32(kSeed), clock.now() - ago); }
    json password() { return {{"user", {{"id", user}, {"password", "demo"}}}}; }
    json totp(const std::string& code) { return {{"user", {{"id", user}, {"passcode", code}}}}; }
    Answer log_in(const json& methods, const std::string& receipt = "") {
        json identity = methods;
        identity["methods"] = json::array();
        for (const auto& [name, data] : methods.items()) identity["methods"].push_back(name);
        Headers headers;
        if (!receipt.empty()) headers.emplace_back("Openstack-Auth-Receipt", receipt);
        return call(M::post, "/v3/auth/tokens", {{"auth", {{"identity", identity}, {"scope", project_scope("demo")}}}},
                    "", headers);
    }
};

}  // namespace

TEST_CASE("one-time passwords are those of RFC 6238") {
    const std::string secret = "12345678901234567890";
    CHECK(from_base32(kSeed) == secret);
    CHECK(totp_passcode(secret, Timestamp{std::chrono::seconds(59)}) == "287082");
    CHECK(totp_passcode(secret, Timestamp{std::chrono::seconds(1'111'111'109)}) == "081804");
    CHECK(totp_passcode(secret, Timestamp{std::chrono::seconds(20'000'000'000)}) == "353130");
    CHECK_FALSE(from_base32("0189"));
    CHECK(from_base32("MZXW6===") == "foo");
}

TEST_CASE("a user logs in with a one-time password") {
    Factored cloud;
    auto logged_in = cloud.log_in({{"totp", cloud.totp(cloud.passcode())}});
    REQUIRE(logged_in.status == 201);
    CHECK(logged_in.body["token"]["methods"] == json{"totp"});
    CHECK(cloud.log_in({{"totp", cloud.totp(cloud.passcode(std::chrono::seconds(30)))}}).status == 201);
    CHECK(cloud.log_in({{"totp", cloud.totp(cloud.passcode(std::chrono::seconds(90)))}}).status == 401);
    CHECK(cloud.log_in({{"totp", cloud.totp("")}}).status == 401);
}

TEST_CASE("a user with multi-factor rules needs all methods of one of them") {
    Factored cloud;
    cloud.require_both();
    auto both = cloud.log_in({{"password", cloud.password()}, {"totp", cloud.totp(cloud.passcode())}});
    REQUIRE(both.status == 201);
    CHECK(both.body["token"]["methods"].size() == 2);
    CHECK(cloud.log_in({{"password", cloud.password()}, {"totp", cloud.totp("000000")}}).status == 401);
    SECTION("one method gives a receipt, which counts for the others") {
        auto half = cloud.log_in({{"password", cloud.password()}});
        CHECK(half.status == 401);
        REQUIRE_FALSE(half.receipt.empty());
        CHECK(half.token.empty());
        CHECK(half.body["receipt"]["methods"] == json{"password"});
        CHECK(half.body["receipt"]["user"]["name"] == "demo");
        CHECK(half.body["required_auth_methods"] == json::array({json{"password", "totp"}}));
        CHECK(cloud.validate(half.receipt).status == 404);
        SECTION("for this user") {
            CHECK(cloud.log_in({{"totp", cloud.totp(cloud.passcode())}}, half.receipt).status == 201);
        }
        SECTION("not for ever") {
            cloud.clock.advance(std::chrono::minutes(6));
            CHECK(cloud.log_in({{"totp", cloud.totp(cloud.passcode())}}, half.receipt).status == 401);
        }
        SECTION("not when the password was changed") {
            REQUIRE(cloud.patch("/v3/users/" + cloud.user, {{"user", {{"password", "new"}}}}).status == 200);
            CHECK(cloud.log_in({{"totp", cloud.totp(cloud.passcode())}}, half.receipt).status == 401);
        }
        SECTION("a token is no receipt") {
            CHECK(cloud.log_in({{"totp", cloud.totp(cloud.passcode())}}, both.token).status == 401);
        }
    }
    SECTION("a token of both methods can be exchanged") {
        CHECK(cloud.log_in({{"token", {{"id", both.token}}}}).status == 201);
    }
    SECTION("rules that are switched off, or name unknown methods only, ask for nothing") {
        SECTION("off") { cloud.rules({{"multi_factor_auth_enabled", false}}); }
        SECTION("unknown") { cloud.rules({{"multi_factor_auth_rules", json::array({json{"smoke", "mirrors"}})}}); }
        CHECK(cloud.log_in({{"password", cloud.password()}}).status == 201);
    }
}

TEST_CASE("options of users are checked") {
    Factored cloud;
    const json bad = GENERATE(json{{"multi_factor_auth_rules", "password"}},
                              json{{"multi_factor_auth_rules", json::array({json::array()})}},
                              json{{"multi_factor_auth_rules", json::array({json{"a", "a"}})}},
                              json{{"lock_password", "yes"}}, json{{"something", true}});
    CHECK(cloud.patch("/v3/users/" + cloud.user, {{"user", {{"options", bad}}}}).status == 400);
}
