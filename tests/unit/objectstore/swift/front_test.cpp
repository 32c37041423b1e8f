// What stands before the handlers: rates, hosts that name accounts, ETags in quotes, what operators look at.
#include <catch2/catch.hpp>

#include "objectstore/swift/rate_limits.hpp"
#include "swift_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::SwiftUnderTest;

TEST_CASE("rates change evenly between the steps") {
    const std::vector<swift::RateStep> steps{{10, 100}, {110, 50}};
    REQUIRE(swift::rate_at({}, 5) == 0);
    REQUIRE(swift::rate_at(steps, 5) == 0);
    REQUIRE(swift::rate_at(steps, 10) == 100);
    REQUIRE(swift::rate_at(steps, 60) == 75);
    REQUIRE(swift::rate_at(steps, 110) == 50);
    REQUIRE(swift::rate_at(steps, 5000) == 50);
}

TEST_CASE("who asks too fast waits, and is refused when that takes too long") {
    swift::RateLimits limits;
    const Timestamp start{std::chrono::hours(1)};
    const auto ask = [&](Duration later) {
        return limits.reserve("a", 10, start + later, std::chrono::milliseconds(250));
    };
    using std::chrono::milliseconds;
    REQUIRE(ask(milliseconds(0)) == Duration(0));
    REQUIRE(ask(milliseconds(0)) == milliseconds(100));
    REQUIRE(ask(milliseconds(0)) == milliseconds(200));
    REQUIRE_FALSE(ask(milliseconds(0)));
    REQUIRE(ask(milliseconds(100)) == milliseconds(200));
    REQUIRE(ask(std::chrono::seconds(60)) == Duration(0));
    REQUIRE(ask(std::chrono::seconds(60)) == milliseconds(100));
    REQUIRE(limits.reserve("b", 10, start, milliseconds(0)) == Duration(0));
}

TEST_CASE("rates bind what they are about, as Swift answers") {
    SwiftUnderTest swift;
    swift::RateLimits limits;
    swift.settings.max_rate_wait = std::chrono::milliseconds(0);
    swift.call("PUT", "p1/c");
    swift.swift.rate_limits = &limits;
    swift.settings.container_rates = {{0, 1}};
    REQUIRE(swift.call("PUT", "p1/c/o", "alice", {}, "x").status == 201);
    const auto refused = swift.call("PUT", "p1/c/o", "alice", {}, "x");
    REQUIRE(refused.status == 498);
    REQUIRE(refused.body == "Slow down");
    REQUIRE(swift.call("GET", "p1/c/o").status == 200);
    REQUIRE(swift.call("GET", "p1/c").status == 200);
    REQUIRE(swift.call("GET", "/info", "").body.find("\"container_ratelimits\":[[0,1.0]]") != std::string::npos);
    swift.settings.unlimited_accounts = {"AUTH_p1"};
    REQUIRE(swift.call("PUT", "p1/c/o", "alice", {}, "x").status == 201);
    swift.settings.unlimited_accounts = {};
    swift.settings.listing_rates = {{0, 1}};
    REQUIRE(swift.call("GET", "p1/c").status == 200);
    REQUIRE(swift.call("GET", "p1/c").status == 498);
    REQUIRE(swift.call("HEAD", "p1/c").status == 204);
    swift.settings.account_rate = 1;
    REQUIRE(swift.call("PUT", "p1/d").status == 201);
    REQUIRE(swift.call("PUT", "p1/e").status == 498);
    REQUIRE(swift.call("PUT", "p2/e", "bob").status == 201);
    swift.settings = {};
    swift.settings.refused_accounts = {"AUTH_p2"};
    REQUIRE(swift.call("GET", "p2", "bob").status == 497);
    swift.swift.rate_limits = nullptr;
    REQUIRE(swift.call("GET", "/info", "").body.find("ratelimit") == std::string::npos);
}

TEST_CASE("hosts below a storage domain name an account and a container") {
    SwiftUnderTest swift;
    swift.settings.storage_domains = {"storage.example.com"};
    swift.call("PUT", "p1/c");
    swift.call("PUT", "p1/c/o", "alice", {}, "bytes");
    swift.call("PUT", "p1/c//v1", "alice", {}, "slash");
    const auto get = [&](const std::string& host, const std::string& path) {
        return swift.call("GET", path, "alice", {{"Host", host}});
    };
    REQUIRE(get("c.AUTH_p1.storage.example.com", "/o").body == "bytes");
    REQUIRE(get("c.auth-p1.Storage.example.com:8080", "/o").body == "bytes");
    REQUIRE(get("c.auth-p1.storage.example.com", "//v1").body == "slash");
    REQUIRE(get("auth-p1.storage.example.com", "/c/o").body == "bytes");
    REQUIRE(get("auth-p1.storage.example.com", "/").body == "c\n");
    REQUIRE(get("a.c.auth-p1.storage.example.com", "/o").status == 400);
    REQUIRE(get("other-p1.storage.example.com", "/v1/AUTH_p1/c/o").body == "bytes");
    REQUIRE(get("storage.example.com", "/v1/AUTH_p1/c/o").body == "bytes");
    REQUIRE(get("c.auth-p1.example.com", "/v1/AUTH_p1/c/o").body == "bytes");
    REQUIRE(get("c.auth-p2.storage.example.com", "/o").status == 403);
    // What the host says is not said again where a browser is sent.
    swift.call("POST", "p1/c", "alice", {{"X-Container-Read", ".r:*,.rlistings"}, {"X-Container-Meta-Web-Index", "i"}});
    swift.call("PUT", "p1/c/dir/i", "alice", {}, "index");
    const auto sent_on = swift.anonymous("GET", "/dir", {{"Host", "c.auth-p1.storage.example.com"}});
    REQUIRE(sent_on.status == 301);
    swift.call("PUT", "p1/c/i", "alice", {}, "front");
    REQUIRE(swift.anonymous("GET", "/", {{"Host", "c.auth-p1.storage.example.com"}}).body == "front");
    REQUIRE(sent_on.header("Location") == "http://c.auth-p1.storage.example.com/dir/");
}

TEST_CASE("ETags are quoted where container or account want it") {
    SwiftUnderTest swift;
    const std::string plain = "9dd4e461268c8034f5c8564e155c67a6";
    const std::string quoted = "\"" + plain + "\"";
    swift.call("PUT", "p1/c");
    const auto put = [&] { return swift.call("PUT", "p1/c/o", "alice", {}, "x").header("Etag"); };
    const auto get = [&] { return swift.call("GET", "p1/c/o").header("Etag"); };
    REQUIRE(put() == plain);
    swift.call("POST", "p1/c", "alice", {{"X-Container-Rfc-Compliant-Etags", "yes"}});
    REQUIRE(swift.call("HEAD", "p1/c").header("X-Container-Rfc-Compliant-Etags") == "True");
    REQUIRE(put() == quoted);
    REQUIRE(get() == quoted);
    REQUIRE(swift.call("GET", "p1/c/o", "alice", {{"If-None-Match", quoted}}).status == 304);
    swift.call("POST", "p1/c", "alice", {{"X-Remove-Container-Rfc-Compliant-Etags", "1"}});
    REQUIRE(get() == plain);
    swift.call("POST", "p1", "alice", {{"X-Account-Rfc-Compliant-Etags", "true"}});
    REQUIRE(swift.call("HEAD", "p1").header("X-Account-Rfc-Compliant-Etags") == "True");
    REQUIRE(get() == quoted);
    REQUIRE(put() == quoted);
    swift.call("POST", "p1/c", "alice", {{"X-Container-Rfc-Compliant-Etags", "false"}});
    REQUIRE(get() == plain);
    swift.call("POST", "p1/c", "alice", {{"X-Container-Rfc-Compliant-Etags", ""}});
    REQUIRE(get() == quoted);
    swift.call("POST", "p1", "alice", {{"X-Account-Rfc-Compliant-Etags", ""}});
    REQUIRE(get() == plain);
}

TEST_CASE("a cross-domain policy is shown where there is one") {
    SwiftUnderTest swift;
    REQUIRE(swift.anonymous("GET", "/crossdomain.xml").status == 404);
    swift.settings.cross_domain_policy = R"(<allow-access-from domain="*"/>)";
    REQUIRE(swift.anonymous("GET", "/crossdomain.xml").body.find(R"(<allow-access-from domain="*"/>)") !=
            std::string::npos);
    REQUIRE(swift.anonymous("GET", "/info").body.find("crossdomain") != std::string::npos);
}

TEST_CASE("/recon tells operators about the machine, and nobody else") {
    SwiftUnderTest swift;
    swift.swift.recon = {.disks = {swift.folder.path().string(), "/not/there"}, .rotten = [] { return 3; }};
    const auto look = [&](const std::string& check) { return swift.anonymous("GET", "/recon/" + check); };
    const auto json = [&](const std::string& check) { return nlohmann::json::parse(look(check).body); };
    REQUIRE(json("mem").contains("MemTotal"));
    REQUIRE(json("load").contains("1m"));
    const auto disks = json("diskusage");
    REQUIRE(disks[0]["mounted"] == true);
    REQUIRE(disks[0]["size"] > disks[0]["avail"]);
    REQUIRE(disks[1]["mounted"] == false);
    REQUIRE(json("unmounted").size() == 1);
    REQUIRE(json("quarantined")["objects"] == 3);
    REQUIRE(json("async")["async_pending"] == 0);
    REQUIRE(json("version")["version"] == "2.30.1");
    REQUIRE(look("rubbish").status == 404);
    swift.remote_address = "10.0.0.1";
    REQUIRE(look("mem").status == 404);
}
