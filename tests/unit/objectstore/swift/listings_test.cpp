#include <catch2/catch.hpp>

#include "swift_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::SwiftUnderTest;

namespace {

void put_all(SwiftUnderTest& swift, const std::vector<std::string>& names) {
    swift.call("PUT", "p1/c");
    for (const auto& name : names) REQUIRE(swift.call("PUT", "p1/c/" + name, "alice", {}, "1").status == 201);
}

}  // namespace

TEST_CASE("listings walk names in byte order, with every parameter") {
    SwiftUnderTest swift;
    put_all(swift, {"a", "b/1", "b/2/x", "b/2/y", "b/3", "bz", "c/", "c/d", "e"});
    const auto list = [&](const std::string& query) { return swift.call("GET", "p1/c?" + query).body; };
    REQUIRE(list("") == "a\nb/1\nb/2/x\nb/2/y\nb/3\nbz\nc/\nc/d\ne\n");
    REQUIRE(list("limit=2") == "a\nb/1\n");
    REQUIRE(list("limit=2&marker=b/1") == "b/2/x\nb/2/y\n");
    REQUIRE(list("marker=b/2/x&end_marker=bz") == "b/2/y\nb/3\n");
    REQUIRE(list("prefix=b/") == "b/1\nb/2/x\nb/2/y\nb/3\n");
    REQUIRE(list("delimiter=/") == "a\nb/\nbz\nc/\ne\n");
    REQUIRE(list("delimiter=/&limit=2") == "a\nb/\n");
    REQUIRE(list("delimiter=/&marker=b/") == "bz\nc/\ne\n");
    REQUIRE(list("prefix=b/&delimiter=/") == "b/1\nb/2/\nb/3\n");
    REQUIRE(list("path=b") == "b/1\nb/3\n");
    REQUIRE(list("path=") == "a\nbz\nc/\ne\n");
    REQUIRE(list("path=c") == "c/d\n");
    REQUIRE(list("reverse=true") == "e\nc/d\nc/\nbz\nb/3\nb/2/y\nb/2/x\nb/1\na\n");
    REQUIRE(list("reverse=true&marker=bz&end_marker=b/1") == "b/3\nb/2/y\nb/2/x\n");
    REQUIRE(list("reverse=true&delimiter=/") == "e\nc/\nbz\nb/\na\n");
    REQUIRE(list("reverse=true&delimiter=/&prefix=b/&limit=2") == "b/3\nb/2/\n");
    REQUIRE(list("prefix=nothing").empty());
    REQUIRE(swift.call("GET", "p1/c?prefix=nothing").status == 204);
    REQUIRE(swift.call("GET", "p1/c?limit=10001").status == 412);
    REQUIRE(list("limit=0").empty());
}

TEST_CASE("listings are text, JSON or XML") {
    SwiftUnderTest swift;
    put_all(swift, {"a%22%3C", "d/x"});
    const auto json = swift.call("GET", "p1/c?format=json&delimiter=/");
    REQUIRE(json.header("Content-Type") == "application/json; charset=utf-8");
    const auto entries = nlohmann::json::parse(json.body);
    REQUIRE(entries.size() == 2);
    REQUIRE(entries[0]["name"] == "a\"<");
    REQUIRE(entries[0]["bytes"] == 1);
    REQUIRE(entries[0]["hash"] == "c4ca4238a0b923820dcc509a6f75849b");
    REQUIRE(entries[1] == nlohmann::json{{"subdir", "d/"}});
    const auto xml = swift.call("GET", "p1/c?format=xml&delimiter=/").body;
    REQUIRE(xml.find("<name>a&quot;&lt;</name>") != std::string::npos);
    REQUIRE(xml.find("<subdir name=\"d/\"><name>d/</name></subdir>") != std::string::npos);
    REQUIRE(swift.call("GET", "p1/c", "alice", {{"Accept", "application/json"}}).body.starts_with("["));
    const auto account = nlohmann::json::parse(swift.call("GET", "p1?format=json").body);
    REQUIRE(account[0]["name"] == "c");
    REQUIRE(account[0]["count"] == 2);
    REQUIRE(account[0]["bytes"] == 2);
    REQUIRE(swift.call("GET", "p2", "bob").status == 204);
    REQUIRE(swift.call("GET", "p2?format=json", "bob").body == "[]");
}
