#include <catch2/catch.hpp>

#include "cloud.hpp"
#include "common/runtime/text.hpp"
#include "identity/ec2_signature.hpp"

using namespace cumulet;
using namespace cumulet::identity;
using namespace cumulet::identity::test;
using nlohmann::json;
using M = http::Method;

TEST_CASE("signatures are those that AWS clients compute") {
    // The example of AWS' signature version 4 documentation (GET ListUsers).
    const json request{{"verb", "GET"},
                       {"host", "iam.amazonaws.com"},
                       {"path", "/"},
                       {"params", {{"Action", "ListUsers"}, {"Version", "2010-05-08"}}},
                       {"headers",
                        {{"Host", "iam.amazonaws.com"},
                         {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
                         {"X-Amz-Date", "20150830T123600Z"},
                         {"Authorization",
                          "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
                          "SignedHeaders=content-type;host;x-amz-date, Signature=unknown"}}},
                       {"body_hash", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}};
    CHECK(ec2_signature("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", request) ==
          "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
    CHECK_FALSE(ec2_signature("secret", json::object()));
    CHECK_FALSE(ec2_signature("secret", {{"params", 1}}));
    CHECK_FALSE(s3_signature("secret", "AWS4-HMAC-SHA256\nx"));
}

TEST_CASE("an EC2 key is exchanged for its owner's token by services, with a signature that fits") {
    Cloud cloud;
    const auto user = cloud.id_of("users", "demo");
    const auto demo = cloud.token_for("demo", project_scope("demo"));
    auto made = cloud.call(M::post, "/v3/users/" + user + "/credentials/OS-EC2",
                           {{"tenant_id", cloud.id_of("projects", "demo")}}, demo);
    REQUIRE(made.status == 201);
    const auto access = made.body["credential"]["access"].get<std::string>(),
               secret = made.body["credential"]["secret"].get<std::string>();
    const auto nova = cloud.token_for("nova", project_scope("service"));
    auto send = [&](const std::string& with_secret, const std::string& token) {
        const std::string to_sign = "AWS4-HMAC-SHA256\n20231114T221320Z\n20231114/r/s3/aws4_request\nhash";
        return cloud.call(M::post, "/v3/s3tokens",
                          {{"credentials",
                            {{"access", access},
                             {"token", text::to_base64_url(to_sign)},
                             {"signature", *s3_signature(with_secret, to_sign)}}}},
                          token);
    };
    auto token = send(secret, nova);
    REQUIRE(token.status == 200);
    CHECK(token.body["token"]["user"]["name"] == "demo");
    CHECK(token.body["token"]["methods"] == json{"ec2credential"});
    CHECK(cloud.validate(token.token).body == token.body);
    CHECK(send("wrong", nova).status == 401);
    const auto key = cloud.call(M::post, "/v3/ec2keys", {{"access", access}}, nova);
    REQUIRE(key.status == 200);
    CHECK(key.body["secret"] == secret);
    CHECK(key.body["token"]["user"]["name"] == "demo");
    CHECK(cloud.call(M::post, "/v3/ec2keys", {{"access", access}}, demo).status == 403);
    CHECK(cloud.call(M::post, "/v3/ec2keys", {{"access", "none"}}, nova).status == 404);
    CHECK(send(secret, demo).status == 403);
    CHECK(cloud.call(M::get, "/v3/users/" + user + "/credentials/OS-EC2", nullptr, demo).body["credentials"].size() ==
          1);
    CHECK(cloud.call(M::del, "/v3/users/" + user + "/credentials/OS-EC2/" + access, nullptr, demo).status == 204);
    CHECK(send(secret, nova).status == 401);
}

TEST_CASE("the blob of a credential may not nest without bound") {
    Cloud cloud;
    const auto user = cloud.id_of("users", "demo"), project = cloud.id_of("projects", "demo");
    const auto demo = cloud.token_for("demo", project_scope("demo"));
    const auto made_with = [&](int levels) {
        const std::string trust = std::string(levels, '[') + std::string(levels, ']');
        const json credential{
            {"type", "ec2"},
            {"user_id", user},
            {"project_id", project},
            {"blob", fmt::format(R"({{"access": "a{}", "secret": "s", "trust_id": {}}})", levels, trust)}};
        return cloud.call(M::post, "/v3/credentials", {{"credential", credential}}, demo).status;
    };
    CHECK(made_with(2) == 201);
    CHECK(made_with(100'000) == 400);
}
