// What Swift's own S3 API answers otherwise than AWS: as its functional tests want it.
#include <catch2/catch.hpp>

#include "s3_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::S3UnderTest;

TEST_CASE("as in Swift owners are users, and ACLs may name them") {
    S3UnderTest s3;
    s3.settings.as_swift = true;
    const std::string alice = "p1-name:alice", ann = "p1-name:ann", bob = "p2-name:bob";
    REQUIRE(s3.call("GET", "/").xml("ListAllMyBucketsResult").child("Owner")->text_of("ID") == alice);
    s3.call("PUT", "/bucket");
    s3.call("PUT", "/bucket/by-alice", "alice", {}, "x");
    s3.call("PUT", "/bucket/by-ann", "ann", {}, "x");
    const auto page = s3.call("GET", "/bucket", "ann").xml("ListBucketResult");
    const auto list = page.all("Contents");
    REQUIRE(list.at(0)->child("Owner")->text_of("ID") == alice);
    REQUIRE(list.at(1)->child("Owner")->text_of("ID") == ann);
    const auto acl = s3.call("GET", "/bucket?acl", "ann").xml("AccessControlPolicy");
    REQUIRE(acl.child("Owner")->text_of("DisplayName") == alice);

    REQUIRE(s3.call("PUT", "/bucket").code() == "BucketAlreadyOwnedByYou");
    REQUIRE(s3.call("PUT", "/bucket", "ann").code() == "BucketAlreadyExists");
    REQUIRE(s3.call("GET", "/bucket", "alice", {{"x-amz-expected-bucket-owner", alice}}).status == 200);
    REQUIRE(s3.call("GET", "/bucket", "alice", {{"x-amz-expected-bucket-owner", "p1"}}).status == 200);
    REQUIRE(s3.call("GET", "/bucket", "alice", {{"x-amz-expected-bucket-owner", bob}}).code() == "AccessDenied");

    REQUIRE(s3.call("GET", "/bucket", "bob").code() == "AccessDenied");
    s3.call("PUT", "/bucket?acl", "alice", {{"x-amz-grant-read", "id=" + bob}});
    REQUIRE(s3.call("GET", "/bucket", "bob").status == 200);
    s3.call("PUT", "/bucket?acl", "alice", {{"x-amz-grant-read", "id=p2-name:another"}});
    REQUIRE(s3.call("GET", "/bucket", "bob").code() == "AccessDenied");
    s3.call("PUT", "/bucket?acl", "alice", {{"x-amz-grant-read", "id=p2"}});
    REQUIRE(s3.call("GET", "/bucket", "bob").status == 200);
}

TEST_CASE("as AWS, ids are projects', and names of users grant nothing") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    REQUIRE(s3.call("GET", "/bucket?acl").xml("AccessControlPolicy").child("Owner")->text_of("ID") == "p1");
    s3.call("PUT", "/bucket?acl", "alice", {{"x-amz-grant-read", "id=p2-name:bob"}});
    REQUIRE(s3.call("GET", "/bucket", "bob").code() == "AccessDenied");
}

TEST_CASE("as in Swift a write takes no conditions") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    for (const auto as_swift : {true, false}) {
        s3.settings.as_swift = as_swift;
        const auto answer = s3.call("PUT", "/bucket/o", "alice", {{"If-None-Match", "*"}}, "x");
        REQUIRE(answer.code() == (as_swift ? "NotImplemented" : ""));
        REQUIRE(s3.call("HEAD", "/bucket/o").status == (as_swift ? 404 : 200));
    }
}

TEST_CASE("several ranges come as parts, each with its bytes") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    s3.call("PUT", "/bucket/o", "alice", {{"Content-Type", "text/a"}}, "abcdefghij");
    const auto answer = s3.call("GET", "/bucket/o", "alice", {{"Range", "bytes=1-2,4-5"}});
    REQUIRE(answer.status == 206);
    const auto type = answer.header("Content-Type");
    const std::string wanted = "multipart/byteranges;boundary=";
    REQUIRE(type.substr(0, wanted.size()) == wanted);
    const auto boundary = "--" + type.substr(wanted.size());
    REQUIRE(answer.body == boundary + "\r\nContent-Type: text/a\r\nContent-Range: bytes 1-2/10\r\n\r\nbc\r\n" +
                               boundary + "\r\nContent-Type: text/a\r\nContent-Range: bytes 4-5/10\r\n\r\nef\r\n" +
                               boundary + "--");
    REQUIRE(s3.call("GET", "/bucket/o", "alice", {{"Range", "bytes=1-2,40-50"}}).body == "bc");
    REQUIRE(s3.call("GET", "/bucket/o", "alice", {{"Range", "bytes=20-30,40-50"}}).code() == "InvalidRange");
}
