// Versions as Swift's clients see them, in both styles.
#include <catch2/catch.hpp>

#include "objectstore/swift/expirer.hpp"
#include "swift_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::SwiftUnderTest;

namespace {

nlohmann::json versions(SwiftUnderTest& swift, const std::string& query = "") {
    const auto listed = swift.call("GET", "p1/c?versions=1" + query);
    REQUIRE(listed.status == 200);
    return nlohmann::json::parse(listed.body);
}

}  // namespace

TEST_CASE("a container with versions keeps what is replaced and deleted") {
    SwiftUnderTest swift;
    REQUIRE(swift.call("PUT", "p1/c", "alice", {{"X-Versions-Enabled", "true"}}).status == 201);
    REQUIRE(swift.call("HEAD", "p1/c").header("X-Versions-Enabled") == "True");
    const auto one = swift.call("PUT", "p1/c/o", "alice", {}, "one").header("X-Object-Version-Id");
    const auto two = swift.call("PUT", "p1/c/o", "alice", {}, "two22").header("X-Object-Version-Id");
    REQUIRE(one < two);
    REQUIRE(swift.call("GET", "p1/c/o").header("X-Object-Version-Id") == two);
    REQUIRE(swift.call("GET", "p1/c/o?version-id=" + one).body == "one");
    REQUIRE(swift.call("GET", "p1/c/o?version-id=null").status == 404);
    REQUIRE(swift.call("GET", "p1/c/o?version-id=x").status == 400);
    REQUIRE(swift.call("POST", "p1/c/o?version-id=" + one).status == 400);
    REQUIRE(swift.call("HEAD", "p1/c").header("X-Container-Bytes-Used") == "8");
    REQUIRE(swift.call("HEAD", "p1/c").header("X-Container-Object-Count") == "1");

    const auto deleted = swift.call("DELETE", "p1/c/o");
    REQUIRE(deleted.status == 204);
    const auto marker = deleted.header("X-Object-Version-Id");
    REQUIRE(swift.call("GET", "p1/c/o").status == 404);
    const auto gone = swift.call("GET", "p1/c/o?version-id=" + marker);
    REQUIRE(gone.status == 404);
    REQUIRE(gone.header("Content-Type") == "application/x-deleted;swift_versions_deleted=1");
    const auto listed = versions(swift);
    REQUIRE(listed.size() == 3);
    REQUIRE(listed[0]["version_id"] == marker);
    REQUIRE(listed[0]["is_latest"] == true);
    REQUIRE(listed[1]["is_latest"] == false);
    REQUIRE(swift.call("GET", "p1/c").body.empty());
    REQUIRE(swift.call("DELETE", "p1/c").status == 409);

    SECTION("an old version is brought back by a PUT") {
        REQUIRE(swift.call("PUT", "p1/c/o?version-id=" + one).status == 201);
        REQUIRE(swift.call("GET", "p1/c/o").body == "one");
        REQUIRE(swift.call("PUT", "p1/c/o?version-id=" + one, "alice", {}, "body").status == 400);
    }
    SECTION("deleted one by one, the container goes as well") {
        for (const auto& each : listed)
            REQUIRE(swift.call("DELETE", "p1/c/o?version-id=" + each["version_id"].get<std::string>()).status == 204);
        REQUIRE(versions(swift).empty());
        REQUIRE(swift.call("HEAD", "p1/c").header("X-Container-Bytes-Used") == "0");
        REQUIRE(swift.call("DELETE", "p1/c").status == 204);
        REQUIRE(swift.call("PUT", "p1/c").status == 201);
        REQUIRE(swift.call("PUT", "p1/c/o", "alice", {}, "x").status == 201);
    }
    SECTION("who may read the container may not read what was") {
        swift.call("POST", "p1/c", "alice", {{"X-Container-Read", ".r:*"}, {"X-Container-Write", "p2:bob"}});
        swift.call("PUT", "p1/c/o", "alice", {}, "three");
        REQUIRE(swift.call("GET", "p1/c/o", "bob").body == "three");
        REQUIRE(swift.call("GET", "p1/c/o?version-id=" + one, "bob").status == 403);
        REQUIRE(swift.call("GET", "p1/c/o?version-id=" + one, "").status == 401);
        REQUIRE(swift.call("DELETE", "p1/c/o?version-id=" + one, "bob").status == 403);
    }
}

TEST_CASE("what ends by its time stays among the versions") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c", "alice", {{"X-Versions-Enabled", "true"}});
    const auto id =
        swift.call("PUT", "p1/c/o", "alice", {{"X-Delete-After", "60"}}, "bytes").header("X-Object-Version-Id");
    swift.clock.advance(std::chrono::seconds(61));
    REQUIRE(swift.call("GET", "p1/c/o").status == 404);
    REQUIRE(swift.call("GET", "p1/c/o?version-id=" + id).body == "bytes");
    REQUIRE(swift::remove_expired(swift.swift, swift.clock.now()) == 1);
    REQUIRE(swift::remove_expired(swift.swift, swift.clock.now()) == 0);
    REQUIRE(swift.call("GET", "p1/c/o?version-id=" + id).body == "bytes");
    REQUIRE(swift.call("HEAD", "p1/c").header("X-Container-Object-Count") == "0");
}

TEST_CASE("the old style archives what is replaced and restores it by a delete") {
    SwiftUnderTest swift;
    REQUIRE(swift.call("PUT", "p1/c", "alice", {{"X-Versions-Location", "old"}}).status == 201);
    REQUIRE(swift.call("PUT", "p1/c/o", "alice", {}, "one").status == 201);
    REQUIRE(swift.call("PUT", "p1/c/o", "alice", {}, "two").status == 412);
    REQUIRE(swift.call("PUT", "p1/old").status == 201);
    REQUIRE(swift.call("PUT", "p1/c/o", "alice", {}, "two").status == 201);
    const auto archived = swift.call("GET", "p1/old").body;
    REQUIRE(archived.starts_with("001o/"));
    REQUIRE(swift.call("GET", "p1/old/" + archived.substr(0, archived.size() - 1)).body == "one");
    REQUIRE(swift.call("DELETE", "p1/c/o").status == 204);
    REQUIRE(swift.call("GET", "p1/c/o").body == "one");
    REQUIRE(swift.call("GET", "p1/old").status == 204);
    REQUIRE(swift.call("DELETE", "p1/c/o").status == 204);
    REQUIRE(swift.call("GET", "p1/c/o").status == 404);
    REQUIRE(swift.call("DELETE", "p1/c/o").status == 404);
    REQUIRE(swift.call("HEAD", "p1").header("X-Account-Bytes-Used") == "0");
    REQUIRE(swift.call("POST", "p1/c", "alice", {{"X-Versions-Enabled", "true"}}).status == 400);
    REQUIRE(swift.call("POST", "p1/c", "alice", {{"X-Remove-Versions-Location", "x"}}).status == 204);
    REQUIRE_FALSE(swift.call("HEAD", "p1/c").headers.has("X-Versions-Location"));
}

TEST_CASE("history archives deletes as well") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/old");
    swift.call("PUT", "p1/c", "alice", {{"X-History-Location", "old"}});
    swift.call("PUT", "p1/c/o", "alice", {}, "one");
    REQUIRE(swift.call("DELETE", "p1/c/o").status == 204);
    REQUIRE(swift.call("GET", "p1/c/o").status == 404);
    REQUIRE(swift.call("HEAD", "p1/old").header("X-Container-Object-Count") == "2");
    REQUIRE(swift.call("HEAD", "p1/c").header("X-History-Location") == "old");
}
