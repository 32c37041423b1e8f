// Symlinks: dynamic ones lead to whatever is there, static ones hold on to one content.
#include <catch2/catch.hpp>

#include "objectstore/swift/md5.hpp"
#include "swift_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::SwiftUnderTest;

TEST_CASE("a link shows what it leads to") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c");
    swift.call("PUT", "p1/d");
    swift.call("PUT", "p1/c/o", "alice", {{"X-Object-Meta-A", "1"}}, "bytes");
    REQUIRE(swift.call("PUT", "p1/d/link", "alice", {{"X-Symlink-Target", "c/o"}}).status == 201);
    const auto got = swift.call("GET", "p1/d/link");
    REQUIRE(got.body == "bytes");
    REQUIRE(got.header("Content-Location") == "/v1/AUTH_p1/c/o");
    REQUIRE(got.header("X-Object-Meta-A") == "1");
    const auto itself = swift.call("HEAD", "p1/d/link?symlink=get");
    REQUIRE(itself.header("X-Symlink-Target") == "c/o");
    REQUIRE(itself.header("Content-Type") == "application/symlink");
    const auto posted = swift.call("POST", "p1/d/link", "alice", {{"X-Object-Meta-B", "2"}});
    REQUIRE(posted.status == 307);
    REQUIRE(posted.header("Location") == "/v1/AUTH_p1/c/o");
    swift.call("PUT", "p1/c/o", "alice", {}, "other");
    REQUIRE(swift.call("GET", "p1/d/link").body == "other");
    REQUIRE(swift.call("COPY", "p1/d/link", "alice", {{"Destination", "d/copy"}}).status == 201);
    swift.call("DELETE", "p1/c/o");
    REQUIRE(swift.call("GET", "p1/d/link").status == 404);
    REQUIRE(swift.call("GET", "p1/d/copy").body == "other");
    REQUIRE(swift.call("DELETE", "p1/d/link").status == 204);
}

TEST_CASE("what is no link is refused") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c");
    const auto put = [&](testing::Sent headers, const std::string& body = "") {
        return swift.call("PUT", "p1/c/link", "alice", std::move(headers), body).status;
    };
    REQUIRE(put({{"X-Symlink-Target", "c"}}) == 412);
    REQUIRE(put({{"X-Symlink-Target", "c/link"}}) == 400);
    REQUIRE(put({{"X-Symlink-Target", "c/o"}}, "body") == 400);
    REQUIRE(put({{"X-Symlink-Target", "c/o"}, {"X-Symlink-Target-Account", "a/b"}}) == 412);
    REQUIRE(put({{"X-Symlink-Target", "c/o"}, {"X-Symlink-Target-Etag", "0123"}}) == 409);
    REQUIRE(put({{"X-Symlink-Target", "c/o"}}) == 201);
    REQUIRE(swift.call("POST", "p1/c/link", "alice", {{"X-Symlink-Target", "c/o"}}).status == 400);
}

TEST_CASE("links are not followed for ever") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c");
    swift.call("PUT", "p1/c/a", "alice", {{"X-Symlink-Target", "c/b"}});
    swift.call("PUT", "p1/c/b", "alice", {{"X-Symlink-Target", "c/a"}});
    REQUIRE(swift.call("GET", "p1/c/a").status == 409);
}

TEST_CASE("a static link breaks when its target changes") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c");
    swift.call("PUT", "p1/c/o", "alice", {}, "bytes");
    const auto etag = swift::md5_of("bytes");
    REQUIRE(swift.call("PUT", "p1/c/link", "alice", {{"X-Symlink-Target", "c/o"}, {"X-Symlink-Target-Etag", etag}})
                .status == 201);
    REQUIRE(swift.call("GET", "p1/c/link").body == "bytes");
    const auto itself = swift.call("HEAD", "p1/c/link?symlink=get");
    REQUIRE(itself.header("X-Symlink-Target-Etag") == etag);
    REQUIRE(itself.header("X-Symlink-Target-Bytes") == "5");
    swift.call("PUT", "p1/c/o", "alice", {}, "other");
    REQUIRE(swift.call("GET", "p1/c/link").status == 409);
}

TEST_CASE("a link gives nobody more than they may read") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/secret");
    swift.call("PUT", "p1/secret/o", "alice", {}, "bytes");
    swift.call("PUT", "p2/c", "bob");
    REQUIRE(swift
                .call("PUT", "p2/c/link", "bob",
                      {{"X-Symlink-Target", "secret/o"}, {"X-Symlink-Target-Account", "AUTH_p1"}})
                .status == 201);
    REQUIRE(swift.call("GET", "p2/c/link", "bob").status == 403);
    REQUIRE(swift
                .call("PUT", "p2/c/static", "bob",
                      {{"X-Symlink-Target", "secret/o"},
                       {"X-Symlink-Target-Account", "AUTH_p1"},
                       {"X-Symlink-Target-Etag", swift::md5_of("bytes")}})
                .status == 403);
    swift.call("POST", "p1/secret", "alice", {{"X-Container-Read", "p2:bob"}});
    REQUIRE(swift.call("GET", "p2/c/link", "bob").body == "bytes");
}
