// Requests that mean harm: documents that grow, names that climb, headers within headers, questions about what is not
// one's own.
#include <catch2/catch.hpp>

#include "common/store/transaction.hpp"
#include "objectstore/model/space.hpp"
#include "s3_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::S3UnderTest;

TEST_CASE("what a document defines itself stands for nothing") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    std::string laughs = "<!DOCTYPE a [<!ENTITY l0 \"ha\">";
    for (int i = 1; i < 40; ++i) {
        const auto last = "&l" + std::to_string(i - 1) + ";";
        laughs += "<!ENTITY l" + std::to_string(i) + " \"" + last + last + last + last + "\">";
    }
    laughs += "]>";
    const auto tags = [](const std::string& value) {
        return "<Tagging><TagSet><Tag><Key>k</Key><Value>" + value + "</Value></Tag></TagSet></Tagging>";
    };
    REQUIRE(s3.call("PUT", "/bucket/o").status == 200);
    REQUIRE(s3.call("PUT", "/bucket/o?tagging", "alice", {}, laughs + tags("a&l39;b")).status == 200);
    REQUIRE(s3.call("GET", "/bucket/o?tagging").body.find("<Value>ab</Value>") != std::string::npos);
    const std::string file = "<!DOCTYPE a [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>";
    REQUIRE(s3.call("PUT", "/bucket/o?tagging", "alice", {}, file + tags("x&f;")).status == 200);
    REQUIRE(s3.call("GET", "/bucket/o?tagging").body.find("<Value>x</Value>") != std::string::npos);
    // Without a definition it is text as any other.
    REQUIRE(s3.call("PUT", "/bucket/o?tagging", "alice", {}, tags("x&amp;f;")).status == 200);
    REQUIRE(s3.call("GET", "/bucket/o?tagging").body.find("<Value>x&amp;f;</Value>") != std::string::npos);
    REQUIRE(s3.call("POST", "/bucket?delete", "alice", {}, file + "<Delete><Object><Key>&f;</Key></Object></Delete>")
                .code() == "UserKeyMustBeSpecified");
    REQUIRE(
        s3.call(
              "PUT", "/another", "alice", {},
              file +
                  "<CreateBucketConfiguration><LocationConstraint>&f;</LocationConstraint></CreateBucketConfiguration>")
            .code() == "InvalidLocationConstraint");
}

TEST_CASE("documents too deep, too long or of too many elements are refused") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    const auto repeated = [](std::string_view text, int times) {
        std::string out;
        for (int i = 0; i < times; ++i) out += text;
        return out;
    };
    const auto refused = [&](const std::string& body) {
        return s3.call("POST", "/bucket?delete", "alice", {}, body).code();
    };
    // All but that is as it should be.
    const std::string begin = "<Delete><Object><Key>k</Key></Object>";
    REQUIRE(refused(begin + "<a/></Delete>").empty());
    REQUIRE(refused(begin + repeated("<a>", 40) + repeated("</a>", 40) + "</Delete>") == "MalformedXML");
    REQUIRE(refused(begin + repeated("<a/>", 200'000) + "</Delete>") == "MalformedXML");
    REQUIRE(refused(begin + "<a>" + std::string(5u << 20, 'x') + "</a></Delete>") == "MalformedXML");
    REQUIRE(s3.call("PUT", "/bucket?tagging", "alice", {}, "<Tagging>" + std::string(5u << 20, ' ') + "</Tagging>")
                .code() == "MaxMessageLengthExceeded");
}

TEST_CASE("names that look like paths are names") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    s3.call("PUT", "/bucket2");
    s3.call("PUT", "/bucket2/secret", "alice", {}, "secret");
    const std::vector<std::pair<std::string, std::string>> tricks = {
        {"..", ".."},
        {"../bucket2/secret", "../bucket2/secret"},
        {"%2e%2e%2fbucket2%2fsecret", "../bucket2/secret"},
        {"a/../../bucket2/secret", "a/../../bucket2/secret"},
        {"./x", "./x"},
        {"/x", "/x"},
        {"a//b/", "a//b/"},
        {"..%5c..%5cx", "..\\..\\x"},
        {"%252e%252e/x", "%2e%2e/x"},
        {"a%0d%0aSet-Cookie:%20b=c", "a\r\nSet-Cookie: b=c"},
        {"a%3fversionId=null", "a?versionId=null"}};
    for (const auto& [sent, name] : tricks) {
        INFO(sent);
        REQUIRE(s3.call("PUT", "/bucket/" + sent, "alice", {}, "bytes of " + name).status == 200);
        REQUIRE(s3.call("GET", "/bucket/" + sent).body == "bytes of " + name);
        auto txn = store::Transaction(*s3.store, {});
        REQUIRE(txn.peek<Object>("AUTH_p1", "bucket", name));
        REQUIRE(s3.call("GET", "/bucket2/secret").body == "secret");
        REQUIRE(s3.call("DELETE", "/bucket/" + sent).status == 204);
    }
    for (const auto* nothing :
         {"/bucket/%00", "/bucket/a%00b", "/bucket/%ff", "/%2e%2e/bucket2/secret", "/bucket%2fsecret"})
        REQUIRE(s3.call("GET", nothing).status / 100 == 4);
    REQUIRE(s3.call("PUT", "/bucket/o", "alice", {{"x-amz-copy-source", "/bucket/../bucket2/secret"}}).code() ==
            "NoSuchKey");
}

TEST_CASE("nobody puts headers into an answer by a query") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    s3.call("PUT", "/bucket/o", "alice", {}, "x");
    for (const auto* name :
         {"content-type", "content-language", "expires", "cache-control", "content-disposition", "content-encoding"})
        for (const auto* value : {"a%0d%0aSet-Cookie:%20b=c", "a%0aSet-Cookie:%20b=c", "a%0db", "a%00b"}) {
            const auto answer = s3.call("GET", std::string("/bucket/o?response-") + name + "=" + value);
            REQUIRE(answer.code() == "InvalidArgument");
            REQUIRE_FALSE(answer.headers.has("Set-Cookie"));
        }
    REQUIRE(s3.call("GET", "/bucket/o?response-content-type=text/b").header("Content-Type") == "text/b");
    REQUIRE(s3.call("GET", "/bucket/o?response-content-type=text/b", "").code() == "AccessDenied");
}

TEST_CASE("strangers cannot tell what is there from what is not") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    s3.call("PUT", "/bucket?versioning", "alice", {},
            "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
    const auto version =
        s3.call("PUT", "/bucket/there", "alice", {{"x-amz-tagging", "a=b"}}, "x").header("x-amz-version-id");
    const auto upload =
        s3.call("POST", "/bucket/there?uploads").xml("InitiateMultipartUploadResult").text_of("UploadId");
    s3.call("PUT", "/bobs", "bob");
    struct Deed {
        const char* method;
        std::string query;
        testing::Sent headers;
    };
    const std::vector<Deed> deeds = {{"GET", "", {}},
                                     {"HEAD", "", {}},
                                     {"GET", "?versionId=" + version, {}},
                                     {"GET", "?acl", {}},
                                     {"GET", "?tagging", {}},
                                     {"GET", "?attributes", {{"x-amz-object-attributes", "ETag"}}},
                                     {"GET", "", {{"Range", "bytes=100-"}}},
                                     {"GET", "", {{"If-None-Match", "*"}}},
                                     {"GET", "?partNumber=9", {}},
                                     {"PUT", "", {{"If-None-Match", "*"}}},
                                     {"PUT", "", {{"If-Match", "x"}}},
                                     {"PUT", "?tagging", {}},
                                     {"PUT", "?acl", {{"x-amz-acl", "private"}}},
                                     {"DELETE", "", {{"If-Match", "x"}}},
                                     {"DELETE", "?versionId=" + version, {}},
                                     {"GET", "?uploadId=" + upload, {}},
                                     {"PUT", "?partNumber=1&uploadId=" + upload, {}},
                                     {"POST", "?uploadId=" + upload, {}},
                                     {"DELETE", "?uploadId=" + upload, {}}};
    for (const auto* who : {"bob", "guest", ""}) {
        for (const auto& deed : deeds) {
            const std::string body =
                deed.query == "?tagging" && deed.method[0] == 'P' ? "<Tagging><TagSet/></Tagging>" : "";
            const auto there = s3.call(deed.method, "/bucket/there" + deed.query, who, deed.headers, body);
            const auto not_there = s3.call(deed.method, "/bucket/missing" + deed.query, who, deed.headers, body);
            INFO(deed.method << " " << deed.query << " by '" << who << "'");
            REQUIRE(there.status == 403);
            REQUIRE(not_there.status == 403);
            REQUIRE(there.code() == not_there.code());
            REQUIRE(there.headers.has("ETag") == not_there.headers.has("ETag"));
        }
        if (*who == '\0') continue;
        for (const auto* name : {"there", "missing"})
            REQUIRE(
                s3.call("PUT", "/bobs/copy", "bob", {{"x-amz-copy-source", std::string("/bucket/") + name}}).code() ==
                "AccessDenied");
    }
    // A container that is no bucket is not there at all.
    s3.swift_call("PUT", "p1/hidden");
    REQUIRE(s3.call("GET", "/hidden", "bob").code() == "NoSuchBucket");
    REQUIRE(s3.call("GET", "/hidden", "").code() == "NoSuchBucket");
}

TEST_CASE("names in a container's ACLs do not reach into another domain by S3 either") {
    S3UnderTest s3;
    s3.swift_call("PUT", "p1/bucket", "alice",
                  {{"X-Container-Read", "p2-name:bob"}, {"X-Container-Write", "p2-name:bob"}});
    s3.call("PUT", "/bucket");
    REQUIRE(s3.call("GET", "/bucket/none", "bob").code() == "NoSuchKey");
    REQUIRE(s3.call("PUT", "/bucket/o", "bob", {}, "x").status == 200);
    store::Transaction txn(*s3.store, {});
    auto container = *txn.get<Container>("AUTH_p1", "bucket");
    container.system["project-domain"] = "other";
    put_container(txn, container, "changed");
    REQUIRE(store::went_through(txn.commit_and_wait()));
    REQUIRE(s3.call("GET", "/bucket/none", "bob").code() == "AccessDenied");
    REQUIRE(s3.call("PUT", "/bucket/o", "bob", {}, "x").code() == "AccessDenied");
}
