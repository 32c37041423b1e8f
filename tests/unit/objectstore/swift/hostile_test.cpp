// What callers try who may not: to learn what is there, to write heads of answers, to guess signatures.
#include <openssl/hmac.h>

#include <catch2/catch.hpp>

#include "common/runtime/text.hpp"
#include "objectstore/swift/container_sync.hpp"
#include "objectstore/swift/upload.hpp"
#include "swift_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::Answer;
using testing::Sent;
using testing::SwiftUnderTest;

namespace {

std::string mac(const EVP_MD* digest, const std::string& key, const std::string& text) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(digest, key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), out, &size);
    return {reinterpret_cast<const char*>(out), size};
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

// All of an answer, but for what the caller himself said and what differs each time.
std::string shape(const Answer& answer, const std::vector<std::string>& said) {
    std::string all = std::to_string(answer.status) + "\n";
    for (const auto& [name, value] : answer.headers)
        if (name != "X-Trans-Id" && name != "X-Openstack-Request-Id" && name != "Date")
            all += name + ": " + value + "\n";
    all += answer.body;
    for (const auto& word : said) all = replaced(std::move(all), word, "~");
    return all;
}

// A place that is there and one that is not, named alike in length. "%" stands for the word that differs.
struct Place {
    std::string target;
    std::string there, missing;
};

const std::vector<Place> kPlaces = {{"p%", "1", "8"},
                                    {"p1/%", "shut", "none"},
                                    {"p1/shut/%", "here", "gone"},
                                    {"p%/shut/here", "1", "8"},
                                    {"p1/%/here", "shut", "none"},
                                    {"p1/shut/%", "link", "gone"},
                                    {"p1/shut/%", "huge", "gone"},
                                    {"p1/%/here", "site", "none"}};

struct Deed {
    std::string method;
    std::string query = {};
    Sent headers = {};
    std::string body = {};
};

const std::vector<Deed> kDeeds = {
    {"GET"},
    {"HEAD"},
    {"DELETE"},
    {"OPTIONS"},
    {"PUT", "", {}, "x"},
    {"PUT", "", {{"Transfer-Encoding", "chunked"}}, "x"},
    {"PUT", "", {{"If-None-Match", "*"}}, "x"},
    {"PUT", "", {{"X-Copy-From", "shut/here"}}},
    {"PUT", "?multipart-manifest=put", {}, R"([{"path": "/shut/here"}])"},
    {"PUT", "?extract-archive=tar", {}, "x"},
    {"PUT", "", {{"X-Storage-Policy", "none"}}},
    {"POST", "", {{"X-Object-Meta-A", "1"}, {"X-Container-Meta-A", "1"}}},
    {"POST", "", {{"X-Container-Read", ".r:*"}}},
    {"COPY", "", {{"Destination", "shut/new"}}},
    {"GET", "?format=json"},
    {"GET", "?versions"},
    {"GET", "?version-id=1700000000.00000"},
    {"GET", "?multipart-manifest=get"},
    {"GET", "?symlink=get"},
    {"GET", "?temp_url_sig=00&temp_url_expires=9999999999"},
    {"GET", "?temp_url_expires=9999999999&temp_url_sig=da39a3ee5e6b4b0d3255bfef95601890afd80709"},
    {"PUT", "?temp_url_expires=9999999999&temp_url_sig=da39a3ee5e6b4b0d3255bfef95601890afd80709", {}, "x"},
    {"GET", "", {{"If-Match", "x"}}},
    {"GET", "", {{"If-None-Match", "*"}}},
    {"GET", "", {{"Range", "bytes=99999-"}}},
    {"GET", "", {{"X-Container-Sync-Key", "guess"}, {"X-Timestamp", "1700000000.00000"}}},
    {"PUT", "", {{"X-Container-Sync-Auth", "east 1 2"}, {"X-Timestamp", "1700000000.00000"}}, "x"},
    {"DELETE", "?multipart-manifest=delete"},
    {"DELETE", "?bulk-delete"},
    {"GET", "", {{"Origin", "http://other.example"}}},
    {"OPTIONS", "", {{"Origin", "http://other.example"}, {"Access-Control-Request-Method", "GET"}}}};

void fill(SwiftUnderTest& swift) {
    swift.call("PUT", "p1/shut");
    swift.call("PUT", "p1/shut/here", "alice", {{"X-Object-Meta-Secret", "secret"}}, "secret");
    swift.call("PUT", "p1/shut/link", "alice", {{"X-Symlink-Target", "shut/here"}});
    swift.call("PUT", "p1/shut/huge?multipart-manifest=put", "alice", {}, R"([{"path": "/shut/here"}])");
    swift.call("PUT", "p1/site", "alice",
               {{"X-Container-Meta-Web-Index", "here"}, {"X-Container-Meta-Temp-Url-Key", "k"}});
    swift.call("PUT", "p1/site/here", "alice", {}, "secret");
    swift.call("PUT", "p2/mine", "bob");
}

}  // namespace

TEST_CASE("who may not look sees the same whether it is there or not") {
    SwiftUnderTest swift;
    fill(swift);
    for (const std::string who : {"", "rubbish", "bob", "guest", "dora"})
        for (const auto& place : kPlaces)
            for (const auto& deed : kDeeds) {
                const auto ask = [&](const std::string& word) {
                    const auto answer = swift.call(deed.method, replaced(place.target, "%", word) + deed.query, who,
                                                   deed.headers, deed.body);
                    return shape(answer, {"AUTH_p1", "AUTH_p8", "/" + word});
                };
                CAPTURE(who, place.target, place.there, deed.method, deed.query);
                const auto there = ask(place.there);
                REQUIRE(there == ask(place.missing));
                REQUIRE(there.find("secret") == std::string::npos);
            }
    REQUIRE(swift.call("GET", "p1/shut/here").body == "secret");
}

TEST_CASE("places named in a request tell no more than those asked for") {
    SwiftUnderTest swift;
    fill(swift);
    for (const std::string who : {"bob", "dora"}) {
        swift.call("PUT", who == "bob" ? "p2/mine" : "p3/mine", who);
        const std::string mine = who == "bob" ? "p2/mine" : "p3/mine";
        const auto same = [&](auto ask) {
            CAPTURE(who);
            for (const auto& [there, missing] :
                 {std::pair{"shut/here", "shut/gone"}, std::pair{"shut/here", "none/here"}}) {
                const auto seen = shape(ask(std::string(there)), {"/here", "/gone", "shut", "none", "here", "gone"});
                REQUIRE(seen == shape(ask(std::string(missing)), {"/here", "/gone", "shut", "none", "here", "gone"}));
                REQUIRE(seen.find("secret") == std::string::npos);
            }
        };
        same([&](const std::string& at) {
            return swift.call("PUT", mine + "/copy", who, {{"X-Copy-From", at}, {"X-Copy-From-Account", "AUTH_p1"}});
        });
        same([&](const std::string& at) {
            return swift.call("COPY", mine + "/own", who, {{"Destination", at}, {"Destination-Account", "AUTH_p1"}});
        });
        same([&](const std::string& at) {
            swift.call("PUT", mine + "/link", who, {{"X-Symlink-Target", at}, {"X-Symlink-Target-Account", "AUTH_p1"}});
            return swift.call("GET", mine + "/link", who);
        });
        same([&](const std::string& at) {
            return swift.call("PUT", mine + "/hard", who,
                              {{"X-Symlink-Target", at},
                               {"X-Symlink-Target-Account", "AUTH_p1"},
                               {"X-Symlink-Target-Etag", swift::md5_of("secret")}});
        });
        same([&](const std::string& at) {
            return swift.call("DELETE", "p1?bulk-delete", who, {{"Accept", "application/json"}}, "/" + at);
        });
        same([&](const std::string& at) {
            return swift.call("PUT", "p1/shut/big?multipart-manifest=put", who, {}, R"([{"path": "/)" + at + R"("}])");
        });
    }
    REQUIRE(swift.call("GET", "p1/shut/here").body == "secret");
}

TEST_CASE("nothing that callers write begins a header of its own") {
    SwiftUnderTest swift;
    const std::string evil = "a%0d%0aX-Evil:%201%0d%0a%0d%0a%00";
    const std::string name = "a%0d%0aX-Evil:%201";
    const auto end = std::to_string(swift.clock.now().time_since_epoch().count() / 1'000'000 + 600);
    swift.call("PUT", "p1/c", "alice",
               {{"X-Container-Meta-Temp-Url-Key", "k"},
                {"X-Container-Read", ".r:*,.rlistings"},
                {"X-Container-Meta-Web-Index", "i"},
                {"X-Container-Meta-Access-Control-Allow-Origin", "*"}});
    swift.call("PUT", "p1/c/" + name, "alice", {}, "x");
    swift.call("PUT", "p1/c/" + name + "/i", "alice", {}, "x");
    const auto path = "/v1/AUTH_p1/c/a\r\nX-Evil: 1";
    const auto signature = text::to_hex(mac(EVP_sha256(), "k", "GET\n" + end + "\n" + path));
    const auto signed_query = "?temp_url_sig=" + signature + "&temp_url_expires=" + end;
    const std::vector<Answer> answers = {
        swift.anonymous("GET", "p1/c/" + name + signed_query),
        swift.anonymous("GET", "p1/c/" + name + signed_query + "&filename=" + evil),
        swift.anonymous("GET", "p1/c/" + name + signed_query + "&inline&filename=" + evil),
        swift.anonymous("GET", "p1/c/" + name),  // sent on to the folder's index
        swift.anonymous("GET", "p1/c/" + name + "/"),
        swift.call("PUT", "p1/c/copy", "alice", {{"X-Copy-From", "c/" + name}}),
        swift.call("COPY", "p1/c/" + name, "alice", {{"Destination", "c/" + name + "2"}}),
        swift.call("PUT", "p1/c/link", "alice", {{"X-Symlink-Target", "c/" + name}}),
        swift.call("HEAD", "p1/c/link?symlink=get"),
        swift.call("GET", "p1/c/link"),
        swift.call("PUT", "p1/c/dlo", "alice", {{"X-Object-Manifest", "c/" + name}}),
        swift.call("HEAD", "p1/c/dlo"),
        swift.call("GET", "p1/c?format=" + evil),
        swift.call("GET", "p1/c?prefix=" + name),
        swift.call("GET", "p1/" + name),
        swift.call("PUT", "p1/" + name),
        swift.call("GET", "/v1/AUTH_" + name),
        swift.call("GET", "/" + name),
        swift.call("GET", "p1/c/o?version-id=" + evil),
        swift.call("PUT", "p1/c?extract-archive=" + evil, "alice", {}, "x")};
    for (const auto& answer : answers) {
        CAPTURE(answer.status, answer.body);
        REQUIRE(answer.status != 500);
        REQUIRE_FALSE(answer.headers.has("X-Evil"));
        for (const auto& [header, value] : answer.headers) {
            CAPTURE(header, value);
            REQUIRE(value.find_first_of(std::string("\r\n\0", 3)) == std::string::npos);
        }
    }
    // Several ranges: each part has a head of its own.
    const auto ranges = swift.call("GET", "p1/c/" + name, "alice", {{"Range", "bytes=0-0,0-0"}});
    REQUIRE(ranges.body.find("X-Evil") == std::string::npos);
}

TEST_CASE("a signature is the whole of it, or none") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c", "alice",
               {{"X-Container-Meta-Temp-Url-Key", "key"}, {"X-Container-Meta-Temp-Url-Key-2", ""}});
    swift.call("PUT", "p1/c/o", "alice", {}, "bytes");
    const auto end = std::to_string(swift.clock.now().time_since_epoch().count() / 1'000'000 + 600);
    const auto get = [&](const std::string& signature) {
        return swift.anonymous("GET", "p1/c/o?temp_url_sig=" + signature + "&temp_url_expires=" + end).status;
    };
    const std::string text = "GET\n" + end + "\n/v1/AUTH_p1/c/o";
    for (const auto& [digest, word] :
         {std::pair{EVP_sha1(), "sha1"}, std::pair{EVP_sha256(), "sha256"}, std::pair{EVP_sha512(), "sha512"}}) {
        CAPTURE(word);
        const auto bytes = mac(digest, "key", text);
        const auto hex = text::to_hex(bytes);
        REQUIRE(get(hex) == 200);
        REQUIRE(get(std::string(word) + ":" + text::percent_encode(text::to_base64(bytes))) == 200);
        // Whichever byte differs,
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            auto wrong = bytes;
            wrong[i] = static_cast<char>(wrong[i] ^ 1);
            REQUIRE(get(text::to_hex(wrong)) == 401);
        }
        // whatever lacks or is too much,
        for (const auto& wrong : {hex.substr(2), hex.substr(0, hex.size() - 2), hex + "00", std::string("00") + hex})
            REQUIRE(get(wrong) == 401);
        // and not by another digest, or the empty key that a second one would be.
        REQUIRE(get("md5:" + text::percent_encode(text::to_base64(bytes))) == 401);
        REQUIRE(get(text::to_hex(mac(digest, "", text))) == 401);
    }
    for (const char* none : {"", ":", "sha256:", "sha256", "=", "0"}) REQUIRE(get(none) == 401);
}
