// Buckets as web sites.
#include <catch2/catch.hpp>

#include "s3_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::S3UnderTest;

namespace {

struct Site {
    S3UnderTest s3;
    Site() {
        s3.settings.site_domains = {"web.test"};
        s3.settings.domains = {"b.test"};
        s3.call("PUT", "/pages");
    }
    void serve(const std::string& inner) {
        REQUIRE(
            s3.call("PUT", "/pages?website", "alice", {}, "<WebsiteConfiguration>" + inner + "</WebsiteConfiguration>")
                .status == 200);
    }
    void put(const std::string& key, const std::string& text, testing::Sent headers = {}) {
        headers.emplace_back("x-amz-acl", "public-read");
        headers.emplace_back("Content-Type", "text/html");
        REQUIRE(s3.call("PUT", "/pages/" + key, "alice", std::move(headers), text).status == 200);
    }
    testing::Answer browse(const std::string& path, const std::string& method = "GET", testing::Sent headers = {}) {
        auto request = s3.request(method, path);
        request.headers.set("Host", "pages.web.test:8080");
        for (auto& [name, value] : headers) request.headers.set(name, value);
        return s3.send(std::move(request));
    }
};

const std::string kIndex = "<IndexDocument><Suffix>index.html</Suffix></IndexDocument>";

}  // namespace

TEST_CASE("a site shows its index, pages and folders") {
    Site site;
    REQUIRE(site.browse("/").status == 404);
    REQUIRE(site.browse("/").body.find("NoSuchWebsiteConfiguration") != std::string::npos);
    site.serve(kIndex);
    REQUIRE(site.s3.call("GET", "/pages?website").xml("WebsiteConfiguration").has("IndexDocument"));
    site.put("index.html", "home");
    site.put("dir/index.html", "folder");
    site.put("dir/a%20page", "page");
    REQUIRE(site.browse("/").body == "home");
    REQUIRE(site.browse("/?utm=1&acl&versionId=x").body == "home");
    REQUIRE(site.browse("/").header("Content-Type") == "text/html");
    REQUIRE(site.browse("/", "HEAD").status == 200);
    REQUIRE(site.browse("/dir/").body == "folder");
    REQUIRE(site.browse("/dir/a%20page").body == "page");
    const auto moved = site.browse("/dir");
    REQUIRE(moved.status == 302);
    REQUIRE(moved.header("Location") == "/dir/");
    const auto etag = site.browse("/").header("ETag");
    REQUIRE(site.browse("/", "GET", {{"If-None-Match", etag}}).status == 304);
    REQUIRE(site.browse("/", "GET", {{"Range", "bytes=1-2"}}).body == "om");
    for (const auto* method : {"PUT", "POST", "DELETE"}) REQUIRE(site.browse("/x", method).status == 405);
}

TEST_CASE("what is missing or not for all gets the site's page of errors, or ours") {
    Site site;
    site.serve(kIndex);
    site.put("index.html", "home");
    site.s3.call("PUT", "/pages/secret", "alice", {}, "s");
    // That a name is missing is for those who may list.
    REQUIRE(site.browse("/none").status == 403);
    REQUIRE(site.browse("/secret").status == 403);
    REQUIRE(site.browse("/<script>").body.find("<script>") == std::string::npos);
    REQUIRE(site.s3.call("PUT", "/pages?acl", "alice", {{"x-amz-acl", "public-read"}}).status == 200);
    REQUIRE(site.browse("/none").status == 404);
    REQUIRE(site.browse("/none").body.find("<h1>404 Not Found</h1>") != std::string::npos);
    site.serve(kIndex + "<ErrorDocument><Key>oops.html</Key></ErrorDocument>");
    REQUIRE(site.browse("/none").body.find("<h1>404 Not Found</h1>") != std::string::npos);
    site.put("oops.html", "oops");
    const auto shown = site.browse("/none", "GET", {{"Range", "bytes=0-1"}, {"If-None-Match", "*"}});
    REQUIRE(shown.status == 404);
    REQUIRE(shown.body == "oops");
    REQUIRE(site.browse("/secret").status == 403);
    REQUIRE(site.browse("/secret").body == "oops");
}

TEST_CASE("a site sends browsers elsewhere") {
    Site site;
    site.serve(
        kIndex +
        "<RoutingRules>"
        "<RoutingRule><Condition><KeyPrefixEquals>docs/</KeyPrefixEquals></Condition>"
        "<Redirect><ReplaceKeyPrefixWith>documents/</ReplaceKeyPrefixWith></Redirect></RoutingRule>"
        "<RoutingRule><Condition><KeyPrefixEquals>old/</KeyPrefixEquals>"
        "<HttpErrorCodeReturnedEquals>403</HttpErrorCodeReturnedEquals></Condition>"
        "<Redirect><HostName>other.test</HostName><Protocol>https</Protocol><ReplaceKeyWith>gone</ReplaceKeyWith>"
        "<HttpRedirectCode>307</HttpRedirectCode></Redirect></RoutingRule></RoutingRules>");
    const auto prefix = site.browse("/docs/a%20b");
    REQUIRE(prefix.status == 301);
    REQUIRE(prefix.header("Location") == "http://pages.web.test:8080/documents/a%20b");
    const auto gone = site.browse("/old/x");
    REQUIRE(gone.status == 307);
    REQUIRE(gone.header("Location") == "https://other.test/gone");
    site.put("old/there", "still");
    REQUIRE(site.browse("/old/there").body == "still");
    site.put("moved", "", {{"x-amz-website-redirect-location", "/index.html"}});
    const auto moved = site.browse("/moved");
    REQUIRE(moved.status == 301);
    REQUIRE(moved.header("Location") == "/index.html");
    site.serve("<RedirectAllRequestsTo><HostName>all.test</HostName></RedirectAllRequestsTo>");
    REQUIRE(site.browse("/any").header("Location") == "http://all.test/any");
    REQUIRE(site.s3.call("DELETE", "/pages?website").status == 204);
    REQUIRE(site.browse("/any").status == 404);
    for (const std::string bad : {"", "<IndexDocument><Suffix>a/b</Suffix></IndexDocument>",
                                  "<RedirectAllRequestsTo><HostName>a&#13;b</HostName></RedirectAllRequestsTo>"})
        REQUIRE(
            site.s3
                .call("PUT", "/pages?website", "alice", {}, "<WebsiteConfiguration>" + bad + "</WebsiteConfiguration>")
                .status == 400);
}

TEST_CASE("a domain of sites does not take the hosts of buckets") {
    Site site;
    auto request = site.s3.request("GET", "/");
    request.headers.set("Host", "pages.b.test");
    REQUIRE(site.s3.send(request).code() == "AccessDenied");
    request.headers.set("Host", "pages.nearlyweb.test");
    REQUIRE(site.s3.send(request).code() == "AccessDenied");
}
