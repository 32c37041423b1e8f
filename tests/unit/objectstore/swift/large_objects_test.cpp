#include <catch2/catch.hpp>

#include "objectstore/swift/expirer.hpp"
#include "objectstore/swift/upload.hpp"
#include "swift_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::SwiftUnderTest;

namespace {

void put_segments(SwiftUnderTest& swift) {
    swift.call("PUT", "p1/c");
    swift.call("PUT", "p1/s");
    swift.call("PUT", "p1/s/big/1", "alice", {}, "aaaaa");
    swift.call("PUT", "p1/s/big/2", "alice", {}, "bbbbb");
    swift.call("PUT", "p1/s/big/3", "alice", {}, "cc");
}

}  // namespace

TEST_CASE("a dynamic large object is what its prefix holds now") {
    SwiftUnderTest swift;
    put_segments(swift);
    REQUIRE(swift.call("PUT", "p1/c/big", "alice", {{"X-Object-Manifest", "s/big/"}}).status == 201);
    auto got = swift.call("GET", "p1/c/big");
    REQUIRE(got.body == "aaaaabbbbbcc");
    REQUIRE(got.header("X-Object-Manifest") == "s/big/");
    const auto etag = swift::md5_of(swift::md5_of("aaaaa") + swift::md5_of("bbbbb") + swift::md5_of("cc"));
    REQUIRE(got.header("Etag") == "\"" + etag + "\"");
    REQUIRE(swift.call("GET", "p1/c/big", "alice", {{"Range", "bytes=4-10"}}).body == "abbbbbc");
    swift.call("PUT", "p1/s/big/4", "alice", {}, "dd");
    REQUIRE(swift.call("GET", "p1/c/big").body == "aaaaabbbbbccdd");
    REQUIRE(swift.call("GET", "p1/c/big?multipart-manifest=get").body.empty());
    REQUIRE(swift.call("PUT", "p1/c/bad", "alice", {{"X-Object-Manifest", "s"}}).status == 400);
}

TEST_CASE("a static large object names its segments") {
    SwiftUnderTest swift;
    put_segments(swift);
    const nlohmann::json manifest{{{"path", "/s/big/1"}, {"etag", swift::md5_of("aaaaa")}, {"size_bytes", 5}},
                                  {{"path", "/s/big/2"}, {"etag", nullptr}, {"size_bytes", nullptr}, {"range", "1-3"}},
                                  {{"path", "/s/big/3"}}};
    const auto put =
        swift.call("PUT", "p1/c/big?multipart-manifest=put", "alice", {{"Content-Type", "x/y"}}, manifest.dump());
    REQUIRE(put.status == 201);
    const auto etag = swift::md5_of(swift::md5_of("aaaaa") + swift::md5_of("bbbbb") + ":1-3;" + swift::md5_of("cc"));
    REQUIRE(put.header("Etag") == "\"" + etag + "\"");
    auto got = swift.call("GET", "p1/c/big");
    REQUIRE(got.body == "aaaaabbbcc");
    REQUIRE(got.header("X-Static-Large-Object") == "True");
    REQUIRE(got.header("Content-Type") == "x/y");
    REQUIRE(swift.call("GET", "p1/c/big", "alice", {{"Range", "bytes=4-8"}}).body == "abbbc");
    REQUIRE(swift.call("GET", "p1/c?format=json").body.find("\"bytes\": 10") != std::string::npos);

    const nlohmann::json nested{{{"path", "/c/big"}}, {{"path", "/s/big/3"}}};
    REQUIRE(swift.call("PUT", "p1/c/nested?multipart-manifest=put", "alice", {}, nested.dump()).status == 201);
    REQUIRE(swift.call("GET", "p1/c/nested").body == "aaaaabbbcccc");
    REQUIRE(swift.call("GET", "p1/c/nested", "alice", {{"Range", "bytes=6-10"}}).body == "bbccc");

    const auto raw = swift.call("GET", "p1/c/big?multipart-manifest=get");
    const auto entries = nlohmann::json::parse(raw.body);
    REQUIRE(entries.size() == 3);
    REQUIRE(entries[1]["range"] == "1-3");

    swift.call("PUT", "p1/s/big/2", "alice", {}, "BBBBB");
    REQUIRE(swift.call("GET", "p1/c/big").status == 409);

    const auto gone =
        swift.call("DELETE", "p1/c/big?multipart-manifest=delete", "alice", {{"Accept", "application/json"}});
    REQUIRE(nlohmann::json::parse(gone.body)["Number Deleted"] == 4);
    REQUIRE(swift.call("HEAD", "p1/s").header("X-Container-Object-Count") == "0");
}

TEST_CASE("a manifest that does not fit its segments is refused") {
    SwiftUnderTest swift;
    put_segments(swift);
    const auto put = [&](const std::string& body) {
        return swift.call("PUT", "p1/c/big?multipart-manifest=put", "alice", {}, body);
    };
    REQUIRE(put("nonsense").status == 400);
    REQUIRE(put("[]").status == 400);
    REQUIRE(put(R"([{"path": "/s/none"}])").status == 400);
    REQUIRE(put(R"([{"path": "/s/big/1", "etag": "bad"}])").body.find("Etag Mismatch") != std::string::npos);
    REQUIRE(put(R"([{"path": "/s/big/1", "size_bytes": 4}])").body.find("Size Mismatch") != std::string::npos);
    REQUIRE(put(R"([{"path": "/s/big/1", "range": "9-10"}])").status == 400);
    REQUIRE(put(R"([{"path": "/s/big/1", "colour": "red"}])").status == 400);
    REQUIRE(swift.call("GET", "p1/c/big").status == 404);
}

TEST_CASE("many names are deleted in one request") {
    SwiftUnderTest swift;
    put_segments(swift);
    const auto answer =
        swift.call("POST", "p1?bulk-delete", "alice", {{"Accept", "application/json"}, {"Content-Type", "text/plain"}},
                   "/s/big/1\ns/big%2F2\n/s/none\n/s\n");
    REQUIRE(answer.status == 200);
    const auto counts = nlohmann::json::parse(answer.body);
    REQUIRE(counts["Number Deleted"] == 2);
    REQUIRE(counts["Number Not Found"] == 1);
    REQUIRE(counts["Errors"] == nlohmann::json::parse(R"([["/s", "409 Conflict"]])"));
    REQUIRE(swift.call("POST", "p1?bulk-delete", "", {}, "/s/big/3\n").status == 401);
    REQUIRE(swift.call("DELETE", "p1").status == 405);
    REQUIRE(swift.call("HEAD", "p1/s").header("X-Container-Object-Count") == "1");
}

TEST_CASE("segments of a manifest may be left to the expirer") {
    SwiftUnderTest swift;
    put_segments(swift);
    const auto make = [&](const std::string& name, const std::string& manifest) {
        REQUIRE(swift.call("PUT", "p1/c/" + name + "?multipart-manifest=put", "alice", {}, manifest).status == 201);
    };
    make("inner", R"([{"path": "/s/big/1"}, {"data": "YWJj"}])");
    make("outer", R"([{"path": "/c/inner"}, {"path": "/s/big/2"}])");
    REQUIRE(swift.call("GET", "p1/c/outer").body == "aaaaaabcbbbbb");
    // Who may not write where the segments are deletes nothing.
    swift.call("POST", "p1/c", "alice", {{"X-Container-Write", "p2:*"}});
    REQUIRE(swift.call("DELETE", "p1/c/outer?multipart-manifest=delete&async=yes", "bob").status == 403);
    REQUIRE(swift.call("GET", "p1/c/outer").body == "aaaaaabcbbbbb");

    REQUIRE(swift.call("DELETE", "p1/c/outer?multipart-manifest=delete&async=yes").status == 204);
    for (const char* gone : {"p1/c/outer", "p1/c/inner", "p1/s/big/1", "p1/s/big/2"})
        REQUIRE(swift.call("GET", gone).status == 404);
    REQUIRE(swift.call("HEAD", "p1/s").header("X-Container-Object-Count") == "3");
    REQUIRE(swift::remove_expired(swift.swift, swift.clock.now()) == 3);
    REQUIRE(swift.call("HEAD", "p1/s").header("X-Container-Object-Count") == "1");
    REQUIRE(swift.call("GET", "p1/s/big/3").body == "cc");
    REQUIRE(swift.call("GET", "/info", "").body.find("\"allow_async_delete\":true") != std::string::npos);
}
