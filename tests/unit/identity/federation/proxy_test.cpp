#include "identity/federation/proxy.hpp"

#include <catch2/catch.hpp>

using namespace cumulet;
using namespace cumulet::identity::federation;

namespace {

http::Request request_from(const std::string& address) {
    http::Request request;
    request.remote_address = address;
    request.headers.add("OIDC-iss", "https://idp");
    request.headers.add("OIDC-groups", "a;b");
    request.headers.add("Authorization", "Bearer x");
    return request;
}

}  // namespace

TEST_CASE("headers of a trusted web server are an assertion, those of anybody else are nothing") {
    const TrustedProxies proxies({"10.0.0.5", "192.168.0.0/16", "fd00::/8"}, "");
    for (const char* other : {"10.0.0.6", "127.0.0.1", "::1", "fe80::1", "", "nonsense"})
        CHECK_FALSE(proxies.read(request_from(other)));
    for (const char* ours : {"10.0.0.5", "192.168.255.1", "fd12::1", "::ffff:10.0.0.5"}) {
        const auto assertion = proxies.read(request_from(ours));
        REQUIRE(assertion);
        CHECK(assertion->at("OIDC-iss") == std::vector<std::string>{"https://idp"});
        CHECK(assertion->at("HTTP_OIDC_ISS") == std::vector<std::string>{"https://idp"});
        CHECK(assertion->at("HTTP_OIDC_GROUPS") == std::vector<std::string>{"a", "b"});
        CHECK_FALSE(assertion->contains("HTTP_AUTHORIZATION"));
    }
}

TEST_CASE("only attributes with the configured prefix are read, and addresses must be addresses") {
    const TrustedProxies proxies({"10.0.0.5"}, "HTTP_OIDC_");
    const auto assertion = proxies.read(request_from("10.0.0.5"));
    REQUIRE(assertion);
    CHECK(assertion->size() == 2);
    CHECK_THROWS(TrustedProxies({"example.org"}, ""));
    CHECK_THROWS(TrustedProxies({"10.0.0.0/99"}, ""));
}
