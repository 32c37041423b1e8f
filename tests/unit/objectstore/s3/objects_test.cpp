#include <catch2/catch.hpp>

#include "common/runtime/text.hpp"
#include "objectstore/s3/auth/hmac.hpp"
#include "objectstore/swift/upload.hpp"
#include "s3_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::S3UnderTest;

namespace {

std::vector<std::string> keys_in(const s3::XmlNode& listing) {
    std::vector<std::string> keys;
    for (const auto* each : listing.all("Contents")) keys.push_back(each->text_of("Key"));
    for (const auto* each : listing.all("CommonPrefixes")) keys.push_back(each->text_of("Prefix"));
    return keys;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("the tables hold what tables must hold") { REQUIRE(api::table_problems(s3::all_tables()).empty()); }

TEST_CASE("buckets are made, listed and removed") {
    S3UnderTest s3;
    REQUIRE(s3.call("PUT", "/first").status == 200);
    REQUIRE(s3.call("PUT", "/second").status == 200);
    REQUIRE(s3.call("PUT", "/first").status == 200);
    s3.swift_call("PUT", "p1/by-swift");
    REQUIRE(s3.call("GET", "/by-swift", "bob").code() == "NoSuchBucket");
    REQUIRE(s3.call("PUT", "/by-swift").status == 200);
    REQUIRE(s3.call("GET", "/by-swift", "bob").code() == "AccessDenied");
    REQUIRE(s3.call("DELETE", "/by-swift").status == 204);
    REQUIRE(s3.call("PUT", "/first", "alice", {{"x-amz-acl", "public-read"}}).code() == "BucketAlreadyExists");
    REQUIRE(s3.call("PUT", "/first", "bob").code() == "BucketAlreadyExists");
    for (const auto* bad : {"/ab", "/Capital", "/1.2.3.4", "/a..b", "/-ab", "/ab-", "/a_b"}) {
        REQUIRE(s3.call("PUT", bad).code() == "InvalidBucketName");
        REQUIRE(s3.call("GET", bad).code() == "InvalidBucketName");
        REQUIRE(s3.call("HEAD", bad).status == 400);
    }
    const auto list = s3.call("GET", "/").xml("ListAllMyBucketsResult");
    REQUIRE(list.child("Owner")->text_of("ID") == "p1");
    REQUIRE(list.child("Buckets")->all("Bucket").size() == 2);
    REQUIRE(s3.call("HEAD", "/first").status == 200);
    REQUIRE(s3.call("HEAD", "/third").status == 404);
    REQUIRE(s3.call("GET", "/first?location").xml("LocationConstraint").text == "RegionOne");
    s3.call("PUT", "/first/o", "alice", {}, "x");
    REQUIRE(s3.call("DELETE", "/first").code() == "BucketNotEmpty");
    REQUIRE(s3.call("DELETE", "/first/o").status == 204);
    REQUIRE(s3.call("DELETE", "/first/o").status == 204);
    REQUIRE(s3.call("DELETE", "/first").status == 204);
    REQUIRE(s3.call("GET", "/first").code() == "NoSuchBucket");
    REQUIRE(s3.call("PUT", "/first", "bob").status == 200);
}

TEST_CASE("an object comes back as it was put, by either API") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    for (const std::size_t size : {std::size_t{0}, std::size_t{5}, std::size_t{65'536}, std::size_t{700'001}}) {
        const std::string bytes(size, 'z');
        const auto put =
            s3.call("PUT", "/bucket/dir/o%20x", "alice",
                    {{"x-amz-meta-colour", "red"}, {"Content-Type", "text/x"}, {"Cache-Control", "no"}}, bytes);
        REQUIRE(put.status == 200);
        REQUIRE(put.header("ETag") == "\"" + swift::md5_of(bytes) + "\"");
        const auto got = s3.call("GET", "/bucket/dir/o%20x");
        REQUIRE(got.status == 200);
        REQUIRE(got.body == bytes);
        REQUIRE(got.header("x-amz-meta-colour") == "red");
        REQUIRE(got.header("Content-Type") == "text/x");
        REQUIRE(got.header("Cache-Control") == "no");
        const auto swift = s3.swift_call("GET", "p1/bucket/dir/o%20x");
        REQUIRE(swift.body == bytes);
        REQUIRE(swift.header("X-Object-Meta-Colour") == "red");
    }
    REQUIRE(s3.swift_call("PUT", "p1/bucket/by-swift", "alice", {{"X-Object-Meta-A-B", "c"}}, "hello").status == 201);
    const auto got = s3.call("GET", "/bucket/by-swift");
    REQUIRE(got.body == "hello");
    REQUIRE(got.header("x-amz-meta-a-b") == "c");
    REQUIRE(keys_in(s3.call("GET", "/bucket").xml("ListBucketResult")) == Names{"by-swift", "dir/o x"});
    REQUIRE(s3.call("DELETE", "/bucket/by-swift").status == 204);
    REQUIRE(s3.swift_call("GET", "p1/bucket/by-swift").status == 404);
}

TEST_CASE("only what the signature and the checksums say is stored") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    const auto put = [&](testing::Sent headers, const std::string& body) {
        return s3.call("PUT", "/bucket/o", "alice", std::move(headers), body).code();
    };
    REQUIRE(put({{"Content-MD5", "bm9uc2Vuc2U="}}, "x") == "InvalidDigest");
    REQUIRE(put({{"Content-MD5", text::to_base64(std::string(16, 'x'))}}, "x") == "BadDigest");
    REQUIRE(put({{"x-amz-checksum-sha256", text::to_base64(std::string(32, 'x'))}}, "x") == "BadDigest");
    REQUIRE(put({{"x-amz-checksum-sha256", "eA=="}}, "x") == "BadDigest");
    REQUIRE(s3.call("GET", "/bucket/o").code() == "NoSuchKey");
    REQUIRE(put({{"x-amz-checksum-crc32", "y/Q5Jg=="}}, "123456789").empty());
    REQUIRE(put({{"x-amz-checksum-crc32c", "4waSgw=="}}, "123456789").empty());
    REQUIRE(put({{"x-amz-checksum-crc64nvme", "rosUhgp5mIg="}}, "123456789").empty());
    REQUIRE(put({{"x-amz-checksum-sha1", text::to_base64(s3::digest_of(s3::Hash::sha1, "123456789"))}}, "123456789")
                .empty());
    REQUIRE(put({{"x-amz-checksum-crc32c", "4waSgw=="}}, "123456780") == "BadDigest");
    auto made = s3.request("PUT", "/bucket/other");
    made.content_length = 1;
    s3.sign(made, "alice", text::to_hex(s3::digest_of(s3::Hash::sha256, "x")));
    REQUIRE(s3.send(made, "y").code() == "XAmzContentSHA256Mismatch");
    REQUIRE(s3.call("GET", "/bucket/other").code() == "NoSuchKey");
}

TEST_CASE("a body with an unsigned trailer") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    const auto put = [&](const std::string& body, const std::string& length) {
        auto made = s3.request("PUT", "/bucket/o");
        made.content_length = body.size();
        made.headers.set("x-amz-trailer", "x-amz-checksum-crc32c");
        made.headers.set("x-amz-decoded-content-length", length);
        made.headers.set("Content-Encoding", "gzip,aws-chunked");
        s3.sign(made, "alice", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
        return s3.send(made, body);
    };
    const std::string good = "9\r\n123456789\r\n0\r\nx-amz-checksum-crc32c:4waSgw==\r\n\r\n";
    REQUIRE(put(good, "9").status == 200);
    const auto got = s3.call("GET", "/bucket/o");
    REQUIRE(got.body == "123456789");
    REQUIRE(got.header("Content-Encoding") == "gzip");
    REQUIRE(put("9\r\n123456780\r\n0\r\nx-amz-checksum-crc32c:4waSgw==\r\n\r\n", "9").code() == "BadDigest");
    REQUIRE(put(good, "8").code() == "InvalidRequest");
    REQUIRE(put(good, "10").code() == "IncompleteBody");
    REQUIRE(put("9\r\n123456789\r\n0\r\n\r\n", "9").code() == "InvalidRequest");
    REQUIRE(put("9\r\n123456789\r\n", "9").code() == "IncompleteBody");
    REQUIRE(put(good + "more", "9").code() == "InvalidRequest");
}

TEST_CASE("conditions of reads and writes") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    const std::string etag = s3.call("PUT", "/bucket/o", "alice", {}, "abc").header("ETag");
    const auto get = [&](const char* name, const std::string& value) {
        return s3.call("GET", "/bucket/o", "alice", {{name, value}}).status;
    };
    REQUIRE(get("If-Match", etag) == 200);
    REQUIRE(get("If-Match", "\"x\"") == 412);
    REQUIRE(get("If-None-Match", etag) == 304);
    REQUIRE(get("If-None-Match", "\"x\"") == 200);
    REQUIRE(get("If-Modified-Since", to_http_date(s3.clock.now() + std::chrono::seconds(1))) == 304);
    REQUIRE(get("If-Unmodified-Since", to_http_date(s3.clock.now() - std::chrono::hours(1))) == 412);
    const auto put = [&](const char* key, const char* name, const std::string& value) {
        return s3.call("PUT", key, "alice", {{name, value}}, "new").status;
    };
    REQUIRE(put("/bucket/o", "If-None-Match", "*") == 412);
    REQUIRE(put("/bucket/o", "If-Match", "\"x\"") == 412);
    REQUIRE(put("/bucket/none", "If-Match", etag) == 404);
    REQUIRE(put("/bucket/o2", "If-None-Match", "*") == 200);
    REQUIRE(put("/bucket/o", "If-Match", etag) == 200);
    const auto range = s3.call("GET", "/bucket/o", "alice", {{"Range", "bytes=1-"}});
    REQUIRE(range.status == 206);
    REQUIRE(range.body == "ew");
    REQUIRE(range.header("Content-Range") == "bytes 1-2/3");
    REQUIRE(s3.call("GET", "/bucket/o", "alice", {{"Range", "bytes=9-"}}).code() == "InvalidRange");
}

TEST_CASE("listings by page, prefix and delimiter") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    for (const auto* key : {"a", "b/1", "b/2", "c", "d/e/f"})
        s3.call("PUT", std::string("/bucket/") + key, "alice", {}, "x");
    const auto list = [&](const std::string& query) {
        return s3.call("GET", "/bucket?" + query).xml("ListBucketResult");
    };
    REQUIRE(keys_in(list("")) == Names{"a", "b/1", "b/2", "c", "d/e/f"});
    REQUIRE(keys_in(list("delimiter=/")) == Names{"a", "c", "b/", "d/"});
    REQUIRE(keys_in(list("prefix=b/&delimiter=/")) == Names{"b/1", "b/2"});
    REQUIRE(keys_in(list("marker=b/1")) == Names{"b/2", "c", "d/e/f"});
    REQUIRE(list("max-keys=0").text_of("IsTruncated") == "false");
    Names all;
    std::string token;
    for (int pages = 0; pages < 10; ++pages) {
        const auto page =
            list("list-type=2&delimiter=/&max-keys=1" + (token.empty() ? "" : "&continuation-token=" + token));
        for (auto& key : keys_in(page)) all.push_back(key);
        REQUIRE(page.text_of("KeyCount") == "1");
        if (page.text_of("IsTruncated") == "false") break;
        token = text::percent_encode(page.text_of("NextContinuationToken"));
    }
    REQUIRE(all == Names{"a", "b/", "c", "d/"});
    REQUIRE(keys_in(list("list-type=2&start-after=b/2")) == Names{"c", "d/e/f"});
    s3.call("PUT", "/bucket/%01", "alice", {}, "x");
    REQUIRE(keys_in(list("encoding-type=url&max-keys=1")) == Names{"%01"});
    REQUIRE(s3.call("GET", "/bucket?max-keys=x").code() == "InvalidArgument");
    REQUIRE(s3.call("GET", "/bucket?encoding-type=x").code() == "InvalidArgument");
}

TEST_CASE("many deletes in one request, and copies") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    s3.call("PUT", "/bucket/a", "alice", {{"x-amz-meta-k", "v"}, {"Content-Type", "text/a"}}, "bytes");
    REQUIRE(s3.call("PUT", "/bucket/b", "alice", {{"x-amz-copy-source", "/bucket/a"}}).status == 200);
    const auto copied = s3.call("GET", "/bucket/b");
    REQUIRE(copied.body == "bytes");
    REQUIRE(copied.header("x-amz-meta-k") == "v");
    REQUIRE(s3.call("PUT", "/bucket/a", "alice", {{"x-amz-copy-source", "bucket/a"}}).code() == "InvalidRequest");
    REQUIRE(s3.call("PUT", "/bucket/a", "alice",
                    {{"x-amz-copy-source", "bucket/a"}, {"x-amz-metadata-directive", "REPLACE"}, {"x-amz-meta-n", "1"}})
                .status == 200);
    REQUIRE(s3.call("HEAD", "/bucket/a").header("x-amz-meta-k") == "(none)");
    REQUIRE(s3.call("PUT", "/bucket/c", "alice", {{"x-amz-copy-source", "bucket/none"}}).code() == "NoSuchKey");
    REQUIRE(s3.call("PUT", "/bucket/c", "alice", {{"x-amz-copy-source", "none"}}).code() == "InvalidArgument");
    const auto gone = s3.call("POST", "/bucket?delete", "alice", {},
                              "<Delete><Object><Key>a</Key></Object><Object><Key>none</Key></Object></Delete>")
                          .xml("DeleteResult");
    REQUIRE(gone.all("Deleted").size() == 2);
    REQUIRE(keys_in(s3.call("GET", "/bucket").xml("ListBucketResult")) == Names{"b"});
    REQUIRE(s3.call("POST", "/bucket?delete", "alice", {}, "<Delete>").code() == "MalformedXML");
    REQUIRE(s3.call("POST", "/bucket?delete", "alice", {}, "<Delete><Object><Key/></Object></Delete>").code() ==
            "UserKeyMustBeSpecified");
    REQUIRE(s3.call("PUT", "/bucket/with %25-sign").status == 200);
    REQUIRE(s3.call("PUT", "/bucket/d", "alice", {{"x-amz-copy-source", "/bucket/with %-sign"}}).status == 200);
    REQUIRE(s3.call("PUT", "/bucket/d", "alice", {{"x-amz-copy-source", "/bucket/b?versionId=null"}}).status == 200);
    for (const auto* bad : {"/bucket/b?nonsense", "/bucket/b?versionId=null&nonsense"})
        REQUIRE(s3.call("PUT", "/bucket/d", "alice", {{"x-amz-copy-source", bad}}).code() == "InvalidArgument");
}

TEST_CASE("strangers neither read nor write, and signatures decide who is one") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    s3.call("PUT", "/bucket/o", "alice", {}, "x");
    for (const auto* who : {"bob", "guest", ""}) {
        REQUIRE(s3.call("GET", "/bucket/o", who).code() == "AccessDenied");
        REQUIRE(s3.call("GET", "/bucket/none", who).code() == "AccessDenied");
        REQUIRE(s3.call("GET", "/bucket", who).code() == "AccessDenied");
        REQUIRE(s3.call("PUT", "/bucket/o", who, {}, "y").code() == "AccessDenied");
        REQUIRE(s3.call("DELETE", "/bucket/o", who).code() == "AccessDenied");
        REQUIRE(s3.call("DELETE", "/bucket", who).code() == "AccessDenied");
    }
    REQUIRE(s3.call("GET", "/bucket/o", "ann").status == 200);
    REQUIRE(s3.call("GET", "/", "").code() == "AccessDenied");
    auto made = s3.request("GET", "/bucket/o");
    s3.sign(made, "alice", "UNSIGNED-PAYLOAD");
    auto broken = made;
    broken.path = broken.target = "/bucket/o2";
    REQUIRE(s3.send(broken).code() == "SignatureDoesNotMatch");
    REQUIRE(s3.send(made).status == 200);
    s3.clock.advance(std::chrono::minutes(16));
    REQUIRE(s3.send(made).code() == "RequestTimeTooSkewed");
    auto stranger = s3.request("GET", "/bucket/o");
    s3.sign(stranger, "nobody-knows", "UNSIGNED-PAYLOAD");
    REQUIRE(s3.send(stranger).code() == "InvalidAccessKeyId");
    s3.swift_call("POST", "p1/bucket", "alice", {{"X-Container-Read", ".r:*,.rlistings"}});
    REQUIRE(s3.call("GET", "/bucket/o", "").status == 200);
    REQUIRE(s3.call("GET", "/bucket", "").status == 200);
}

TEST_CASE("a bucket in the name of the host") {
    S3UnderTest s3;
    s3.settings.domains = {"s3.test"};
    s3.call("PUT", "/bucket");
    auto made = s3.request("PUT", "/dir/o");
    made.headers.set("Host", "bucket.s3.test:8080");
    made.content_length = 1;
    s3.sign(made, "alice", "UNSIGNED-PAYLOAD");
    REQUIRE(s3.send(made, "x").status == 200);
    REQUIRE(s3.call("GET", "/bucket/dir/o").body == "x");
    auto list = s3.request("GET", "/?prefix=dir");
    list.headers.set("Host", "bucket.s3.test");
    s3.sign(list, "alice", "UNSIGNED-PAYLOAD");
    REQUIRE(keys_in(s3.send(list).xml("ListBucketResult")) == Names{"dir/o"});
}

TEST_CASE("what S3 has and we do not is said so") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    REQUIRE(s3.call("PUT", "/bucket?inventory", "alice", {}, "<x/>").code() == "NotImplemented");
    REQUIRE(s3.call("POST", "/bucket").code() == "PreconditionFailed");  // no form
    REQUIRE(s3.call("GET", "/bucket/%ff").status == 400);
}

TEST_CASE("conditions of deletes") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    for (const bool versions : {false, true}) {
        if (versions)
            s3.call("PUT", "/bucket?versioning", "alice", {},
                    "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
        const auto put = s3.call("PUT", "/bucket/o", "alice", {}, "abc");
        const auto modified = s3.call("HEAD", "/bucket/o").header("Last-Modified");
        const auto erase = [&](const char* name, const std::string& value) {
            return s3.call("DELETE", "/bucket/o", "alice", {{name, value}}).status;
        };
        const auto erase_many = [&](const std::string& condition) {
            return s3.call("POST", "/bucket?delete", "alice", {},
                           "<Delete><Object><Key>o</Key>" + condition + "</Object></Delete>");
        };
        REQUIRE(erase("If-Match", "\"x\"") == 412);
        REQUIRE(erase("x-amz-if-match-size", "4") == 412);
        REQUIRE(erase("x-amz-if-match-size", "x") == 400);
        REQUIRE(erase("x-amz-if-match-last-modified-time", "Thu, 01 Jan 2015 00:00:00 GMT") == 412);
        REQUIRE(erase_many("<ETag>x</ETag>").xml("DeleteResult").child("Error")->text_of("Code") ==
                "PreconditionFailed");
        REQUIRE(erase_many("<Size>4</Size>").xml("DeleteResult").has("Error"));
        REQUIRE(s3.call("GET", "/bucket/o").body == "abc");
        REQUIRE(s3.call("DELETE", "/bucket/o", "alice",
                        {{"If-Match", put.header("ETag")},
                         {"x-amz-if-match-size", "3"},
                         {"x-amz-if-match-last-modified-time", modified}})
                    .status == 204);
        REQUIRE(s3.call("GET", "/bucket/o").status == 404);
        // Nothing is there; with versions a marker is.
        REQUIRE(erase("If-Match", "*") == 204);
        REQUIRE(erase("If-Match", "\"x\"") == (versions ? 412 : 204));
        if (!versions) continue;
        const std::string target = "/bucket/o?versionId=" + put.header("x-amz-version-id");
        REQUIRE(s3.call("DELETE", target, "alice", {{"If-Match", "\"x\""}}).status == 412);
        REQUIRE(s3.call("DELETE", target, "alice", {{"If-Match", put.header("ETag")}}).status == 204);
    }
}

TEST_CASE("a link made in Swift is read through, and listed for what it is") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    s3.call("PUT", "/target");
    const auto etag = s3.call("PUT", "/target/o", "alice", {{"x-amz-meta-a", "b"}}, "bytes").header("ETag");
    const auto link = [&](const std::string& name, testing::Sent headers) {
        return s3.swift_call("PUT", "p1/bucket/" + name, "alice", std::move(headers)).status;
    };
    REQUIRE(link("dynamic", {{"X-Symlink-Target", "target/o"}}) == 201);
    REQUIRE(link("static", {{"X-Symlink-Target", "target/o"},
                            {"X-Symlink-Target-Etag", etag.substr(1, etag.size() - 2)}}) == 201);
    REQUIRE(link("twice", {{"X-Symlink-Target", "bucket/dynamic"}}) == 201);
    REQUIRE(link("thrice", {{"X-Symlink-Target", "bucket/twice"}}) == 201);
    REQUIRE(link("dangling", {{"X-Symlink-Target", "target/none"}}) == 201);
    for (const auto* name : {"dynamic", "static", "twice"}) {
        const auto got = s3.call("GET", std::string("/bucket/") + name);
        REQUIRE(got.body == "bytes");
        REQUIRE(got.header("ETag") == etag);
        REQUIRE(got.header("x-amz-meta-a") == "b");
    }
    REQUIRE(s3.call("GET", "/bucket/thrice").code() == "InvalidRequest");
    REQUIRE(s3.call("GET", "/bucket/dangling").code() == "NoSuchKey");
    const auto listing = s3.call("GET", "/bucket").xml("ListBucketResult");
    for (const auto* each : listing.all("Contents"))
        REQUIRE(each->text_of("Size") == (each->text_of("Key") == "static" ? "5" : "0"));
    REQUIRE(s3.call("PUT", "/bucket/copy", "alice", {{"x-amz-copy-source", "bucket/static"}}).status == 200);
    REQUIRE(s3.call("GET", "/bucket/copy").body == "bytes");
    // Who may read the link but not what it leads to, reads nothing.
    REQUIRE(s3.call("PUT", "/bucket/dynamic?acl", "alice", {{"x-amz-acl", "public-read"}}).status == 200);
    REQUIRE(s3.call("GET", "/bucket/dynamic", "").code() == "AccessDenied");
    REQUIRE(s3.call("PUT", "/target/o?acl", "alice", {{"x-amz-acl", "public-read"}}).status == 200);
    REQUIRE(s3.call("GET", "/bucket/dynamic", "").body == "bytes");
    s3.call("PUT", "/target/o", "alice", {}, "changed");
    REQUIRE(s3.call("GET", "/bucket/static").code() == "OperationAborted");
    REQUIRE(s3.call("GET", "/bucket/dynamic").body == "changed");
    REQUIRE(s3.call("DELETE", "/bucket/dynamic").status == 204);
    REQUIRE(s3.call("GET", "/target/o").body == "changed");
}
