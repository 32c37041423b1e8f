// Who may do what: each kind of grant against each kind of caller and operation.
#include <catch2/catch.hpp>
#include <set>

#include "s3_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::S3UnderTest;

namespace {

const std::vector<std::string> kCallers{"alice", "ann", "bob", "guest", ""};

// What each operation is called in the tables below.
struct Deed {
    char letter;
    const char* method;
    const char* target;
    const char* body;
};
const Deed kDeeds[] = {{'l', "GET", "/bucket", ""},          // list
                       {'r', "GET", "/bucket/o", ""},        // read
                       {'w', "PUT", "/bucket/new", "x"},     // write
                       {'d', "DELETE", "/bucket/none", ""},  // delete
                       {'a', "GET", "/bucket/o?acl", ""},    // read the object's ACL
                       {'A', "GET", "/bucket?acl", ""},      // read the bucket's ACL
                       {'p', "GET", "/bucket?policy", ""},   // a setting
                       {'t', "GET", "/bucket/o?tagging", ""}};

// Letters of what the caller may do.
std::string allowed(S3UnderTest& s3, const std::string& caller) {
    std::string out;
    for (const auto& deed : kDeeds) {
        const auto status = s3.call(deed.method, deed.target, caller, {}, deed.body).status;
        INFO(deed.method << " " << deed.target << " by '" << caller << "' is " << status);
        REQUIRE((status < 500));
        if (status != 403) out += deed.letter;
    }
    return out;
}

struct Setup {
    const char* what;
    std::string bucket_acl, object_acl, swift_read, swift_write;
    std::string bob, nobody;  // who is neither owner nor in its project
};

}  // namespace

TEST_CASE("every grant gives what it says to whom it says, and nothing more") {
    const Setup setups[] = {
        {"nothing granted", "private", "private", "", "", "", ""},
        {"a public bucket shows its list, not its objects", "public-read", "private", "", "", "l", "l"},
        {"a bucket that all may write", "public-read-write", "private", "", "", "lwd", "lwd"},
        {"those signed in may list", "authenticated-read", "private", "", "", "l", ""},
        {"a public object in a private bucket", "private", "public-read", "", "", "r", "r"},
        {"an object for those signed in", "private", "authenticated-read", "", "", "r", ""},
        {"an object's write grant gives nothing", "private", "public-read-write", "", "", "r", "r"},
        {"Swift's read ACL for all", "private", "private", ".r:*", "", "r", "r"},
        {"Swift's read ACL with listings", "private", "private", ".r:*,.rlistings", "", "lr", "lr"},
        {"Swift's ACLs for a project", "private", "private", "p2:*", "p2:*", "lrwd", ""},
    };
    for (const auto& setup : setups) {
        INFO(setup.what);
        S3UnderTest s3;
        REQUIRE(s3.call("PUT", "/bucket", "alice", {{"x-amz-acl", setup.bucket_acl}}).status == 200);
        REQUIRE(s3.call("PUT", "/bucket/o", "alice", {{"x-amz-acl", setup.object_acl}}, "x").status == 200);
        if (!setup.swift_read.empty() || !setup.swift_write.empty())
            REQUIRE(s3.swift_call("POST", "p1/bucket", "alice",
                                  {{"X-Container-Read", setup.swift_read}, {"X-Container-Write", setup.swift_write}})
                        .status == 204);
        const auto everything = allowed(s3, "alice");
        REQUIRE(everything == "lrwdaApt");
        REQUIRE(allowed(s3, "ann") == everything);
        REQUIRE(allowed(s3, "bob") == setup.bob);
        REQUIRE(allowed(s3, "") == setup.nobody);
        // Who reads only in the project is to ACLs what others are who are signed in, but not the project.
        if (setup.swift_read != "p2:*") REQUIRE(allowed(s3, "guest") == setup.bob);
    }
}

TEST_CASE("grants to a project by name") {
    const std::pair<const char*, const char*> kGrants[] = {{"x-amz-grant-read", "l"},
                                                           {"x-amz-grant-write", "wd"},
                                                           {"x-amz-grant-read-acp", "A"},
                                                           {"x-amz-grant-write-acp", ""},
                                                           {"x-amz-grant-full-control", "lwdA"}};
    for (const auto& [header, letters] : kGrants) {
        S3UnderTest s3;
        s3.call("PUT", "/bucket");
        s3.call("PUT", "/bucket/o", "alice", {}, "x");
        REQUIRE(s3.call("PUT", "/bucket?acl", "alice", {{header, "id=\"p2\""}}).status == 200);
        INFO(header);
        REQUIRE(allowed(s3, "bob") == letters);
        REQUIRE(allowed(s3, "").empty());
        REQUIRE((s3.call("PUT", "/bucket?acl", "bob", {{"x-amz-acl", "private"}}).status == 200) ==
                (std::set<std::string>{"x-amz-grant-write-acp", "x-amz-grant-full-control"}.contains(header)));
    }
}

TEST_CASE("ownership controls turn ACLs off, or give the bucket's owner what others put") {
    const auto controls = [](const std::string& how) {
        return "<OwnershipControls><Rule><ObjectOwnership>" + how + "</ObjectOwnership></Rule></OwnershipControls>";
    };
    S3UnderTest s3;
    s3.call("PUT", "/bucket", "alice", {{"x-amz-acl", "public-read"}});
    REQUIRE(s3.call("GET", "/bucket?ownershipControls").code() == "OwnershipControlsNotFoundError");
    REQUIRE(s3.call("PUT", "/bucket?ownershipControls", "alice", {}, controls("Nobody")).code() == "MalformedXML");
    REQUIRE(s3.call("PUT", "/bucket?ownershipControls", "alice", {}, controls("BucketOwnerEnforced")).code() ==
            "InvalidBucketAclWithObjectOwnership");
    s3.call("PUT", "/bucket?acl", "alice", {{"x-amz-acl", "private"}});
    const std::string all = R"({"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"*",)"
                            R"("Resource":["arn:aws:s3:::bucket","arn:aws:s3:::bucket/*"]}})";
    REQUIRE(s3.call("PUT", "/bucket?policy", "alice", {}, all).status == 204);
    const auto put = [&](const std::string& acl) {
        return s3
            .call("PUT", "/bucket/o", "bob", acl.empty() ? testing::Sent{} : testing::Sent{{"x-amz-acl", acl}}, "x")
            .code();
    };
    const auto owner = [&] {
        return s3.call("GET", "/bucket/o?acl").xml("AccessControlPolicy").child("Owner")->text_of("ID");
    };
    REQUIRE(put("bucket-owner-full-control") == "");
    REQUIRE(owner() == "p2");
    REQUIRE(s3.call("PUT", "/bucket?ownershipControls", "alice", {}, controls("BucketOwnerPreferred")).status == 200);
    REQUIRE(put("") == "");
    REQUIRE(owner() == "p2");
    REQUIRE(put("bucket-owner-full-control") == "");
    REQUIRE(owner() == "p1");
    REQUIRE(s3.call("PUT", "/bucket/o?acl", "alice", {{"x-amz-acl", "public-read"}}).status == 200);
    REQUIRE(s3.call("PUT", "/bucket?ownershipControls", "alice", {}, controls("BucketOwnerEnforced")).status == 200);
    REQUIRE(put("") == "");
    REQUIRE(owner() == "p1");
    REQUIRE(put("bucket-owner-full-control") == "");
    for (const auto* acl : {"private", "public-read"}) {
        REQUIRE(put(acl) == "AccessControlListNotSupported");
        for (const auto* target : {"/bucket?acl", "/bucket/o?acl"})
            REQUIRE(s3.call("PUT", target, "alice", {{"x-amz-acl", acl}}).code() == "AccessControlListNotSupported");
    }
    REQUIRE(s3.call("DELETE", "/bucket?policy").status == 204);
    REQUIRE(s3.call("GET", "/bucket/o", "").code() == "AccessDenied");
    REQUIRE(s3.call("PUT", "/made", "alice", {{"x-amz-object-ownership", "BucketOwnerEnforced"}}).status == 200);
    REQUIRE(s3.call("PUT", "/made2", "alice", {{"x-amz-object-ownership", "Mine"}}).code() == "InvalidArgument");
    REQUIRE(s3.call("PUT", "/made2", "alice",
                    {{"x-amz-object-ownership", "BucketOwnerEnforced"}, {"x-amz-acl", "public-read"}})
                .code() == "InvalidBucketAclWithObjectOwnership");
}

TEST_CASE("a public access block outweighs ACLs and policies that are public") {
    const auto block = [](const std::string& what) {
        return "<PublicAccessBlockConfiguration><" + what + ">true</" + what + "></PublicAccessBlockConfiguration>";
    };
    const std::string open =
        R"({"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}})";
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    s3.call("PUT", "/bucket/o", "alice", {{"x-amz-acl", "public-read"}}, "x");
    s3.call("PUT", "/bucket/closed", "alice", {}, "x");
    const auto set = [&](const std::string& what) {
        REQUIRE(s3.call("PUT", "/bucket?publicAccessBlock", "alice", {}, block(what)).status == 200);
    };
    const auto read = [&](const std::string& who, const std::string& key) {
        return s3.call("GET", "/bucket/" + key, who).status;
    };
    set("BlockPublicAcls");
    REQUIRE(read("", "o") == 200);
    REQUIRE(s3.call("PUT", "/bucket/n", "alice", {{"x-amz-acl", "public-read"}}, "x").code() == "AccessDenied");
    REQUIRE(s3.call("PUT", "/bucket/o?acl", "alice",
                    {{"x-amz-grant-read", "uri=http://acs.amazonaws.com/groups/global/AllUsers"}})
                .code() == "AccessDenied");
    set("IgnorePublicAcls");
    REQUIRE(read("", "o") == 403);
    set("BlockPublicPolicy");
    REQUIRE(read("", "o") == 200);
    REQUIRE(s3.call("PUT", "/bucket?policy", "alice", {}, open).code() == "AccessDenied");
    REQUIRE(s3.call("DELETE", "/bucket?publicAccessBlock").status == 204);
    REQUIRE(s3.call("PUT", "/bucket?policy", "alice", {}, open).status == 204);
    REQUIRE(read("", "closed") == 200);
    set("RestrictPublicBuckets");
    REQUIRE(read("", "closed") == 403);
    REQUIRE(read("bob", "closed") == 403);
    REQUIRE(read("alice", "closed") == 200);
}

TEST_CASE("what a policy's conditions ask") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    s3.call("PUT", "/bucket/o", "alice", {}, "x");
    const auto policy = [&](const std::string& effect, const std::string& action, const std::string& condition) {
        return s3
            .call(
                "PUT", "/bucket?policy", "alice", {},
                R"({"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::bucket","arn:aws:s3:::bucket/*"]},)"
                R"({"Effect":")" +
                    effect + R"(","Principal":"*","Action":")" + action +
                    R"(","Resource":["arn:aws:s3:::bucket","arn:aws:s3:::bucket/*"],"Condition":)" + condition + "}]}")
            .status;
    };
    const auto put = [&](testing::Sent headers) {
        return s3.call("PUT", "/bucket/new", "bob", std::move(headers), "x").status;
    };
    REQUIRE(policy("Deny", "s3:PutObject", R"({"StringNotEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}})") ==
            204);
    REQUIRE(put({}) == 403);
    REQUIRE(put({{"x-amz-acl", "bucket-owner-full-control"}}) == 200);
    REQUIRE(policy("Deny", "s3:PutObject", R"({"Null":{"s3:x-amz-server-side-encryption":"true"}})") == 204);
    REQUIRE(put({}) == 403);
    REQUIRE(policy("Deny", "s3:PutObject", R"({"StringNotEquals":{"s3:RequestObjectTag/kind":"open"}})") == 204);
    REQUIRE(put({}) == 403);
    REQUIRE(put({{"x-amz-tagging", "kind=closed"}}) == 403);
    REQUIRE(put({{"x-amz-tagging", "kind=open"}}) == 200);
    REQUIRE(policy("Deny", "s3:GetObject", R"({"StringLikeIfExists":{"aws:Referer":"http://bad/*"}})") == 204);
    REQUIRE(s3.call("GET", "/bucket/o", "bob", {{"Referer", "http://bad/x"}}).status == 403);
    REQUIRE(s3.call("GET", "/bucket/o", "bob", {{"Referer", "http://good/x"}}).status == 200);
    REQUIRE(policy("Deny", "s3:ListBucket", R"({"NumericGreaterThan":{"s3:max-keys":"10"}})") == 204);
    REQUIRE(s3.call("GET", "/bucket?max-keys=11", "bob").status == 403);
    REQUIRE(s3.call("GET", "/bucket?max-keys=10", "bob").status == 200);
    REQUIRE(policy("Deny", "s3:GetObject", R"({"DateGreaterThan":{"aws:CurrentTime":"2001-01-01T00:00:00Z"}})") == 204);
    s3.clock.advance(*parse_iso("2002-01-01T00:00:00Z") - s3.clock.now());
    REQUIRE(s3.call("GET", "/bucket/o", "bob").status == 403);
    REQUIRE(policy("Deny", "s3:GetObject", R"({"Bool":{"aws:SecureTransport":"false"}})") == 204);
    REQUIRE(s3.call("GET", "/bucket/o", "bob").status == 403);
    const std::string listing =
        R"({"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:ListBucket",)"
        R"("Resource":"arn:aws:s3:::bucket","Condition":{"StringLike":{"s3:prefix":"public/*"}}}})";
    REQUIRE(s3.call("PUT", "/bucket?policy", "alice", {}, listing).status == 204);
    REQUIRE(s3.call("GET", "/bucket/public/none", "bob").status == 404);
    REQUIRE(s3.call("GET", "/bucket/private/none", "bob").status == 403);
    REQUIRE(s3.call("PUT", "/bucket?policy", "alice", {},
                    R"({"Statement":{"Effect":"Allow","NotPrincipal":{"AWS":"p3"},"Action":"s3:ListBucket",)"
                    R"("Resource":"arn:aws:s3:::bucket"}})")
                .code() == "MalformedPolicy");
}

TEST_CASE("an expected owner that is another refuses") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    s3.call("PUT", "/bucket/o", "alice", {}, "x");
    for (const auto* target : {"/bucket", "/bucket/o"}) {
        REQUIRE(s3.call("GET", target, "alice", {{"x-amz-expected-bucket-owner", "p1"}}).status == 200);
        REQUIRE(s3.call("GET", target, "alice", {{"x-amz-expected-bucket-owner", "p2"}}).code() == "AccessDenied");
    }
    const auto copy = [&](const std::string& owner) {
        return s3
            .call("PUT", "/bucket/c", "alice",
                  {{"x-amz-copy-source", "bucket/o"}, {"x-amz-source-expected-bucket-owner", owner}})
            .status;
    };
    REQUIRE(copy("p1") == 200);
    REQUIRE(copy("p2") == 403);
}

TEST_CASE("lists of buckets come in pages") {
    S3UnderTest s3;
    for (const auto* name : {"one", "other", "two"}) s3.call("PUT", std::string("/") + name);
    const auto first = s3.call("GET", "/?max-buckets=2").xml("ListAllMyBucketsResult");
    REQUIRE(first.child("Buckets")->all("Bucket").size() == 2);
    const auto token = first.text_of("ContinuationToken");
    const auto rest = s3.call("GET", "/?max-buckets=2&continuation-token=" + token).xml("ListAllMyBucketsResult");
    REQUIRE(rest.child("Buckets")->children.size() == 1);
    REQUIRE(rest.child("Buckets")->children[0].text_of("Name") == "two");
    REQUIRE_FALSE(rest.has("ContinuationToken"));
    REQUIRE(s3.call("GET", "/?prefix=o").xml("ListAllMyBucketsResult").child("Buckets")->children.size() == 2);
    REQUIRE(
        s3.call("GET", "/?bucket-region=elsewhere").xml("ListAllMyBucketsResult").child("Buckets")->children.empty());
    REQUIRE(s3.call("GET", "/?max-buckets=0").code() == "InvalidArgument");
    REQUIRE(s3.call("GET", "/?continuation-token=%25").code() == "InvalidArgument");
}
