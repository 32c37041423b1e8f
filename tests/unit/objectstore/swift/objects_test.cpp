#include <catch2/catch.hpp>

#include "objectstore/swift/expirer.hpp"
#include "objectstore/swift/upload.hpp"
#include "swift_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::SwiftUnderTest;

TEST_CASE("the tables hold what tables must hold") { REQUIRE(api::table_problems(swift::all_tables()).empty()); }

TEST_CASE("an object comes back as it was put") {
    SwiftUnderTest swift;
    REQUIRE(swift.call("PUT", "p1/c/o", "alice", {}, "x").status == 404);
    REQUIRE(swift.call("PUT", "p1/c").status == 201);
    REQUIRE(swift.call("PUT", "p1/c").status == 202);
    for (const std::size_t size : {std::size_t{0}, std::size_t{5}, std::size_t{65'536}, std::size_t{700'001}}) {
        const std::string bytes(size, 'z');
        const auto put = swift.call("PUT", "p1/c/dir/o%20x", "alice",
                                    {{"X-Object-Meta-colour", "red"}, {"Content-Type", "text/x"}}, bytes);
        REQUIRE(put.status == 201);
        REQUIRE(put.header("Etag") == swift::md5_of(bytes));
        const auto got = swift.call("GET", "p1/c/dir/o%20x");
        REQUIRE(got.status == 200);
        REQUIRE(got.body == bytes);
        REQUIRE(got.header("Etag") == swift::md5_of(bytes));
        REQUIRE(got.header("X-Object-Meta-Colour") == "red");
        REQUIRE(got.header("Content-Type") == "text/x");
        const auto head = swift.call("HEAD", "p1/c");
        REQUIRE(head.header("X-Container-Object-Count") == "1");
        REQUIRE(head.header("X-Container-Bytes-Used") == std::to_string(size));
    }
    REQUIRE(swift.call("DELETE", "p1/c").status == 409);
    REQUIRE(swift.call("DELETE", "p1/c/dir/o%20x").status == 204);
    REQUIRE(swift.call("DELETE", "p1/c/dir/o%20x").status == 404);
    REQUIRE(swift.call("GET", "p1/c/dir/o%20x").status == 404);
    REQUIRE(swift.call("DELETE", "p1/c").status == 204);
    REQUIRE(swift.call("PUT", "p1/c").status == 201);
    REQUIRE(swift.call("HEAD", "p1/c").header("X-Container-Object-Count") == "0");
    const auto account = swift.call("HEAD", "p1");
    REQUIRE(account.header("X-Account-Container-Count") == "1");
    REQUIRE(account.header("X-Account-Object-Count") == "0");
    REQUIRE(account.header("X-Account-Bytes-Used") == "0");
}

TEST_CASE("what a client says about its body is checked") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c");
    REQUIRE(swift.call("PUT", "p1/c/o", "alice", {{"ETag", "0123"}}, "x").status == 422);
    REQUIRE(swift.call("GET", "p1/c/o").status == 404);
    REQUIRE(swift.call("PUT", "p1/c/o", "alice", {{"ETag", "\"" + swift::md5_of("x") + "\""}}, "x").status == 201);
    REQUIRE(swift.call("PUT", "p1/c/o", "alice", {{"X-Test-No-Length", "1"}}, "").status == 411);
    REQUIRE(swift.call("PUT", "p1/c/chunked", "alice", {{"Transfer-Encoding", "chunked"}}, "abc").status == 201);
    REQUIRE(swift.call("GET", "p1/c/chunked").body == "abc");
    REQUIRE(swift.call("PUT", "p1/c/o", "alice", {{"If-None-Match", "*"}}, "y").status == 412);
    REQUIRE(swift.call("PUT", "p1/c/o2", "alice", {{"If-None-Match", "*"}}, "y").status == 201);
    swift.settings.max_file_size = 10;
    REQUIRE(swift.call("PUT", "p1/c/o", "alice", {}, std::string(11, 'x')).status == 413);
    REQUIRE(swift.call("PUT", "p1/c/o", "alice", {{"Transfer-Encoding", "chunked"}}, std::string(11, 'x')).status ==
            413);
}

TEST_CASE("names are bounded and must be UTF-8") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c");
    REQUIRE(swift.call("PUT", "p1/" + std::string(257, 'c')).status == 400);
    REQUIRE(swift.call("PUT", "p1/c/" + std::string(1025, 'o'), "alice", {}, "x").status == 400);
    REQUIRE(swift.call("PUT", "p1/c/" + std::string(1024, 'o'), "alice", {}, "x").status == 201);
    REQUIRE(swift.call("PUT", "p1/c/%ff", "alice", {}, "x").status == 412);
    REQUIRE(swift.call("PUT", "p1/c/a%00b", "alice", {}, "x").status == 412);
    REQUIRE(swift.call("PUT", "p1/c/%C3%A4//", "alice", {}, "x").status == 201);
    REQUIRE(swift.call("GET", "p1/c?prefix=%C3%A4").body == "ä//\n");
    REQUIRE(swift.call("PUT", "p1/c/o", "alice", {{"X-Object-Meta-" + std::string(129, 'a'), "v"}}, "x").status == 400);
    REQUIRE(swift.call("PUT", "p1/c/o", "alice", {{"X-Object-Meta-A", std::string(257, 'v')}}, "x").status == 400);
}

TEST_CASE("ranges and conditions") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c");
    const auto put = swift.call("PUT", "p1/c/o", "alice", {}, "0123456789");
    const auto etag = put.header("Etag");
    const auto get = [&](const std::string& name, const std::string& value) {
        return swift.call("GET", "p1/c/o", "alice", {{name, value}});
    };
    const auto part = get("Range", "bytes=2-4");
    REQUIRE(part.status == 206);
    REQUIRE(part.body == "234");
    REQUIRE(part.header("Content-Range") == "bytes 2-4/10");
    REQUIRE(get("Range", "bytes=-3").body == "789");
    REQUIRE(get("Range", "bytes=20-").status == 416);
    const auto two = get("Range", "bytes=0-1,8-9");
    REQUIRE(two.status == 206);
    REQUIRE(two.header("Content-Type").starts_with("multipart/byteranges;boundary="));
    REQUIRE(two.body.find("Content-Range: bytes 8-9/10\r\n\r\n89\r\n") != std::string::npos);
    REQUIRE(get("If-None-Match", etag).status == 304);
    REQUIRE(get("If-None-Match", "\"nothing\"").status == 200);
    REQUIRE(get("If-Match", "\"" + etag + "\"").status == 200);
    REQUIRE(get("If-Match", "\"nothing\"").status == 412);
    const auto modified = put.header("Last-Modified");
    REQUIRE(get("If-Modified-Since", modified).status == 304);
    REQUIRE(get("If-Unmodified-Since", modified).status == 200);
    REQUIRE(get("If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:10 GMT").status == 412);
}

TEST_CASE("a POST replaces the metadata and keeps the bytes") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c");
    swift.call("PUT", "p1/c/o", "alice",
               {{"X-Object-Meta-A", "1"}, {"Content-Type", "text/x"}, {"Content-Encoding", "gzip"}}, "bytes");
    REQUIRE(swift.call("POST", "p1/c/o", "alice", {{"X-Object-Meta-B", "2"}}).status == 202);
    const auto got = swift.call("GET", "p1/c/o");
    REQUIRE(got.body == "bytes");
    REQUIRE_FALSE(got.headers.has("X-Object-Meta-A"));
    REQUIRE_FALSE(got.headers.has("Content-Encoding"));
    REQUIRE(got.header("X-Object-Meta-B") == "2");
    REQUIRE(got.header("Content-Type") == "text/x");
    REQUIRE(swift.call("POST", "p1/c/none").status == 404);
}

TEST_CASE("copies keep what the request does not say otherwise") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c");
    swift.call("PUT", "p1/d");
    swift.call("PUT", "p1/c/o", "alice", {{"X-Object-Meta-A", "1"}, {"Content-Type", "text/x"}},
               std::string(100'000, 'b'));
    const auto copied = swift.call("PUT", "p1/d/two", "alice", {{"X-Copy-From", "/c/o"}, {"X-Object-Meta-B", "2"}});
    REQUIRE(copied.status == 201);
    REQUIRE(copied.header("X-Copied-From") == "c/o");
    auto got = swift.call("GET", "p1/d/two");
    REQUIRE(got.body == std::string(100'000, 'b'));
    REQUIRE(got.header("X-Object-Meta-A") == "1");
    REQUIRE(got.header("X-Object-Meta-B") == "2");
    REQUIRE(got.header("Content-Type") == "text/x");
    REQUIRE(swift.call("COPY", "p1/c/o", "alice", {{"Destination", "d/three"}, {"X-Fresh-Metadata", "true"}}).status ==
            201);
    REQUIRE_FALSE(swift.call("HEAD", "p1/d/three").headers.has("X-Object-Meta-A"));
    REQUIRE(swift.call("COPY", "p1/c/o", "alice", {{"Destination", "d"}}).status == 412);
    REQUIRE(swift.call("COPY", "p1/c/none", "alice", {{"Destination", "d/x"}}).status == 404);
    REQUIRE(
        swift.call("COPY", "p1/c/o", "alice", {{"Destination", "d/x"}, {"Destination-Account", "AUTH_p2"}}).status ==
        403);
}

TEST_CASE("copies go from account to account for who may read here and write there") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c", "alice", {{"X-Container-Read", "p2:*"}});
    swift.call("PUT", "p1/c/o", "alice", {{"X-Object-Meta-A", "1"}}, "bytes");
    swift.call("PUT", "p2/d", "bob");
    const auto taken =
        swift.call("PUT", "p2/d/taken", "bob", {{"X-Copy-From", "c/o"}, {"X-Copy-From-Account", "AUTH_p1"}});
    REQUIRE(taken.status == 201);
    REQUIRE(taken.header("X-Copied-From-Account") == "AUTH_p1");
    REQUIRE(swift.call("HEAD", "p2/d/taken", "bob").header("X-Object-Meta-A") == "1");
    const auto copy = [&](const std::string& who) {
        return swift.call("COPY", "p1/c/o", who, {{"Destination", "d/sent"}, {"Destination-Account", "AUTH_p2"}})
            .status;
    };
    REQUIRE(copy("bob") == 201);
    REQUIRE(copy("alice") == 403);
    swift.call("POST", "p2/d", "bob", {{"X-Container-Write", "p1:alice-id"}});
    REQUIRE(copy("alice") == 201);
    REQUIRE(swift.call("GET", "p2/d/sent", "bob").body == "bytes");
    swift.call("POST", "p1/c", "alice", {{"X-Remove-Container-Read", "1"}});
    REQUIRE(copy("bob") == 403);
}

TEST_CASE("objects expire") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c");
    REQUIRE(swift.call("PUT", "p1/c/o", "alice", {{"X-Delete-After", "60"}}, std::string(100'000, 'e')).status == 201);
    REQUIRE(swift.call("PUT", "p1/c/past", "alice", {{"X-Delete-At", "1000"}}, "x").status == 400);
    REQUIRE(swift.call("GET", "p1/c/o").status == 200);
    swift.clock.advance(std::chrono::seconds(61));
    REQUIRE(swift.call("GET", "p1/c/o").status == 404);
    REQUIRE(swift::remove_expired(swift.swift, swift.clock.now()) == 1);
    REQUIRE(swift::remove_expired(swift.swift, swift.clock.now()) == 0);
    REQUIRE(swift.call("HEAD", "p1/c").header("X-Container-Object-Count") == "0");
}
