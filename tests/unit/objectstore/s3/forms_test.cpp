// Objects from HTML forms: policies, what they let through, and what the browser is told.
#include <catch2/catch.hpp>

#include "common/runtime/text.hpp"
#include "objectstore/s3/auth/hmac.hpp"
#include "objectstore/s3/auth/keys.hpp"
#include "objectstore/s3/rules/post_policy.hpp"
#include "objectstore/s3/wire/error.hpp"
#include "s3_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::S3UnderTest;

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

std::string body_of(const Fields& fields, const std::string& filename = "name.txt") {
    std::string out;
    for (const auto& [name, value] : fields)
        out += "--line\r\nContent-Disposition: form-data; name=\"" + name + "\"" +
               (name == "file" ? "; filename=\"" + filename + "\"" : "") + "\r\n\r\n" + value + "\r\n";
    return out + "--line--\r\n";
}

testing::Answer post(S3UnderTest& s3, const Fields& fields, const std::string& bucket = "/bucket",
                     const std::string& filename = "name.txt") {
    auto request = s3.request("POST", bucket);
    request.headers.set("Content-Type", "multipart/form-data; boundary=line");
    auto body = body_of(fields, filename);
    request.content_length = body.size();
    return s3.send(std::move(request), std::move(body));
}

std::string until(S3UnderTest& s3, std::chrono::seconds more) { return to_iso_seconds(s3.clock.now() + more); }

std::string policy(const std::string& expiration, const std::string& conditions) {
    return text::to_base64(R"({"expiration":")" + expiration + R"(","conditions":[)" + conditions + "]}");
}

const std::string kUsual = R"({"bucket":"bucket"},["starts-with","$key","in/"],{"acl":"private"},)"
                           R"(["starts-with","$Content-Type","text/"],["content-length-range",2,10])";

// As V2 signs it.
Fields signed_form(S3UnderTest& s3, const std::string& policy_text, const std::string& file = "hello") {
    (void)s3;
    return {{"key", "in/${filename}"},
            {"AWSAccessKeyId", "alice"},
            {"acl", "private"},
            {"Content-Type", "text/plain"},
            {"signature", text::to_base64(s3::hmac(s3::Hash::sha1, S3UnderTest::secret_of("alice"), policy_text))},
            {"policy", policy_text},
            {"file", file}};
}

Fields with(Fields fields, const std::string& name, const std::string& value) {
    for (auto& each : fields)
        if (each.first == name) {
            each.second = value;
            return fields;
        }
    fields.insert(fields.begin(), {name, value});
    return fields;
}

Fields without(Fields fields, const std::string& name) {
    std::erase_if(fields, [&](const auto& each) { return each.first == name; });
    return fields;
}

}  // namespace

TEST_CASE("the signature of a form's policy is that of the published example") {
    const std::string text =
        "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7ImJ1Y2tldCI6ICJzaW"
        "d2NGV4YW1wbGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2VyMS8iXSwNCiAgICB7ImFjbCI6ICJwdWJs"
        "aWMtcmVhZCJ9LA0KICAgIHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaHR0cDovL3NpZ3Y0ZXhhbXBsZWJ1Y2tldC5zMy5hbWF6b25hd3"
        "MuY29tL3N1Y2Nlc3NmdWxfdXBsb2FkLmh0bWwifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRDb250ZW50LVR5cGUiLCAiaW1hZ2UvIl0sDQog"
        "ICAgeyJ4LWFtei1tZXRhLXV1aWQiOiAiMTQzNjUxMjM2NTEyNzQifSwNCiAgICB7IngtYW16LXNlcnZlci1zaWRlLWVuY3J5cHRpb24iOiAiQU"
        "VTMjU2In0sDQogICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXotbWV0YS10YWciLCAiIl0sDQoNCiAgICB7IngtYW16LWNyZWRlbnRpYWwiOiAi"
        "QUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxNTEyMjkvdXMtZWFzdC0xL3MzL2F3czRfcmVxdWVzdCJ9LA0KICAgIHsieC1hbXotYWxnb3JpdGhtIj"
        "ogIkFXUzQtSE1BQy1TSEEyNTYifSwNCiAgICB7IngtYW16LWRhdGUiOiAiMjAxNTEyMjlUMDAwMDAwWiIgfQ0KICBdDQp9";
    std::map<std::string, std::string> fields{
        {"policy", text},
        {"x-amz-algorithm", "AWS4-HMAC-SHA256"},
        {"x-amz-credential", "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},
        {"x-amz-date", "20151229T000000Z"},
        {"x-amz-signature", "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e"}};
    const s3::ClaimRules rules{.now = {}, .regions = {"us-east-1"}};
    const auto claim = s3::read_form_claim(fields, rules);
    REQUIRE(claim);
    const s3::AccessKey key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", nullptr);
    REQUIRE(key.signed_policy(text, *claim));
    REQUIRE_FALSE(key.signed_policy(text + "A", *claim));
    REQUIRE(s3::parse_post_policy(*text::from_base64(text)).conditions.size() == 11);
    fields["x-amz-date"] = "20151230T000000Z";
    REQUIRE_THROWS_AS(s3::read_form_claim(fields, rules), s3::S3Error);
}

TEST_CASE("a form without a policy writes where all may write") {
    S3UnderTest s3;
    s3.call("PUT", "/open", "alice", {{"x-amz-acl", "public-read-write"}});
    s3.call("PUT", "/bucket");
    REQUIRE(post(s3, {{"key", "o"}, {"file", "x"}}).code() == "AccessDenied");
    REQUIRE(post(s3, {{"key", "o"}, {"file", "x"}}, "/none").code() == "NoSuchBucket");
    REQUIRE(post(s3,
                 {{"key", "dir/${filename}"},
                  {"Content-Type", "text/plain"},
                  {"acl", "public-read"},
                  {"x-amz-meta-colour", "red"},
                  {"tagging", "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"},
                  {"file", "hello"},
                  {"acl", "behind the file nothing counts"}},
                 "/open", "C:\\x\\my file.txt")
                .status == 204);
    const auto got = s3.call("GET", "/open/dir/my%20file.txt", "");
    REQUIRE(got.body == "hello");
    REQUIRE(got.header("Content-Type") == "text/plain");
    REQUIRE(got.header("x-amz-meta-colour") == "red");
    REQUIRE(got.header("x-amz-tagging-count") == "1");
    const auto made = post(s3, {{"key", "a&b"}, {"success_action_status", "201"}, {"file", "x"}}, "/open");
    REQUIRE(made.status == 201);
    REQUIRE(made.xml("PostResponse").text_of("Key") == "a&b");
    REQUIRE(post(s3, {{"key", "a"}, {"success_action_status", "404"}, {"file", "x"}}, "/open").status == 204);
    const auto sent = post(s3, {{"key", "a b"}, {"success_action_redirect", "http://h/p?q"}, {"file", "x"}}, "/open");
    REQUIRE(sent.status == 303);
    REQUIRE(sent.header("Location") ==
            "http://h/p?q&bucket=open&key=a%20b&etag=%229dd4e461268c8034f5c8564e155c67a6%22");
    REQUIRE(post(s3, {{"key", "a"}, {"redirect", "http://h\r\nX: y"}, {"file", "x"}}, "/open").code() ==
            "InvalidArgument");
    REQUIRE(post(s3, {{"key", "a"}, {"Content-MD5", text::to_base64(std::string(16, 'x'))}, {"file", "x"}}, "/open")
                .code() == "BadDigest");
    REQUIRE(post(s3, {{"key", "a"}, {"x-amz-checksum-crc32", "AAAAAA=="}, {"file", "x"}}, "/open").code() ==
            "BadDigest");
}

TEST_CASE("a signed policy lets through what it says, for whom who signed it") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    const auto good = signed_form(s3, policy(until(s3, std::chrono::hours(1)), kUsual));
    REQUIRE(post(s3, good).status == 204);
    REQUIRE(s3.call("GET", "/bucket/in/name.txt").body == "hello");
    REQUIRE(post(s3, with(good, "file", "x")).code() == "EntityTooSmall");
    REQUIRE(post(s3, with(good, "file", std::string(11, 'x'))).code() == "EntityTooLarge");
    REQUIRE(s3.call("GET", "/bucket/in/name.txt").body == "hello");
    for (const auto& [name, value] : Fields{{"key", "out"}, {"acl", "public-read"}, {"Content-Type", "image/png"}})
        REQUIRE(post(s3, with(good, name, value)).code() == "AccessDenied");
    REQUIRE(post(s3, with(good, "x-amz-meta-other", "1")).code() == "AccessDenied");
    REQUIRE(post(s3, with(good, "x-ignore-other", "1")).status == 204);
    REQUIRE(post(s3, with(good, "x-amz-checksum-crc32", "AAAAAA==")).code() == "BadDigest");
    REQUIRE(post(s3, without(good, "acl")).code() == "AccessDenied");
    REQUIRE(post(s3, with(good, "signature", "AAAA")).code() == "SignatureDoesNotMatch");
    REQUIRE(post(s3, with(good, "AWSAccessKeyId", "bob")).code() == "SignatureDoesNotMatch");
    REQUIRE(post(s3, with(good, "AWSAccessKeyId", "nobody")).code() == "InvalidAccessKeyId");
    for (const auto* name : {"signature", "policy", "AWSAccessKeyId", "key"})
        REQUIRE(post(s3, without(good, name)).code() == "InvalidArgument");
    REQUIRE(post(s3, without(good, "file")).code() == "InvalidArgument");
    s3.call("PUT", "/other");
    REQUIRE(post(s3, good, "/other").code() == "AccessDenied");
    const auto old = signed_form(s3, policy(until(s3, -std::chrono::hours(1)), kUsual));
    REQUIRE(post(s3, old).code() == "AccessDenied");
    for (const std::string bad :
         {"no json", "[]", "{}", R"({"expiration":"2030-01-01T00:00:00Z"})",
          R"({"expiration":"2030-01-01 00:00:00Z","conditions":[]})",
          R"({"EXPIRATION":"2030-01-01T00:00:00Z","conditions":[]})",
          R"({"expiration":"2030-01-01T00:00:00Z","conditions":[{}]})",
          R"({"expiration":"2030-01-01T00:00:00Z","conditions":[["content-length-range",1]]})",
          R"({"expiration":"2030-01-01T00:00:00Z","conditions":[["content-length-range",-1,5]]})",
          R"({"expiration":"2030-01-01T00:00:00Z","conditions":[["content-length-range",9,5]]})",
          R"({"expiration":"2030-01-01T00:00:00Z","conditions":[["like","$key","a"]]})",
          R"({"expiration":"2030-01-01T00:00:00Z","conditions":[["eq","key","a"]]})",
          R"({"expiration":"2030-01-01T00:00:00Z","conditions":[{"key":1}]})"})
        REQUIRE(post(s3, signed_form(s3, text::to_base64(bad))).code() == "InvalidPolicyDocument");
}

TEST_CASE("a request that is no form, or too much of one, is refused") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket", "alice", {{"x-amz-acl", "public-read-write"}});
    auto request = s3.request("POST", "/bucket");
    request.content_length = 1;
    REQUIRE(s3.send(request, "x").code() == "PreconditionFailed");
    request.headers.set("Content-Type", "multipart/form-data; boundary=line");
    REQUIRE(s3.send(request, "x").code() == "MalformedPOSTRequest");
    const auto whole = body_of({{"key", "cut"}, {"file", "data"}});
    for (const auto size : {whole.size() - 6, whole.size() - 12, std::size_t{30}}) {
        request.content_length = size;
        REQUIRE(s3.send(request, whole.substr(0, size)).status == 400);
    }
    REQUIRE(s3.call("GET", "/bucket/cut").code() == "NoSuchKey");
    REQUIRE(post(s3, {{"key", "a"}, {"KEY", "b"}, {"file", "x"}}).code() == "InvalidArgument");
    REQUIRE(post(s3, {{"key", "a"}, {"x-amz-meta-a", std::string(21'000, 'x')}, {"file", "x"}}).status == 400);
    REQUIRE(post(s3, {{"key", std::string(1025, 'k')}, {"file", "x"}}).code() == "KeyTooLongError");
    REQUIRE(post(s3, {{"key", "bad\xff"}, {"file", "x"}}).status == 400);
}
