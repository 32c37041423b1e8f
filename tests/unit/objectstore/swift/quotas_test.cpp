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

// A signature speaks for one object and one method.
TEST_CASE("a temporary URL reaches no further than its object") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c", "alice", {{"X-Container-Meta-Temp-Url-Key", "key"}});
    swift.call("PUT", "p1/other");
    swift.call("PUT", "p1/other/secret", "alice", {}, "secret");
    swift.call("PUT", "p1/c/in", "alice", {{"X-Symlink-Target", "c/inside"}});
    swift.call("PUT", "p1/c/inside", "alice",
               {{"X-Object-Meta-Colour", "red"}, {"X-Object-Meta-Public-Shape", "round"}}, "inside");
    swift.call("PUT", "p1/c/out", "alice", {{"X-Symlink-Target", "other/secret"}});
    const auto ask = [&](const std::string& method, const std::string& name, testing::Sent headers = {},
                         const std::string& body = "", const std::string& more = "") {
        const auto end = std::to_string(swift.clock.now().time_since_epoch().count() / 1'000'000 + 60);
        const auto text = method + "\n" + end + "\n/v1/AUTH_p1/c/" + name;
        return swift.call(method,
                          "p1/c/" + name + "?temp_url_sig=" + sign("key", text) + "&temp_url_expires=" + end + more, "",
                          std::move(headers), body);
    };
    const auto got = ask("GET", "in");
    REQUIRE(got.body == "inside");
    REQUIRE_FALSE(got.headers.has("X-Object-Meta-Colour"));
    REQUIRE(got.header("X-Object-Meta-Public-Shape") == "round");
    REQUIRE(ask("GET", "out").status == 401);
    const std::string manifest = R"([{"path": "/c/inside"}])";
    REQUIRE(ask("PUT", "new", {}, manifest, "&multipart-manifest=put").status == 201);
    REQUIRE(ask("GET", "new").body == manifest);
    REQUIRE(ask("PUT", "new", {{"X-Object-Manifest", "other/s"}}).status == 400);
    REQUIRE(ask("PUT", "new", {{"X-Symlink-Target", "other/secret"}}).status == 400);
    REQUIRE(ask("PUT", "new", {{"X-Copy-From", "other/secret"}}).status == 400);
    REQUIRE(ask("PUT", "new", {}, "x", "&extract-archive=tar").status == 401);
    REQUIRE(ask("DELETE", "new", {}, "", "&bulk-delete").status == 401);
    REQUIRE(swift.call("GET", "p1/c/new").body == manifest);
}
