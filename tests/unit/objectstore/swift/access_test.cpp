#include <catch2/catch.hpp>

#include "objectstore/config.hpp"
#include "objectstore/swift/acl.hpp"
#include "swift_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::SwiftUnderTest;

TEST_CASE("only those who may reach an account, a container, an object") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c");
    swift.call("PUT", "p1/c/o", "alice", {}, "secret");
    const auto get = [&](const std::string& who) { return swift.call("GET", "p1/c/o", who).status; };
    const auto list = [&](const std::string& who) { return swift.call("GET", "p1/c", who).status; };
    const auto put = [&](const std::string& who) { return swift.call("PUT", "p1/c/new", who, {}, "x").status; };
    const auto set = [&](const std::string& header, const std::string& acl) {
        return swift.call("POST", "p1/c", "alice", {{header, acl}}).status;
    };
    REQUIRE(get("") == 401);
    REQUIRE(get("rubbish") == 401);
    REQUIRE(get("bob") == 403);
    REQUIRE(get("guest") == 403);
    REQUIRE(get("root") == 200);
    REQUIRE(swift.call("GET", "p1/none", "bob").status == 403);
    REQUIRE(swift.call("GET", "p1", "bob").status == 403);

    REQUIRE(set("X-Container-Read", "p2:bob-id") == 204);
    REQUIRE(get("bob") == 200);
    REQUIRE(list("bob") == 200);
    REQUIRE(put("bob") == 403);
    REQUIRE(get("") == 401);
    REQUIRE(set("X-Container-Write", "*:bob") == 204);
    REQUIRE(put("bob") == 201);
    REQUIRE(swift.call("DELETE", "p1/c", "bob").status == 403);
    REQUIRE(swift.call("POST", "p1/c", "bob").status == 403);

    REQUIRE(set("X-Container-Read", ".r:*") == 204);
    REQUIRE(get("") == 200);
    REQUIRE(list("") == 401);
    REQUIRE(set("X-Container-Read", ".r:*,.rlistings") == 204);
    REQUIRE(list("") == 200);
    REQUIRE_FALSE(swift.call("GET", "p1/c", "").headers.has("X-Container-Read"));
    REQUIRE(swift.call("GET", "p1/c").header("X-Container-Read") == ".r:*,.rlistings");
    REQUIRE(put("") == 401);
    REQUIRE(set("X-Container-Write", ".r:*") == 400);
    REQUIRE(set("X-Container-Read", ".x:y") == 400);
    REQUIRE(swift.call("POST", "p1/c", "alice", {{"X-Remove-Container-Read", "1"}}).status == 204);
    REQUIRE(get("") == 401);
    REQUIRE(set("X-Container-Read", "reader") == 204);
    REQUIRE(get("guest") == 200);
}

TEST_CASE("names in an ACL mean somebody in the default domain alone, of both sides") {
    SwiftUnderTest swift;
    const auto bob_reads = [&](const std::string& acl) {
        REQUIRE(swift.call("PUT", "p3/c", "dora", {{"X-Container-Read", acl}}).status / 100 == 2);
        return swift.call("GET", "p3/c", "bob").status / 100 == 2;
    };
    REQUIRE_FALSE(bob_reads("p2-name:bob"));
    REQUIRE_FALSE(bob_reads("*:bob"));
    REQUIRE(bob_reads("p2:bob-id"));
    swift.call("PUT", "p1/c", "alice", {{"X-Container-Read", "p3-name:dora"}});
    REQUIRE(swift.call("GET", "p1/c", "dora").status == 403);
    swift.call("POST", "p1/c", "alice", {{"X-Container-Read", "p3:dora-id"}});
    REQUIRE(swift.call("GET", "p1/c", "dora").status / 100 == 2);
}

TEST_CASE("referrers are matched as Swift matches them") {
    using swift::clean_acl;
    using swift::parse_acl;
    REQUIRE(clean_acl(" .referrer : *.example.com , a:b,, .r:-bad.example.com", false) ==
            ".r:.example.com,a:b,.r:-bad.example.com");
    const auto acl = parse_acl(".r:.example.com,.r:-bad.example.com");
    REQUIRE(acl.allows_referrer("http://www.example.com/page"));
    REQUIRE_FALSE(acl.allows_referrer("http://bad.example.com/"));
    REQUIRE_FALSE(acl.allows_referrer("http://example.org/"));
    REQUIRE_FALSE(acl.allows_referrer(""));
    REQUIRE_FALSE(parse_acl("").allows_referrer(""));
}

TEST_CASE("metadata of accounts and containers is set and removed") {
    SwiftUnderTest swift;
    REQUIRE(swift.call("POST", "p1", "alice", {{"X-Account-Meta-Colour", "red"}}).status == 204);
    REQUIRE(swift.call("HEAD", "p1").header("X-Account-Meta-Colour") == "red");
    REQUIRE(swift.call("HEAD", "p1").header("X-Account-Project-Domain-Id") == "default");
    REQUIRE_FALSE(swift.call("HEAD", "p1", "root").headers.has("X-Account-Project-Domain-Id"));
    REQUIRE(swift.call("POST", "p1", "alice", {{"X-Remove-Account-Meta-Colour", "x"}}).status == 204);
    REQUIRE_FALSE(swift.call("HEAD", "p1").headers.has("X-Account-Meta-Colour"));
    REQUIRE(swift.call("PUT", "p1/c", "alice", {{"X-Container-Meta-A", "1"}, {"X-Container-Meta-b_c", "3"}}).status ==
            201);
    REQUIRE(swift.call("HEAD", "p1/c").header("X-Container-Meta-B-C") == "3");
    REQUIRE(swift.call("POST", "p1/c", "alice", {{"X-Container-Meta-B", "2"}, {"X-Container-Meta-A", ""}}).status ==
            204);
    const auto head = swift.call("HEAD", "p1/c");
    REQUIRE(head.status == 204);
    REQUIRE_FALSE(head.headers.has("X-Container-Meta-A"));
    REQUIRE(head.header("X-Container-Meta-B") == "2");
    REQUIRE(head.header("X-Trans-Id").starts_with("tx"));
    REQUIRE(swift.call("GET", "/info", "").status == 200);
    REQUIRE(swift.call("OPTIONS", "/info", "").status == 200);
    REQUIRE(swift.call("OPTIONS", "/info", "").header("Allow") == "HEAD, GET, OPTIONS");
    REQUIRE(swift.call("GET", "/healthcheck", "").body == "OK");
}

TEST_CASE("every key of the configuration is declared once") {
    std::set<std::string> names;
    for (const auto& key : config_keys()) REQUIRE(names.insert(key.name).second);
    REQUIRE(read_settings({}).max_file_size == 5'368'709'122);
}
