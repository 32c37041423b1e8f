// Containers as web sites, for those who do not log in; and CORS.
#include <catch2/catch.hpp>

#include "swift_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::SwiftUnderTest;

TEST_CASE("a site has index pages, listings and error pages") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/site", "alice",
               {{"X-Container-Read", ".r:*,.rlistings"},
                {"X-Container-Meta-Web-Index", "index.html"},
                {"X-Container-Meta-Web-Error", "error.html"}});
    swift.call("PUT", "p1/site/index.html", "alice", {{"Content-Type", "text/html"}}, "welcome");
    swift.call("PUT", "p1/site/404error.html", "alice", {}, "not here");
    swift.call("PUT", "p1/site/sub/index.html", "alice", {}, "below");
    swift.call("PUT", "p1/site/bare/%3Cb%3E.txt", "alice", {}, "x");
    REQUIRE(swift.call("GET", "p1/site", "").status == 301);
    REQUIRE(swift.call("GET", "p1/site/", "").body == "welcome");
    REQUIRE(swift.call("GET", "p1/site/sub", "").status == 301);
    REQUIRE(swift.call("GET", "p1/site/sub/", "").body == "below");
    const auto missing = swift.call("GET", "p1/site/none", "");
    REQUIRE(missing.status == 404);
    REQUIRE(missing.body == "not here");
    REQUIRE(swift.call("GET", "p1/site/bare/", "").body == "not here");
    // Whoever logs in sees the container itself.
    REQUIRE(swift.call("GET", "p1/site").body.starts_with("404error.html\n"));
    REQUIRE(swift.call("GET", "p1/site/", "alice", {{"X-Web-Mode", "true"}}).body == "welcome");

    swift.call("POST", "p1/site", "alice",
               {{"X-Container-Meta-Web-Listings", "true"}, {"X-Container-Meta-Web-Listings-Css", "style.css"}});
    const auto listing = swift.call("GET", "p1/site/bare/", "");
    REQUIRE(listing.status == 200);
    REQUIRE(listing.body.find("&lt;b&gt;.txt</a>") != std::string::npos);
    REQUIRE(listing.body.find("<b>") == std::string::npos);
    REQUIRE(listing.body.find("href=\"../style.css\"") != std::string::npos);

    swift.call("POST", "p1/site", "alice", {{"X-Container-Read", ""}});
    REQUIRE(swift.call("GET", "p1/site/", "").status == 401);
    REQUIRE(swift.call("GET", "p1/site/index.html", "").status == 401);
}

TEST_CASE("what is no site is answered as ever") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c", "alice", {{"X-Container-Read", ".r:*,.rlistings"}});
    swift.call("PUT", "p1/c/o", "alice", {}, "x");
    REQUIRE(swift.call("GET", "p1/c", "").body == "o\n");
    REQUIRE(swift.call("GET", "p1/none", "").status == 401);
    REQUIRE(swift.call("GET", "p1/c/none", "").status == 404);
}

TEST_CASE("pages of allowed origins may read answers") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c", "alice",
               {{"X-Container-Meta-Access-Control-Allow-Origin", "http://one.example http://two.example"},
                {"X-Container-Meta-Access-Control-Max-Age", "60"}});
    swift.call("PUT", "p1/c/o", "alice", {{"X-Object-Meta-Colour", "red"}}, "x");
    const auto ask = [&](const std::string& origin, const std::string& method) {
        return swift.call("OPTIONS", "p1/c/o", "",
                          {{"Origin", origin},
                           {"Access-Control-Request-Method", method},
                           {"Access-Control-Request-Headers", "X-Auth-Token"}});
    };
    const auto allowed = ask("http://two.example", "PUT");
    REQUIRE(allowed.status == 200);
    REQUIRE(allowed.header("Access-Control-Allow-Origin") == "http://two.example");
    REQUIRE(allowed.header("Access-Control-Max-Age") == "60");
    REQUIRE(allowed.header("Access-Control-Allow-Headers") == "X-Auth-Token");
    REQUIRE(ask("http://other.example", "PUT").status == 401);
    REQUIRE(ask("http://two.example", "BREW").status == 401);
    REQUIRE(swift.call("OPTIONS", "p1/c", "").header("Allow").find("PUT") != std::string::npos);

    const auto got = swift.call("GET", "p1/c/o", "alice", {{"Origin", "http://one.example"}});
    REQUIRE(got.header("Access-Control-Allow-Origin") == "http://one.example");
    REQUIRE(got.header("Access-Control-Expose-Headers").find("x-object-meta-colour") != std::string::npos);
    const auto refused = swift.call("GET", "p1/c/o", "", {{"Origin", "http://one.example"}});
    REQUIRE(refused.status == 401);
    REQUIRE(refused.header("Access-Control-Allow-Origin") == "http://one.example");
    REQUIRE_FALSE(swift.call("GET", "p1/c/o", "alice", {{"Origin", "http://x.example"}})
                      .headers.has("Access-Control-Allow-Origin"));
}
