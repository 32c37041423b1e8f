// Two clusters in one process, each with a listener of its own.
#include <catch2/catch.hpp>
#include <fstream>

#include "common/http/client.hpp"
#include "common/http/server.hpp"
#include "objectstore/model/sync_change.hpp"
#include "objectstore/swift/sync_realms.hpp"
#include "objectstore/swift/sync_worker.hpp"
#include "swift_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::Sent;
using testing::SwiftUnderTest;

namespace {

struct Cluster {
    explicit Cluster(http::Io& io) : server(swift.service->listen(io, {})) { server->start(); }
    ~Cluster() { server->stop(std::chrono::milliseconds(1000)); }
    std::string url(const std::string& path) const {
        return fmt::format("http://127.0.0.1:{}{}", server->port(), path);
    }
    std::string body(const std::string& path) { return swift.call("GET", path).body; }
    std::int64_t waiting() {
        store::Transaction txn(*swift.store, {});
        return txn.counter(kSyncCounter);
    }

    SwiftUnderTest swift;
    std::unique_ptr<http::Server> server;
};

struct Clusters {
    Clusters() : client(io, {}), realms(write_realms(), "//east/one") {
        for (auto* cluster : {&one, &two}) {
            cluster->swift.swift.realms = &realms;
            cluster->swift.call("PUT", "p1/c", "alice", {{"X-Container-Sync-Key", "shared"}});
        }
        two.swift.clock.set(one.swift.clock.now());
    }
    std::filesystem::path write_realms() {
        const auto file = one.swift.folder.path() / "realms.conf";
        std::ofstream(file)
            << "[DEFAULT]\nmtime_check_interval = 1\n[East]\nkey = realm key\nkey2 = older\ncluster_ONE = "
            << one.url("/v1/") << "\ncluster_two = " << two.url("/v1/") << "\n";
        return file;
    }
    void sync_to(Cluster& from, const std::string& to) {
        REQUIRE(from.swift.call("POST", "p1/c", "alice", {{"X-Container-Sync-To", to}}).status == 204);
    }
    swift::SyncRound push(Cluster& from) { return swift::sync_containers(from.swift.swift, client); }

    http::Io io{2};
    Cluster one{io}, two{io};
    http::Client client;
    swift::SyncRealms realms;
};

}  // namespace

TEST_CASE("realms are read from Swift's file") {
    Clusters both;
    REQUIRE(both.realms.find("EAST")->key == "realm key");
    REQUIRE(both.realms.find("east")->clusters.at("TWO") == both.two.url("/v1/"));
    REQUIRE_FALSE(both.realms.find("west"));
    REQUIRE(both.realms.is_current("East", "ONE"));
    const auto info = nlohmann::json::parse(both.one.swift.call("GET", "/info", "").body);
    REQUIRE(info["container_sync"]["realms"]["EAST"]["clusters"]["ONE"]["current"] == true);
    for (const std::string bad :
         {"//west/two/AUTH_p1/c", "//east/three/AUTH_p1/c", "//east/two/AUTH_p1", "http://10.0.0.1/v1/AUTH_p1/c",
          "ftp://127.0.0.1/v1/a/c", "http://127.0.0.1/", "http://127.0.0.1/v1/a/c?x=y", "nonsense"}) {
        CAPTURE(bad);
        REQUIRE(both.one.swift.call("POST", "p1/c", "alice", {{"X-Container-Sync-To", bad}}).status == 400);
    }
}

TEST_CASE("what a container holds, gets and loses, the other cluster's gets and loses") {
    Clusters both;
    auto& one = both.one.swift;
    one.call("PUT", "p1/c/before", "alice", {{"X-Object-Meta-Colour", "red"}, {"Content-Type", "a/b"}}, "first");
    SECTION("through a realm") { both.sync_to(both.one, "//east/two/AUTH_p1/c"); }
    SECTION("by a URL") { both.sync_to(both.one, both.two.url("/v1/AUTH_p1/c")); }
    one.call("PUT", "p1/c/later \xC3\xA9/x", "alice", {}, std::string(300'000, 'z'));
    one.call("PUT", "p1/c/link", "alice", {{"X-Symlink-Target", "c/before"}});
    one.call("PUT", "p1/c/gone", "alice", {}, "x");
    one.call("DELETE", "p1/c/gone");
    both.push(both.one);
    both.push(both.one);
    REQUIRE(both.two.body("p1/c/before") == "first");
    const auto head = both.two.swift.call("HEAD", "p1/c/before");
    REQUIRE(head.header("X-Object-Meta-Colour") == "red");
    REQUIRE(head.header("Content-Type") == "a/b");
    REQUIRE(head.header("X-Timestamp") == one.call("HEAD", "p1/c/before").header("X-Timestamp"));
    REQUIRE(both.two.body("p1/c/later%20%C3%A9/x").size() == 300'000);
    REQUIRE(both.two.swift.call("HEAD", "p1/c/link?symlink=get").header("X-Symlink-Target") == "c/before");
    REQUIRE(both.one.waiting() == 0);

    one.call("POST", "p1/c/before", "alice", {{"X-Object-Meta-Colour", "blue"}});
    one.call("DELETE", "p1/c/link");
    const auto round = both.push(both.one);
    REQUIRE(round.puts == 1);
    REQUIRE(round.deletes == 1);
    REQUIRE(both.two.swift.call("HEAD", "p1/c/before").header("X-Object-Meta-Colour") == "blue");
    REQUIRE(both.two.swift.call("HEAD", "p1/c/link").status == 404);
    REQUIRE(both.push(both.one).puts == 0);

    // Without the goal nothing is told, and nothing waits for ever.
    both.sync_to(both.one, "");
    one.call("PUT", "p1/c/alone", "alice", {}, "x");
    both.push(both.one);
    REQUIRE(both.two.swift.call("HEAD", "p1/c/alone").status == 404);
    REQUIRE(both.one.waiting() == 0);
}

TEST_CASE("clusters that sync both ways come to the same, and to rest") {
    Clusters both;
    both.sync_to(both.one, "//east/two/AUTH_p1/c");
    both.sync_to(both.two, "//east/one/AUTH_p1/c");
    both.one.swift.call("PUT", "p1/c/o", "alice", {}, "of one");
    both.two.swift.clock.advance(std::chrono::seconds(5));
    both.two.swift.call("PUT", "p1/c/o", "alice", {}, "of two");
    both.two.swift.call("PUT", "p1/c/q", "alice", {}, "q");
    for (int i = 0; i < 4; ++i) {
        both.push(both.one);
        both.push(both.two);
    }
    REQUIRE(both.one.body("p1/c/o") == "of two");
    REQUIRE(both.two.body("p1/c/o") == "of two");
    REQUIRE(both.one.waiting() + both.two.waiting() == 0);

    // An old copy on its way does not bring back what was deleted.
    both.one.swift.clock.advance(std::chrono::seconds(60));
    both.two.swift.clock.set(both.one.swift.clock.now());
    both.one.swift.call("POST", "p1/c/q", "alice", {{"X-Object-Meta-A", "1"}});
    both.two.swift.clock.advance(std::chrono::seconds(60));
    both.two.swift.call("DELETE", "p1/c/q");
    for (int i = 0; i < 4; ++i) {
        both.push(both.one);
        both.push(both.two);
    }
    REQUIRE(both.one.swift.call("HEAD", "p1/c/q").status == 404);
    REQUIRE(both.two.swift.call("HEAD", "p1/c/q").status == 404);
    REQUIRE(both.one.waiting() + both.two.waiting() == 0);
}

TEST_CASE("large objects are synced as manifests, and work once their segments are there") {
    Clusters both;
    auto& one = both.one.swift;
    one.call("PUT", "p1/c/s1", "alice", {}, "hello ");
    one.call("PUT", "p1/c/s2", "alice", {}, "world");
    REQUIRE(one.call("PUT", "p1/c/a-big?multipart-manifest=put", "alice", {},
                     R"([{"path": "/c/s1"}, {"path": "/c/s2", "range": "0-2"}])")
                .status == 201);
    one.call("PUT", "p1/c/dynamic", "alice", {{"X-Object-Manifest", "c/s"}});
    both.sync_to(both.one, "//east/two/AUTH_p1/c");
    both.push(both.one);
    both.push(both.one);
    const auto there = both.two.swift.call("GET", "p1/c/a-big");
    REQUIRE(there.body == "hello wor");
    REQUIRE(there.header("Etag") == one.call("GET", "p1/c/a-big").header("Etag"));
    REQUIRE(both.two.body("p1/c/dynamic") == "hello world");
}

TEST_CASE("what a client's key sealed does not travel, and takes away what it replaced") {
    Clusters both;
    both.sync_to(both.one, "//east/two/AUTH_p1/c");
    both.one.swift.call("PUT", "p1/c/o", "alice", {}, "open");
    both.push(both.one);
    REQUIRE(both.two.body("p1/c/o") == "open");
    both.one.swift.call("PUT", "p1/c/o", "alice", {}, "sealed");
    store::Transaction txn(*both.one.swift.store, {});
    auto object = txn.get<Object>("AUTH_p1", "c", "o").value();
    object.system["ssec"] = "MD5 of a key";
    txn.put(object, "sealed");
    REQUIRE(store::went_through(txn.commit_and_wait()));
    both.push(both.one);
    REQUIRE(both.two.swift.call("GET", "p1/c/o").status == 404);
    REQUIRE(both.one.waiting() == 0);
}

TEST_CASE("only the right keys let another cluster in, and only to the container") {
    Clusters both;
    auto& two = both.two.swift;
    two.call("PUT", "p1/other");
    two.call("PUT", "p1/other/secret", "alice", {}, "secret");
    const std::string time = "1700000100.00000";
    const auto sent = [&](const std::string& method, const std::string& path, const std::string& realm_key,
                          const std::string& user_key, Sent more = {}) {
        const auto signature = swift::sync_signature(method, path, time, "n", realm_key, user_key);
        Sent headers{{"X-Container-Sync-Auth", "east n " + signature}, {"X-Timestamp", time}};
        headers.insert(headers.end(), more.begin(), more.end());
        return two.call(method, path, "", headers, method == "PUT" ? "x" : "").status;
    };
    const std::string o = "/v1/AUTH_p1/c/o";
    REQUIRE(sent("PUT", o, "realm key", "shared") == 201);
    REQUIRE(sent("PUT", o, "older", "shared") == 202);  // not newer than what is there
    REQUIRE(sent("PUT", o, "wrong", "shared") == 401);
    REQUIRE(sent("PUT", o, "realm key", "wrong") == 401);
    REQUIRE(sent("PUT", "/v1/AUTH_p1/other/o", "realm key", "shared") == 401);
    REQUIRE(sent("PUT", "/v1/AUTH_p1/none/o", "realm key", "shared") == 401);
    REQUIRE(sent("GET", "/v1/AUTH_p1/c", "realm key", "shared") == 401);
    const auto broken = two.call("PUT", o, "alice", {{"X-Container-Sync-Auth", "east"}}, "x");
    REQUIRE(broken.status == 401);
    REQUIRE(broken.header("WWW-Authenticate").starts_with("SwiftContainerSync "));
    // Nothing of other containers comes along.
    two.call("PUT", "p1/c/link", "alice", {{"X-Symlink-Target", "other/secret"}});
    REQUIRE(sent("GET", "/v1/AUTH_p1/c/link", "realm key", "shared") == 401);
    Sent copy{{"X-Container-Sync-Key", "shared"}, {"X-Timestamp", time}, {"X-Copy-From", "/other/secret"}};
    REQUIRE(two.call("PUT", "p1/c/stolen", "", copy).status == 401);

    const auto by_key = [&](Sent headers) { return two.call("DELETE", "p1/c/o", "", std::move(headers)).status; };
    REQUIRE(by_key({{"X-Container-Sync-Key", "shared"}}) == 401);
    REQUIRE(by_key({{"X-Container-Sync-Key", "wrong"}, {"X-Timestamp", time}}) == 401);
    REQUIRE(by_key({{"X-Container-Sync-Key", "shared"}, {"X-Timestamp", "1700000050.00000"}}) == 409);
    REQUIRE(by_key({{"X-Container-Sync-Key", "shared"}, {"X-Timestamp", time}}) == 204);
}

TEST_CASE("a cluster that cannot be reached is told later") {
    Clusters both;
    both.sync_to(both.one, "http://127.0.0.1:1/v1/AUTH_p1/c");
    both.one.swift.call("PUT", "p1/c/o", "alice", {}, "x");
    REQUIRE(both.push(both.one).failures == 1);
    REQUIRE(both.one.waiting() > 0);
    both.sync_to(both.one, "//east/two/AUTH_p1/c");
    both.push(both.one);
    both.push(both.one);
    REQUIRE(both.two.body("p1/c/o") == "x");
    REQUIRE(both.one.waiting() == 0);
}
