// Against the examples that AWS publishes.
#include <catch2/catch.hpp>

#include "common/runtime/text.hpp"
#include "objectstore/s3/auth/chunks.hpp"
#include "objectstore/s3/auth/hmac.hpp"
#include "objectstore/s3/auth/signature.hpp"
#include "objectstore/s3/wire/error.hpp"

using namespace cumulet;
using namespace cumulet::objectstore::s3;

namespace {

constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const std::string kEmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const ClaimRules kRules{.now = *parse_amz_date("20130524T000000Z"), .regions = {"us-east-1"}};

http::Request request(std::string_view method, const std::string& target, const std::string& host) {
    http::Request request;
    request.method = http::parse_method(method);
    request.method_text = method;
    request.target = target;
    const auto mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != std::string::npos) request.query = target.substr(mark + 1);
    request.headers.set("Host", host);
    return request;
}

http::Request example_get() {
    auto made = request("GET", "/test.txt", "examplebucket.s3.amazonaws.com");
    made.headers.set("Range", "bytes=0-9");
    made.headers.set("x-amz-content-sha256", kEmptyHash);
    made.headers.set("x-amz-date", "20130524T000000Z");
    made.headers.set("Authorization",
                     "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                     "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
                     "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    return made;
}

std::string refusal(const http::Request& request, const ClaimRules& rules = kRules) {
    try {
        read_claim(request, rules);
    } catch (const S3Error& error) {
        return std::string(error.code());
    }
    return "";
}

bool fits(const http::Request& request) {
    const auto claim = read_claim(request, kRules);
    return v4_fits(request, claim, v4_signing_key(kSecret, claim));
}

http::Request example_chunked() {
    auto made = request("PUT", "/examplebucket/chunkObject.txt", "s3.amazonaws.com");
    made.headers.set("x-amz-date", "20130524T000000Z");
    made.headers.set("x-amz-storage-class", "REDUCED_REDUNDANCY");
    made.headers.set("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
    made.headers.set("Content-Encoding", "aws-chunked");
    made.headers.set("x-amz-decoded-content-length", "66560");
    made.headers.set("Content-Length", "66824");
    made.headers.set("Authorization",
                     "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                     "SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-"
                     "content-length;x-amz-storage-class,"
                     "Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
    return made;
}

std::string example_chunks() {
    return "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" +
           std::string(65536, 'a') +
           "\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" +
           std::string(1024, 'a') +
           "\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n";
}

// Feeds pieces of `step` bytes; the data, or the code of the error.
std::string decoded(const std::string& body, std::size_t step) {
    const auto claim = read_claim(example_chunked(), kRules);
    ChunkReader reader(claim, v4_signing_key(kSecret, claim));
    std::string out, buffer(777, '\0');
    try {
        for (std::size_t at = 0; at < body.size();) {
            const auto did = reader.decode(std::string_view(body).substr(at, step), buffer);
            at += did.consumed;
            out.append(buffer, 0, did.produced);
            if (reader.done()) return out;
        }
    } catch (const S3Error& error) {
        return std::string(error.code());
    }
    return "unfinished";
}

}  // namespace

TEST_CASE("a V4 header signature fits what was signed and nothing else") {
    REQUIRE(fits(example_get()));
    auto other = example_get();
    other.headers.set("Range", "bytes=0-10");
    REQUIRE_FALSE(fits(other));
    other = example_get();
    other.method_text = "PUT";
    REQUIRE_FALSE(fits(other));
    other = example_get();
    other.target = other.path = "/test.txu";
    REQUIRE_FALSE(fits(other));
    other = example_get();
    other.query = "acl";
    REQUIRE_FALSE(fits(other));
}

TEST_CASE("a request that names its whole URL fits as one that names its path") {
    auto made = example_get();
    made.target = "http://examplebucket.s3.amazonaws.com/test.txt";
    REQUIRE(fits(made));
    made.target = "http://examplebucket.s3.amazonaws.com/test.txt2";
    REQUIRE_FALSE(fits(made));
}

TEST_CASE("a presigned V4 URL fits") {
    const std::string target =
        "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%"
        "2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    const auto made = request("GET", target, "examplebucket.s3.amazonaws.com");
    REQUIRE(fits(made));
    auto rules = kRules;
    rules.now += std::chrono::hours(25);
    REQUIRE(refusal(made, rules) == "AccessDenied");
    REQUIRE(refusal(request("GET", target + "&x", "h")).empty());
    REQUIRE_FALSE(fits(request("GET", target + "&response-content-type=x", "examplebucket.s3.amazonaws.com")));
}

TEST_CASE("signed chunks are read, in pieces of any size") {
    REQUIRE(fits(example_chunked()));
    for (const std::size_t step : {1u, 7u, 1000u, 100'000u})
        REQUIRE(decoded(example_chunks(), step) == std::string(66560, 'a'));
}

TEST_CASE("chunks that were changed, moved, repeated or cut are refused") {
    auto changed = example_chunks();
    changed[500] = 'b';
    REQUIRE(decoded(changed, 1000) == "SignatureDoesNotMatch");
    const auto good = example_chunks();
    const auto first_end = good.find("\r\n400;") + 2;
    const std::string replayed = good.substr(0, first_end) + good;
    REQUIRE(decoded(replayed, 1000) == "SignatureDoesNotMatch");
    REQUIRE(decoded(good.substr(first_end), 1000) == "SignatureDoesNotMatch");
    REQUIRE(decoded(good.substr(0, good.size() - 2), 1000) == "unfinished");
    REQUIRE(decoded("zz;chunk-signature=00\r\n", 1000) == "InvalidRequest");
    REQUIRE(decoded("10000000000000000;chunk-signature=00\r\n", 1000) == "InvalidRequest");
    REQUIRE(decoded("5\r\nhello\r\n0\r\n\r\n", 1000) == "InvalidRequest");
    REQUIRE(decoded(std::string(5000, '1'), 1000) == "InvalidRequest");
}

TEST_CASE("claims that cannot be believed are refused before any secret is asked for") {
    const auto with = [](const std::string& name, const std::string& value) {
        auto made = example_get();
        made.headers.set(name, value);
        return made;
    };
    const std::string head = "AWS4-HMAC-SHA256 Credential=A/20130524/";
    const std::string rest = ",SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=0";
    REQUIRE(refusal(with("Authorization", head + "eu-west-1/s3/aws4_request" + rest)) ==
            "AuthorizationHeaderMalformed");
    REQUIRE(refusal(with("Authorization", head + "us-east-1/iam/aws4_request" + rest)) ==
            "AuthorizationHeaderMalformed");
    REQUIRE(refusal(with("Authorization", head + "us-east-1/s3/aws5_request" + rest)) ==
            "AuthorizationHeaderMalformed");
    REQUIRE(refusal(with("Authorization", "Basic eA==")) == "InvalidArgument");
    REQUIRE(refusal(with("x-amz-date", "20130523T234459Z")) == "RequestTimeTooSkewed");
    REQUIRE(refusal(with("x-amz-date", "20130524T001501Z")) == "RequestTimeTooSkewed");
    REQUIRE(refusal(with("x-amz-date", "20130524T001459Z")).empty());
    REQUIRE(refusal(with("x-amz-date", "yesterday")) == "AccessDenied");
    REQUIRE(refusal(with("x-amz-content-sha256", "STREAMING-NONSENSE")) == "InvalidArgument");
    REQUIRE(refusal(with("x-amz-acl", "public-read")) == "AccessDenied");  // not among the signed ones
    for (const auto* name : {"Authorization", "Host", "x-amz-date", "x-amz-content-sha256"}) {
        auto twice = example_get();
        twice.headers.add(name, std::string(*twice.headers.get(name)));
        REQUIRE(refusal(twice) == (name == std::string_view("x-amz-date") ? "AccessDenied" : "InvalidRequest"));
    }
    // A time to live of nothing, or of more than a week.
    for (const auto& [life, code] : {std::pair{"0", "AccessDenied"},
                                     {"-7", "AuthorizationQueryParametersError"},
                                     {"604801", "AuthorizationQueryParametersError"},
                                     {"soon", "AuthorizationQueryParametersError"}})
        REQUIRE(refusal(request("GET",
                                "/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20130524%2Fus-east-1%2Fs3%2F"
                                "aws4_request&X-Amz-Date=20130524T000000Z&X-Amz-SignedHeaders=host&X-Amz-Signature=0&"
                                "X-Amz-Expires=" +
                                    std::string(life),
                                "h")) == code);
    for (const auto* names : {"", "host;", "host;a%20b", "host;a%0Ab", "host;a:b"})
        REQUIRE(refusal(request("GET",
                                "/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20130524%2Fus-east-1%2Fs3%2F"
                                "aws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=9&X-Amz-Signature=0&"
                                "X-Amz-SignedHeaders=" +
                                    std::string(names),
                                "h")) == "AccessDenied");
    auto made = example_get();
    made.headers.remove("x-amz-content-sha256");
    REQUIRE(refusal(made) == "InvalidRequest");
    REQUIRE(refusal(with("Authorization", head + "us-east-1/s3/aws4_request,SignedHeaders=range;x-amz-content-sha256;"
                                                 "x-amz-date,Signature=0")) == "AccessDenied");
}

TEST_CASE("V2 signatures fit") {
    ClaimRules rules{.now = *parse_iso("2007-03-27T19:36:42Z"), .regions = {"us-east-1"}};
    auto made = request("GET", "/photos/puppy.jpg", "johnsmith.s3.amazonaws.com");
    made.headers.set("Date", "Tue, 27 Mar 2007 19:36:42 +0000");
    made.headers.set("Authorization", "AWS AKIAIOSFODNN7EXAMPLE:bWq2s1WEIj+Ydj0vQ697zp+IXMU=");
    const auto claim = read_claim(made, rules);
    REQUIRE(v2_fits(made, claim, kSecret, "johnsmith"));
    REQUIRE_FALSE(v2_fits(made, claim, kSecret, "johnsmitt"));
    REQUIRE_FALSE(v2_fits(made, claim, "other", "johnsmith"));
    auto url = request("GET",
                       "/photos/puppy.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%"
                       "3D&Expires=1175139620",
                       "johnsmith.s3.amazonaws.com");
    REQUIRE(v2_fits(url, read_claim(url, rules), kSecret, "johnsmith"));
    // A bucket by its path: some clients sign it with a slash that they do not send.
    auto bucket = request("PUT", "/johnsmith", "s3.amazonaws.com");
    bucket.headers.set("Date", "Tue, 27 Mar 2007 19:36:42 +0000");
    for (const std::string path : {"/johnsmith", "/johnsmith/", "/johnsmith//"}) {
        const auto text = "PUT\n\n\nTue, 27 Mar 2007 19:36:42 +0000\n" + path;
        bucket.headers.set("Authorization", "AWS A:" + text::to_base64(hmac(Hash::sha1, kSecret, text)));
        REQUIRE(v2_fits(bucket, read_claim(bucket, rules), kSecret, "") == (path != "/johnsmith//"));
    }
    rules.now += std::chrono::hours(48);
    REQUIRE(refusal(url, rules) == "AccessDenied");
    REQUIRE(refusal(made, rules) == "RequestTimeTooSkewed");
}
