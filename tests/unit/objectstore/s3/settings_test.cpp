// What owners prescribe: versions, ACLs, policies, tags, locks, lifecycles, CORS, keys of clients.
#include <algorithm>
#include <catch2/catch.hpp>

#include "common/runtime/text.hpp"
#include "objectstore/s3/auth/hmac.hpp"
#include "objectstore/s3/lifecycle_worker.hpp"
#include "objectstore/swift/expirer.hpp"
#include "s3_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::S3UnderTest;

namespace {

void enable_versions(S3UnderTest& s3, const std::string& status = "Enabled") {
    REQUIRE(s3.call("PUT", "/bucket?versioning", "alice", {},
                    "<VersioningConfiguration><Status>" + status + "</Status></VersioningConfiguration>")
                .status == 200);
}

std::size_t count_of(S3UnderTest& s3, const std::string& query, const std::string& root, const std::string& element) {
    return s3.call("GET", "/bucket?" + query).xml(root).all(element).size();
}

}  // namespace

TEST_CASE("versions, delete markers, and both APIs see them") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    REQUIRE(s3.call("GET", "/bucket?versioning").xml("VersioningConfiguration").children.empty());
    s3.call("PUT", "/bucket/o", "alice", {}, "null version");
    enable_versions(s3);
    const auto first = s3.call("PUT", "/bucket/o", "alice", {}, "one").header("x-amz-version-id");
    const auto second = s3.call("PUT", "/bucket/o", "alice", {}, "two").header("x-amz-version-id");
    REQUIRE(first != second);
    REQUIRE(s3.call("GET", "/bucket/o").body == "two");
    REQUIRE(s3.call("GET", "/bucket/o?versionId=" + first).body == "one");
    REQUIRE(s3.call("GET", "/bucket/o?versionId=null").body == "null version");
    REQUIRE(s3.call("GET", "/bucket/o?versionId=nonsense").code() == "InvalidArgument");
    const auto marker = s3.call("DELETE", "/bucket/o");
    REQUIRE(marker.header("x-amz-delete-marker") == "true");
    const auto hidden = s3.call("GET", "/bucket/o");
    REQUIRE(hidden.code() == "NoSuchKey");
    REQUIRE(hidden.header("x-amz-delete-marker") == "true");
    const auto id = marker.header("x-amz-version-id");
    REQUIRE(s3.call("GET", "/bucket/o?versionId=" + id).code() == "MethodNotAllowed");
    REQUIRE(count_of(s3, "versions", "ListVersionsResult", "Version") == 3);
    REQUIRE(count_of(s3, "versions", "ListVersionsResult", "DeleteMarker") == 1);
    REQUIRE(count_of(s3, "", "ListBucketResult", "Contents") == 0);
    REQUIRE(s3.swift_call("GET", "p1/bucket/o").status == 404);
    REQUIRE(s3.call("DELETE", "/bucket/o?versionId=" + id).header("x-amz-delete-marker") == "true");
    REQUIRE(s3.call("GET", "/bucket/o").body == "two");
    REQUIRE(s3.swift_call("GET", "p1/bucket/o").body == "two");
    s3.call("DELETE", "/bucket/o?versionId=" + second);
    REQUIRE(s3.call("GET", "/bucket/o").body == "one");
    REQUIRE(s3.call("DELETE", "/bucket").code() == "BucketNotEmpty");
    enable_versions(s3, "Suspended");
    REQUIRE(s3.call("PUT", "/bucket/o", "alice", {}, "new null").header("x-amz-version-id") == "(none)");
    REQUIRE(s3.call("GET", "/bucket/o").header("x-amz-version-id") == "null");
    REQUIRE(count_of(s3, "versions", "ListVersionsResult", "Version") == 2);
    s3.call("DELETE", "/bucket/o?versionId=null");
    s3.call("DELETE", "/bucket/o?versionId=" + first);
    REQUIRE(s3.call("DELETE", "/bucket").status == 204);
}

TEST_CASE("pages of versions hold each version once, however they are cut") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    s3.call("PUT", "/bucket/null", "alice", {}, "before versions");
    enable_versions(s3);
    for (const auto* name : {"a", "b", "dir/x", "dir/y", "null", "z"})
        for (int round = 0; round < 3; ++round) s3.call("PUT", std::string("/bucket/") + name, "alice", {}, "x");
    s3.call("DELETE", "/bucket/b");
    s3.call("DELETE", "/bucket/dir/x");
    enable_versions(s3, "Suspended");
    s3.call("PUT", "/bucket/z", "alice", {}, "null again");
    for (const std::string delimiter : {"", "&delimiter=%2F"}) {
        const auto pages = [&](std::size_t most) {
            std::vector<std::string> seen;
            std::string markers;
            for (bool more = true; more && seen.size() < 100;) {
                const auto page =
                    s3.call("GET", "/bucket?versions" + delimiter + "&max-keys=" + std::to_string(most) + markers)
                        .xml("ListVersionsResult");
                std::size_t entries = 0;
                for (const auto& each : page.children) {
                    const bool prefix = each.name == "CommonPrefixes";
                    if (!prefix && each.name != "Version" && each.name != "DeleteMarker") continue;
                    ++entries;
                    seen.push_back(prefix ? each.text_of("Prefix")
                                          : each.text_of("Key") + " " + each.text_of("VersionId") + " " +
                                                each.text_of("IsLatest"));
                }
                REQUIRE(entries <= most);
                more = page.text_of("IsTruncated") == "true";
                markers = "&key-marker=" + text::percent_encode(page.text_of("NextKeyMarker")) +
                          "&version-id-marker=" + text::percent_encode(page.text_of("NextVersionIdMarker"));
            }
            std::sort(seen.begin(), seen.end());
            return seen;
        };
        const auto all = pages(1000);
        REQUIRE(all.size() == (delimiter.empty() ? 22 : 16));
        REQUIRE(std::adjacent_find(all.begin(), all.end()) == all.end());
        for (const std::size_t most : {1, 2, 3, 5, 7}) REQUIRE(pages(most) == all);
    }
}

TEST_CASE("ACLs grant to others, to those signed in, and to all") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    s3.call("PUT", "/bucket/o", "alice", {}, "x");
    const auto acl = [&](const std::string& target, testing::Sent headers) {
        return s3.call("PUT", target + "?acl", "alice", std::move(headers)).status;
    };
    REQUIRE(acl("/bucket/o", {{"x-amz-acl", "public-read"}}) == 200);
    REQUIRE(s3.call("GET", "/bucket/o", "").body == "x");
    REQUIRE(s3.call("GET", "/bucket/o?acl", "").code() == "AccessDenied");
    REQUIRE(s3.call("GET", "/bucket", "").code() == "AccessDenied");
    REQUIRE(acl("/bucket/o", {{"x-amz-acl", "authenticated-read"}}) == 200);
    REQUIRE(s3.call("GET", "/bucket/o", "").code() == "AccessDenied");
    REQUIRE(s3.call("GET", "/bucket/o", "bob").body == "x");
    REQUIRE(acl("/bucket/o", {{"x-amz-grant-read", "id=p2"}}) == 200);
    REQUIRE(s3.call("GET", "/bucket/o", "bob").body == "x");
    REQUIRE(acl("/bucket/o", {{"x-amz-acl", "nonsense"}}) == 400);
    REQUIRE(acl("/bucket", {{"x-amz-acl", "public-read-write"}}) == 200);
    REQUIRE(s3.call("GET", "/bucket", "").status == 200);
    REQUIRE(s3.call("PUT", "/bucket/bobs", "bob", {}, "y").status == 200);
    REQUIRE(s3.call("GET", "/bucket/bobs", "bob").body == "y");
    REQUIRE(s3.call("GET", "/bucket/bobs?acl").xml("AccessControlPolicy").child("Owner")->text_of("ID") == "p2");
    const auto shown = s3.call("GET", "/bucket?acl").xml("AccessControlPolicy");
    REQUIRE(shown.child("AccessControlList")->all("Grant").size() == 3);
    const std::string block =
        "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</"
        "IgnorePublicAcls>"
        "</PublicAccessBlockConfiguration>";
    REQUIRE(s3.call("PUT", "/bucket?publicAccessBlock", "alice", {}, block).status == 200);
    REQUIRE(s3.call("GET", "/bucket", "").code() == "AccessDenied");
    REQUIRE(acl("/bucket", {{"x-amz-acl", "public-read"}}) == 403);
}

TEST_CASE("policies allow, and deny even owners") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    s3.call("PUT", "/bucket/public/o", "alice", {}, "x");
    s3.call("PUT", "/bucket/private/o", "alice", {{"x-amz-tagging", "open=yes"}}, "y");
    const auto policy = [&](const std::string& statements) {
        return s3
            .call("PUT", "/bucket?policy", "alice", {}, R"({"Version":"2012-10-17","Statement":[)" + statements + "]}")
            .status;
    };
    REQUIRE(s3.call("GET", "/bucket?policy").code() == "NoSuchBucketPolicy");
    REQUIRE(
        policy(
            R"({"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/public/*"})") ==
        204);
    REQUIRE(s3.call("GET", "/bucket/public/o", "").body == "x");
    REQUIRE(s3.call("GET", "/bucket/private/o", "").code() == "AccessDenied");
    REQUIRE(s3.call("GET", "/bucket", "").code() == "AccessDenied");
    REQUIRE(s3.call("GET", "/bucket?policyStatus").xml("PolicyStatus").text_of("IsPublic") == "true");
    REQUIRE(
        policy(
            R"({"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::p2:root"},"Action":["s3:ListBucket"],"Resource":"arn:aws:s3:::bucket","Condition":{"StringLike":{"s3:prefix":"pub*"}}})") ==
        204);
    REQUIRE(s3.call("GET", "/bucket?prefix=public", "bob").status == 200);
    REQUIRE(s3.call("GET", "/bucket?prefix=private", "bob").code() == "AccessDenied");
    REQUIRE(s3.call("GET", "/bucket", "bob").code() == "AccessDenied");
    REQUIRE(
        policy(
            R"({"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*","Condition":{"StringEquals":{"s3:ExistingObjectTag/open":"yes"}}})") ==
        204);
    REQUIRE(s3.call("GET", "/bucket/private/o", "").body == "y");
    REQUIRE(s3.call("GET", "/bucket/public/o", "").code() == "AccessDenied");
    REQUIRE(
        policy(
            R"({"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::bucket","arn:aws:s3:::bucket/*"]})") ==
        204);
    REQUIRE(s3.call("GET", "/bucket/public/o").code() == "AccessDenied");
    REQUIRE(s3.call("PUT", "/bucket/public/o", "alice", {}, "z").code() == "AccessDenied");
    REQUIRE(s3.call("DELETE", "/bucket?policy").status == 204);
    REQUIRE(s3.call("GET", "/bucket/public/o").body == "x");
    REQUIRE(policy("1") == 400);
    REQUIRE(policy(R"({"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::other/*"})") ==
            400);
    REQUIRE(
        policy(
            R"({"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*","Condition":{"Magic":{"a":"b"}}})") ==
        400);
}

TEST_CASE("tags of objects and buckets") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    s3.call("PUT", "/bucket/o", "alice", {{"x-amz-tagging", "a=1&b=%26"}}, "x");
    REQUIRE(s3.call("HEAD", "/bucket/o").header("x-amz-tagging-count") == "2");
    const auto set = s3.call("GET", "/bucket/o?tagging").xml("Tagging");
    REQUIRE(set.child("TagSet")->all("Tag")[1]->text_of("Value") == "&");
    REQUIRE(s3.call("PUT", "/bucket/o?tagging", "alice", {},
                    "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>")
                .status == 200);
    REQUIRE(s3.call("HEAD", "/bucket/o").header("x-amz-tagging-count") == "1");
    REQUIRE(s3.call("PUT", "/bucket/o?tagging", "alice", {},
                    "<Tagging><TagSet><Tag><Key></Key><Value>v</Value></Tag></TagSet></Tagging>")
                .code() == "InvalidTag");
    REQUIRE(s3.call("DELETE", "/bucket/o?tagging").status == 204);
    REQUIRE(s3.call("HEAD", "/bucket/o").header("x-amz-tagging-count") == "(none)");
    REQUIRE(s3.call("GET", "/bucket?tagging").code() == "NoSuchTagSet");
}

TEST_CASE("locked versions stay") {
    S3UnderTest s3;
    REQUIRE(s3.call("PUT", "/bucket", "alice", {{"x-amz-bucket-object-lock-enabled", "true"}}).status == 200);
    const auto until = to_iso_seconds(s3.clock.now() + std::chrono::hours(24));
    const auto governed =
        s3.call("PUT", "/bucket/g", "alice",
                {{"x-amz-object-lock-mode", "GOVERNANCE"}, {"x-amz-object-lock-retain-until-date", until}}, "x")
            .header("x-amz-version-id");
    const auto strict =
        s3.call("PUT", "/bucket/c", "alice",
                {{"x-amz-object-lock-mode", "COMPLIANCE"}, {"x-amz-object-lock-retain-until-date", until}}, "x")
            .header("x-amz-version-id");
    const auto held =
        s3.call("PUT", "/bucket/h", "alice", {{"x-amz-object-lock-legal-hold", "ON"}}, "x").header("x-amz-version-id");
    const auto erase = [&](const std::string& key, const std::string& id, bool bypass) {
        return s3
            .call("DELETE", "/bucket/" + key + "?versionId=" + id, "alice",
                  bypass ? testing::Sent{{"x-amz-bypass-governance-retention", "true"}} : testing::Sent{})
            .status;
    };
    REQUIRE(erase("g", governed, false) == 403);
    const auto tighten = [&](testing::Sent headers) {
        return s3
            .call("PUT", "/bucket/g?retention", "alice", std::move(headers),
                  "<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>" + until + "</RetainUntilDate></Retention>")
            .status;
    };
    REQUIRE(tighten({}) == 403);
    REQUIRE(erase("c", strict, true) == 403);
    REQUIRE(erase("h", held, true) == 403);
    REQUIRE(s3.call("DELETE", "/bucket/c").status == 204);  // a marker hides, it does not destroy
    REQUIRE(erase("g", governed, true) == 204);
    REQUIRE(s3.call("PUT", "/bucket/h?legal-hold&versionId=" + held, "alice", {},
                    "<LegalHold><Status>OFF</Status></LegalHold>")
                .status == 200);
    REQUIRE(erase("h", held, false) == 204);
    s3.clock.advance(std::chrono::hours(25));
    REQUIRE(erase("c", strict, false) == 204);
}

TEST_CASE("what is locked stays whatever Swift and the expirer are asked") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket", "alice", {{"x-amz-bucket-object-lock-enabled", "true"}});
    const auto until = to_iso_seconds(s3.clock.now() + std::chrono::hours(24));
    for (const auto& lock :
         {testing::Sent{{"x-amz-object-lock-legal-hold", "ON"}},
          testing::Sent{{"x-amz-object-lock-mode", "GOVERNANCE"}, {"x-amz-object-lock-retain-until-date", until}},
          testing::Sent{{"x-amz-object-lock-mode", "COMPLIANCE"}, {"x-amz-object-lock-retain-until-date", until}}}) {
        const auto id = s3.call("PUT", "/bucket/o", "alice", lock, "x").header("x-amz-version-id");
        REQUIRE(s3.swift_call("DELETE", "p1/bucket/o?version-id=" + id).status == 403);
        REQUIRE(s3.swift_call("POST", "p1/bucket/o", "alice", {{"X-Delete-After", "1"}}).status == 403);
        REQUIRE(s3.swift_call("DELETE", "p1/bucket/o").status == 204);  // a marker
        REQUIRE(s3.swift_call("DELETE", "p1/bucket/o?version-id=" + id).status == 403);
        REQUIRE(s3.call("GET", "/bucket/o?versionId=" + id).body == "x");
    }
    REQUIRE(s3.swift_call("POST", "p1/bucket", "alice", {{"X-Versions-Enabled", "false"}}).status == 409);
    REQUIRE(s3.swift_call("POST", "p1/bucket", "alice", {{"X-Versions-Enabled", "true"}}).status == 204);

    // A date to expire at that was set before the lock.
    s3.swift_call("PUT", "p1/bucket/soon", "alice", {{"X-Delete-After", "10"}}, "y");
    const auto id = s3.call("HEAD", "/bucket/soon").header("x-amz-version-id");
    const auto hold = [&](const std::string& how) {
        return s3
            .call("PUT", "/bucket/soon?legal-hold&versionId=" + id, "alice", {},
                  "<LegalHold><Status>" + how + "</Status></LegalHold>")
            .status;
    };
    REQUIRE(hold("ON") == 200);
    s3.clock.advance(std::chrono::seconds(20));
    for (int round = 0; round < 3; ++round) swift::remove_expired(s3.swift, s3.clock.now());
    REQUIRE(s3.call("GET", "/bucket/soon?versionId=" + id).body == "y");
    REQUIRE(hold("OFF") == 200);
    REQUIRE(s3.swift_call("DELETE", "p1/bucket/soon?version-id=" + id).status == 204);
}

TEST_CASE("lifecycle rules remove what is due, and only that") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    s3.call("PUT", "/bucket/tmp/a", "alice", {}, "x");
    s3.call("PUT", "/bucket/keep", "alice", {}, "x");
    s3.call("POST", "/bucket/never?uploads");
    const std::string rules =
        "<LifecycleConfiguration><Rule><ID>1</ID><Filter><Prefix>tmp/</Prefix></Filter><Status>Enabled</"
        "Status><Expiration><Days>2</Days></Expiration></Rule>"
        "<Rule><ID>2</ID><Filter/><Status>Enabled</Status><AbortIncompleteMultipartUpload><DaysAfterInitiation>1</"
        "DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>";
    REQUIRE(s3.call("PUT", "/bucket?lifecycle", "alice", {}, rules).status == 200);
    s3.clock.advance(std::chrono::hours(24));
    REQUIRE(s3::apply_lifecycles(s3.s3, s3.clock.now()) == 0);
    s3.clock.advance(std::chrono::hours(48));
    REQUIRE(s3::apply_lifecycles(s3.s3, s3.clock.now()) == 2);
    REQUIRE(count_of(s3, "", "ListBucketResult", "Contents") == 1);
    REQUIRE(count_of(s3, "uploads", "ListMultipartUploadsResult", "Upload") == 0);

    enable_versions(s3);
    for (int i = 0; i < 4; ++i) s3.call("PUT", "/bucket/v", "alice", {}, "x");
    const std::string old =
        "<LifecycleConfiguration><Rule><Filter><Prefix>v</Prefix></Filter><Status>Enabled</"
        "Status><NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays>"
        "<NewerNoncurrentVersions>1</NewerNoncurrentVersions></NoncurrentVersionExpiration></Rule></"
        "LifecycleConfiguration>";
    REQUIRE(s3.call("PUT", "/bucket?lifecycle", "alice", {}, old).status == 200);
    s3.clock.advance(std::chrono::hours(72));
    REQUIRE(s3::apply_lifecycles(s3.s3, s3.clock.now()) == 2);
    REQUIRE(count_of(s3, "versions&prefix=v", "ListVersionsResult", "Version") == 2);
    REQUIRE(s3.call("PUT", "/bucket?lifecycle", "alice", {},
                    "<LifecycleConfiguration><Rule><Filter/><Status>Enabled</Status><Expiration><Days>0</Days></"
                    "Expiration></Rule></LifecycleConfiguration>")
                .code() == "InvalidArgument");
}

TEST_CASE("scripts of other pages do what CORS rules say") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    const auto preflight = [&](const std::string& origin, const std::string& method) {
        return s3.call("OPTIONS", "/bucket/o", "", {{"Origin", origin}, {"Access-Control-Request-Method", method}});
    };
    REQUIRE(preflight("http://a.example", "GET").code() == "AccessForbidden");
    REQUIRE(s3.call("PUT", "/bucket?cors", "alice", {},
                    "<CORSConfiguration><CORSRule><AllowedOrigin>http://*.example</AllowedOrigin><AllowedMethod>GET</"
                    "AllowedMethod><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule></CORSConfiguration>")
                .status == 200);
    const auto good = preflight("http://a.example", "GET");
    REQUIRE(good.status == 200);
    REQUIRE(good.header("Access-Control-Allow-Origin") == "http://a.example");
    REQUIRE(good.header("Access-Control-Max-Age") == "60");
    REQUIRE(preflight("http://a.example", "PUT").code() == "AccessForbidden");
    const auto header = s3.call("OPTIONS", "/bucket/o", "",
                                {{"Origin", "http://a.example"},
                                 {"Access-Control-Request-Method", "GET"},
                                 {"Access-Control-Request-Headers", "x-amz-meta-a"}});
    REQUIRE(header.code() == "AccessForbidden");
    REQUIRE(header.header("Access-Control-Allow-Origin") == "(none)");
    REQUIRE(preflight("http://a.test", "GET").code() == "AccessForbidden");
    REQUIRE(
        s3.call("GET", "/bucket", "alice", {{"Origin", "http://a.example"}}).header("Access-Control-Allow-Origin") ==
        "http://a.example");
    REQUIRE(s3.call("GET", "/bucket", "alice", {{"Origin", "http://a.test"}}).header("Access-Control-Allow-Origin") ==
            "(none)");
}

TEST_CASE("a client's key opens what it sealed, and no other does") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    const auto headers = [](char c) {
        const std::string key(32, c);
        return testing::Sent{
            {"x-amz-server-side-encryption-customer-algorithm", "AES256"},
            {"x-amz-server-side-encryption-customer-key", text::to_base64(key)},
            {"x-amz-server-side-encryption-customer-key-md5", text::to_base64(s3::digest_of(s3::Hash::md5, key))}};
    };
    std::string bytes(200'000, 'x');
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i % 251);
    REQUIRE(s3.call("PUT", "/bucket/o", "alice", headers('k'), bytes).status == 200);
    REQUIRE(s3.call("GET", "/bucket/o", "alice", headers('k')).body == bytes);
    auto range = headers('k');
    range.emplace_back("Range", "bytes=65530-131080");
    REQUIRE(s3.call("GET", "/bucket/o", "alice", range).body == bytes.substr(65'530, 65'551));
    REQUIRE(s3.call("GET", "/bucket/o", "alice", headers('j')).code() == "AccessDenied");
    REQUIRE(s3.call("GET", "/bucket/o").code() == "InvalidRequest");
    REQUIRE(s3.call("HEAD", "/bucket/o").status == 400);
    REQUIRE(s3.swift_call("GET", "p1/bucket/o").status == 400);
    auto bad = headers('k');
    bad[2].second = "bm9uc2Vuc2U=";
    REQUIRE(s3.call("PUT", "/bucket/o2", "alice", bad, "x").code() == "InvalidArgument");
    REQUIRE(s3.call("PUT", "/bucket/plain", "alice", {}, "x").status == 200);
    REQUIRE(s3.call("GET", "/bucket/plain", "alice", headers('k')).code() == "InvalidRequest");
}
