#include <catch2/catch.hpp>

#include "cloud.hpp"
#include "common/runtime/text.hpp"
#include "identity/oauth1_signature.hpp"

using namespace cumulet;
using namespace cumulet::identity;
using namespace cumulet::identity::test;
using nlohmann::json;
using M = http::Method;

namespace {

using Values = std::map<std::string, std::string>;

Values form_of(const std::string& text) {
    Values values;
    for (auto item : text::split(text, '&')) {
        const auto mark = item.find('=');
        values[std::string(item.substr(0, mark))] = item.substr(mark + 1);
    }
    return values;
}

struct Consuming : Cloud {
    std::string consumer, secret;
    const std::string project = id_of("projects", "admin");
    const std::string user = id_of("users", "admin");

    Consuming() {
        auto made = post("/v3/OS-OAUTH1/consumers", {{"consumer", {{"description", "an application"}}}});
        REQUIRE(made.status == 201);
        consumer = made.body["consumer"]["id"];
        secret = made.body["consumer"]["secret"];
    }

    // A POST signed as a client does it.
    Answer signed_post(const std::string& path, Values more, const std::string& token_secret = "",
                       const json& body = nullptr, Duration age = {}) {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>((clock.now() - age).time_since_epoch());
        OauthMessage message{.method = "POST", .url = "http://identity:5000" + path, .query = {}, .parameters = more};
        auto& parameters = message.parameters;
        parameters["oauth_consumer_key"] = consumer;
        parameters["oauth_nonce"] = "n1";
        parameters["oauth_version"] = "1.0";
        parameters["oauth_signature_method"] = "HMAC-SHA1";
        parameters["oauth_timestamp"] = std::to_string(seconds.count());
        parameters["oauth_signature"] = oauth_signature(message, secret, token_secret);
        std::string header = "OAuth realm=\"\"";
        for (const auto& [name, value] : parameters) header += ", " + name + "=\"" + text::percent_encode(value) + '"';
        return call(M::post, path, body, "", {{"Authorization", header}, {"Requested-Project-Id", project}});
    }
    Values request() {
        auto asked = signed_post("/v3/OS-OAUTH1/request_token", {{"oauth_callback", "oob"}});
        REQUIRE(asked.status == 201);
        return form_of(asked.text);
    }
    std::string authorize(const Values& request) {
        const auto token = token_for("admin", project_scope("admin"));
        auto answer = call(M::put, "/v3/OS-OAUTH1/authorize/" + request.at("oauth_token"),
                           {{"roles", {{{"name", "member"}}}}}, token);
        REQUIRE(answer.status == 200);
        return answer.body["token"]["oauth_verifier"];
    }
    Answer exchange(const Values& request, const std::string& verifier) {
        return signed_post("/v3/OS-OAUTH1/access_token",
                           {{"oauth_token", request.at("oauth_token")}, {"oauth_verifier", verifier}},
                           request.at("oauth_token_secret"));
    }
    Values access() {
        const auto asked = request();
        auto given = exchange(asked, authorize(asked));
        REQUIRE(given.status == 201);
        return form_of(given.text);
    }
    Answer log_in(const Values& access) {
        return signed_post("/v3/auth/tokens", {{"oauth_token", access.at("oauth_token")}},
                           access.at("oauth_token_secret"),
                           {{"auth", {{"identity", {{"methods", {"oauth1"}}, {"oauth1", json::object()}}}}}});
    }
    std::string access_path(const Values& access) {
        return "/v3/users/" + user + "/OS-OAUTH1/access_tokens/" + access.at("oauth_token");
    }
};

}  // namespace

TEST_CASE("the signature of RFC 5849's example comes out") {
    const OauthMessage message{
        .method = "POST",
        .url = "HTTP://EXAMPLE.COM:80/request",
        .query = {{"b5", "=%3D"}, {"a3", "a"}, {"c@", ""}, {"a2", "r b"}, {"c2", ""}, {"a3", "2 q"}},
        .parameters = {{"realm", "Example"},
                       {"oauth_consumer_key", "9djdj82h48djs9d2"},
                       {"oauth_token", "kkk9d7dh3k39sjv7"},
                       {"oauth_signature_method", "HMAC-SHA1"},
                       {"oauth_timestamp", "137131201"},
                       {"oauth_nonce", "7d8f3e4a"}}};
    CHECK(oauth_signature(message, "j49sk3j29djd", "dh893hdasih9") == "r6/TJjbCOr97/+UU0NsvSne7s5g=");
}

TEST_CASE("a consumer logs in with what a user authorised, and with no more") {
    Consuming cloud;
    const auto access = cloud.access();
    auto logged_in = cloud.log_in(access);
    REQUIRE(logged_in.status == 201);
    const json& token = logged_in.body["token"];
    CHECK(token["OS-OAUTH1"]["consumer_id"] == cloud.consumer);
    CHECK(token["user"]["name"] == "admin");
    CHECK(token["project"]["id"] == cloud.project);
    for (const auto& role : token["roles"]) CHECK(role["name"] != "admin");
    CHECK(cloud.validate(logged_in.token).body == logged_in.body);
    CHECK(cloud.get(cloud.access_path(access)).body["access_token"]["consumer_id"] == cloud.consumer);
    CHECK(cloud.get(cloud.access_path(access) + "/roles").body["roles"].size() == 1);
    SECTION("until the access token is taken back") { REQUIRE(cloud.del(cloud.access_path(access)).status == 204); }
    SECTION("until the consumer is deleted") {
        REQUIRE(cloud.del("/v3/OS-OAUTH1/consumers/" + cloud.consumer).status == 204);
    }
    CHECK(cloud.validate(logged_in.token).status == 404);
    CHECK(cloud.log_in(access).status == 404);
    CHECK(cloud.get(cloud.access_path(access)).status == 404);
}

TEST_CASE("a signed request that is not right is refused") {
    Consuming cloud;
    SECTION("another secret") {
        cloud.secret = "wrong";
        CHECK(cloud.signed_post("/v3/OS-OAUTH1/request_token", {}).status == 401);
    }
    SECTION("too old") {
        CHECK(cloud.signed_post("/v3/OS-OAUTH1/request_token", {}, "", nullptr, std::chrono::minutes(11)).status ==
              401);
    }
    SECTION("no such consumer") {
        cloud.consumer = "nobody";
        CHECK(cloud.signed_post("/v3/OS-OAUTH1/request_token", {}).status == 404);
    }
    SECTION("no header") { CHECK(cloud.call(M::post, "/v3/OS-OAUTH1/request_token").status == 400); }
    SECTION("a request token that nobody authorised, and a wrong verifier") {
        const auto request = cloud.request();
        CHECK(cloud.exchange(request, "anything").status == 401);
        cloud.authorize(request);
        CHECK(cloud.exchange(request, "anything").status == 401);
    }
    SECTION("a request token is good for one access token, and not for ever") {
        const auto request = cloud.request();
        const auto verifier = cloud.authorize(request);
        SECTION("used") { CHECK(cloud.exchange(request, verifier).status == 201); }
        SECTION("ended") { cloud.clock.advance(std::chrono::hours(9)); }
        const int status = cloud.exchange(request, verifier).status;
        CHECK((status == 404 || status == 401));
    }
}

TEST_CASE("a token of a consumer cannot authorise another") {
    Consuming cloud;
    const auto token = cloud.log_in(cloud.access()).token;
    const auto request = cloud.request();
    CHECK(cloud
              .call(M::put, "/v3/OS-OAUTH1/authorize/" + request.at("oauth_token"), {{"roles", {{{"name", "member"}}}}},
                    token)
              .status == 403);
}

TEST_CASE("the store keeps no secret of the dance as it is") {
    Consuming cloud;
    const auto request = cloud.request();
    const auto verifier = cloud.authorize(request);
    const auto access = cloud.access();
    const auto written = [&](std::string_view text) {
        for (const auto& entry : cloud.engine->read_log(0, 10'000))
            if (entry.bytes.find(text) != std::string::npos) return true;
        return false;
    };
    CHECK(written(request.at("oauth_token")));
    for (const auto& secret :
         {verifier, request.at("oauth_token_secret"), access.at("oauth_token_secret"), cloud.secret})
        CHECK_FALSE(written(secret));
    CHECK(cloud.exchange(request, verifier).status == 201);
}

TEST_CASE("consumers never show their secret again") {
    Consuming cloud;
    const std::string path = "/v3/OS-OAUTH1/consumers/" + cloud.consumer;
    CHECK_FALSE(cloud.get(path).body["consumer"].contains("secret"));
    CHECK_FALSE(cloud.get("/v3/OS-OAUTH1/consumers").body["consumers"][0].contains("secret"));
    CHECK(cloud.patch(path, {{"consumer", {{"secret", "mine"}}}}).status == 400);
    CHECK(cloud.patch(path, {{"consumer", {{"description", "other"}}}}).body["consumer"]["description"] == "other");
}
