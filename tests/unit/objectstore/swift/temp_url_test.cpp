// Temporary URLs: bound to addresses, shown inline, named; and storage policies by their names.
#include <openssl/hmac.h>

#include <catch2/catch.hpp>

#include "common/runtime/text.hpp"
#include "swift_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::SwiftUnderTest;

namespace {

struct Signed {
    Signed() {
        swift.call("PUT", "p1/c", "alice", {{"X-Container-Meta-Temp-Url-Key", "key"}});
        swift.call("PUT", "p1/c/dir/o", "alice", {{"Content-Disposition", "attachment; filename=kept"}}, "bytes");
        swift.call("PUT", "p1/c/dir/p", "alice", {}, "bytes");
    }
    std::string signature(const std::string& text) const {
        unsigned char out[EVP_MAX_MD_SIZE];
        unsigned size = 0;
        HMAC(EVP_sha256(), "key", 3, reinterpret_cast<const unsigned char*>(text.data()), text.size(), out, &size);
        return text::to_hex({reinterpret_cast<const char*>(out), size});
    }
    // `range` is signed, `sent` is what the URL says.
    int get_from(const std::string& address, const std::string& range, const std::string& sent) {
        swift.remote_address = address;
        const auto bound = range.empty() ? "" : "ip=" + range + "\n";
        const auto sig = signature(bound + "GET\n" + end + "\n/v1/AUTH_p1/c/dir/o");
        const auto more = sent.empty() ? "" : "&temp_url_ip_range=" + text::percent_encode(sent);
        return swift.anonymous("GET", "p1/c/dir/o?temp_url_sig=" + sig + "&temp_url_expires=" + end + more).status;
    }
    testing::Answer get(const std::string& name, const std::string& more) {
        const auto sig = signature("GET\n" + end + "\n/v1/AUTH_p1/c/" + name);
        return swift.anonymous("GET", "p1/c/" + name + "?temp_url_sig=" + sig + "&temp_url_expires=" + end + more);
    }
    SwiftUnderTest swift;
    const std::string end = std::to_string(swift.clock.now().time_since_epoch().count() / 1'000'000 + 600);
};

}  // namespace

TEST_CASE("a temporary URL may be bound to addresses") {
    Signed urls;
    for (const auto& [range, inside, outside] :
         {std::tuple{"10.1.2.3", "10.1.2.3", "10.1.2.4"}, std::tuple{"10.1.0.0/16", "10.1.255.1", "10.2.0.1"},
          std::tuple{"10.1.2.0/23", "10.1.3.9", "10.1.4.0"}, std::tuple{"0.0.0.0/0", "192.0.2.1", "::1"},
          std::tuple{"2001:db8::/32", "2001:db8:1::1", "2001:db9::1"}, std::tuple{"::1", "::1", "127.0.0.1"}}) {
        CAPTURE(range);
        REQUIRE(urls.get_from(inside, range, range) == 200);
        REQUIRE(urls.get_from(outside, range, range) == 401);
        // Neither left out, nor added, nor widened.
        REQUIRE(urls.get_from(inside, range, "") == 401);
        REQUIRE(urls.get_from(inside, "", range) == 401);
        REQUIRE(urls.get_from(outside, range, "0.0.0.0/0") == 401);
    }
    for (const char* none : {"10.1.2.3/16", "10.1.0.0/33", "10.1.0.0/", "10.1.0.0/-1", "10.1", "localhost", "/8"}) {
        CAPTURE(none);
        REQUIRE(urls.get_from("10.1.2.3", none, none) == 401);
    }
}

TEST_CASE("a temporary URL says how its object is shown") {
    Signed urls;
    const auto shown = [&](const std::string& name, const std::string& more) {
        const auto answer = urls.get(name, more);
        REQUIRE(answer.status == 200);
        return answer.header("Content-Disposition");
    };
    REQUIRE(shown("dir/p", "") == "attachment; filename=\"p\"; filename*=UTF-8''p");
    REQUIRE(shown("dir/o", "") == "attachment; filename=kept");
    REQUIRE(shown("dir/p", "&filename=a%20%C3%A4.txt") ==
            "attachment; filename=\"a %C3%A4.txt\"; filename*=UTF-8''a%20%C3%A4.txt");
    REQUIRE(shown("dir/p", "&inline") == "inline");
    REQUIRE(shown("dir/p", "&inline&filename=x") == "inline; filename=\"x\"; filename*=UTF-8''x");
    REQUIRE(urls.get("dir/p", "").header("Expires") != "(none)");
    // When it ends may be said as a date, signed as a number.
    const auto at = std::chrono::floor<std::chrono::seconds>(urls.swift.clock.now()) + std::chrono::seconds(60);
    const auto second = std::to_string(at.time_since_epoch().count());
    const auto sig = urls.signature("GET\n" + second + "\n/v1/AUTH_p1/c/dir/p");
    const auto dated = "p1/c/dir/p?temp_url_sig=" + sig + "&temp_url_expires=" + to_iso_seconds(at);
    REQUIRE(urls.swift.anonymous("GET", dated).status == 200);
    urls.swift.clock.advance(std::chrono::seconds(62));
    REQUIRE(urls.swift.anonymous("GET", dated).status == 401);
}

TEST_CASE("a container has the policy that it was made with") {
    SwiftUnderTest swift;
    swift.settings.policies = {{"gold"}, {"silver"}, {"old", true}};
    const auto policy = [&](const std::string& container) {
        return swift.call("HEAD", container).header("X-Storage-Policy");
    };
    REQUIRE(swift.call("PUT", "p1/a").status == 201);
    REQUIRE(policy("p1/a") == "gold");
    REQUIRE(swift.call("PUT", "p1/b", "alice", {{"X-Storage-Policy", "Silver"}}).status == 201);
    REQUIRE(policy("p1/b") == "silver");
    REQUIRE(swift.call("PUT", "p1/c", "alice", {{"X-Storage-Policy", "old"}}).status == 400);
    REQUIRE(swift.call("PUT", "p1/c", "alice", {{"X-Storage-Policy", "none"}}).status == 400);
    REQUIRE(swift.call("GET", "p1/c").status == 404);
    // It stays; another one is refused, the same is not.
    REQUIRE(swift.call("PUT", "p1/b", "alice", {{"X-Storage-Policy", "gold"}}).status == 409);
    REQUIRE(swift.call("PUT", "p1/b", "alice", {{"X-Storage-Policy", "silver"}}).status == 202);
    REQUIRE(swift.call("PUT", "p1/b").status == 202);
    REQUIRE(policy("p1/b") == "silver");
    swift.call("PUT", "p1/b/o", "alice", {}, "12345");
    const auto head = swift.call("HEAD", "p1");
    REQUIRE(head.header("X-Account-Storage-Policy-Silver-Object-Count") == "1");
    REQUIRE(head.header("X-Account-Storage-Policy-Silver-Bytes-Used") == "5");
    REQUIRE(head.header("X-Account-Storage-Policy-Gold-Container-Count") == "1");
    const auto info = nlohmann::json::parse(swift.call("GET", "/info", "").body);
    REQUIRE(info["swift"]["policies"].size() == 2);
    REQUIRE(info["swift"]["policies"][0]["default"] == true);
}
