#include <openssl/hmac.h>

#include <catch2/catch.hpp>

#include "common/runtime/text.hpp"
#include "swift_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::SwiftUnderTest;

namespace {

std::string sign(const std::string& key, const std::string& text) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), out, &size);
    return text::to_hex({reinterpret_cast<const char*>(out), size});
}

}  // namespace

TEST_CASE("quotas of containers and accounts hold") {
    SwiftUnderTest swift;
    REQUIRE(swift.call("PUT", "p1/c", "alice", {{"X-Container-Meta-Quota-Bytes", "10"}}).status == 201);
    REQUIRE(swift.call("PUT", "p1/c/a", "alice", {}, "12345678").status == 201);
    REQUIRE(swift.call("PUT", "p1/c/b", "alice", {}, "123").status == 413);
    REQUIRE(swift.call("PUT", "p1/c/b", "alice", {{"Transfer-Encoding", "chunked"}}, "123").status == 413);
    REQUIRE(swift.call("PUT", "p1/c/b", "alice", {}, "12").status == 201);
    REQUIRE(swift.call("POST", "p1/c", "alice", {{"X-Container-Meta-Quota-Bytes", "ten"}}).status == 400);
    REQUIRE(swift.call("PUT", "p1/d", "alice", {{"X-Container-Meta-Quota-Count", "1"}}).status == 201);
    REQUIRE(swift.call("PUT", "p1/d/a", "alice", {}, "1").status == 201);
    REQUIRE(swift.call("PUT", "p1/d/b", "alice", {}, "1").status == 413);
    REQUIRE(swift.call("POST", "p1", "alice", {{"X-Account-Meta-Quota-Bytes", "100"}}).status == 403);
    REQUIRE(swift.call("POST", "p1", "root", {{"X-Account-Meta-Quota-Bytes", "12"}}).status == 204);
    swift.call("PUT", "p1/e");
    REQUIRE(swift.call("PUT", "p1/e/a", "alice", {}, "12").status == 413);
    REQUIRE(swift.call("PUT", "p1/e/a", "alice", {}, "1").status == 201);
}

TEST_CASE("a signature stands for a token, for what it was made for") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c", "alice",
               {{"X-Container-Meta-Temp-URL-Key", "secret"}, {"X-Container-Read", ".r:*,.rlistings"}});
    swift.call("PUT", "p1/c/dir/o", "alice", {}, "bytes");
    swift.call("POST", "p1/c", "alice", {{"X-Remove-Container-Read", "1"}});
    const auto end = std::to_string(swift.clock.now().time_since_epoch().count() / 1'000'000 + 60);
    const auto call = [&](const std::string& method, const std::string& path, const std::string& signature) {
        return swift.call(method, "p1/c/" + path + "?temp_url_sig=" + signature + "&temp_url_expires=" + end, "", {},
                          "");
    };
    const auto get = sign("secret", "GET\n" + end + "\n/v1/AUTH_p1/c/dir/o");
    const auto got = call("GET", "dir/o", get);
    REQUIRE(got.status == 200);
    REQUIRE(got.body == "bytes");
    REQUIRE(got.header("Content-Disposition") == "attachment; filename=\"o\"; filename*=UTF-8''o");
    REQUIRE(call("HEAD", "dir/o", get).status == 200);
    REQUIRE(call("PUT", "dir/o", get).status == 401);
    REQUIRE(call("DELETE", "dir/o", get).status == 401);
    REQUIRE(call("GET", "dir/p", get).status == 401);
    REQUIRE(call("GET", "dir/o", sign("wrong", "GET\n" + end + "\n/v1/AUTH_p1/c/dir/o")).status == 401);
    REQUIRE(call("PUT", "new", sign("secret", "PUT\n" + end + "\n/v1/AUTH_p1/c/new")).status == 201);
    const auto prefix = sign("secret", "GET\n" + end + "\nprefix:/v1/AUTH_p1/c/dir/");
    REQUIRE(swift.call("GET", "p1/c/dir/o?temp_url_prefix=dir/&temp_url_sig=" + prefix + "&temp_url_expires=" + end, "")
                .status == 200);
    REQUIRE(swift.call("GET", "p1/c/new?temp_url_prefix=dir/&temp_url_sig=" + prefix + "&temp_url_expires=" + end, "")
                .status == 401);
    swift.clock.advance(std::chrono::seconds(120));
    REQUIRE(call("GET", "dir/o", get).status == 401);
}
