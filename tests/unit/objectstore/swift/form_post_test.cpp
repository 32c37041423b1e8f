#include <openssl/evp.h>

#include <catch2/catch.hpp>

#include "objectstore/swift/sync_realms.hpp"
#include "swift_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::Answer;
using testing::Sent;
using testing::SwiftUnderTest;

namespace {

struct File {
    std::string name, bytes, type = "text/plain";
};

struct Form {
    std::string path = "/v1/AUTH_p1/c/up/";
    std::string redirect, max_file_size = "100", max_file_count = "3", expires = "1700009999";
    std::string signature;  // empty: the right one
    Sent more = {};
    std::vector<File> files = {{"a.txt", "first"}};
};

std::string field(const std::string& name, const std::string& value) {
    return "--XX\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
}

// The signature of a form is that of container sync with other words: HMAC-SHA1 of five lines.
std::string signature_of(const Form& form, const std::string& key) {
    const auto signed_text = [&] {
        return form.path + "\n" + form.redirect + "\n" + form.max_file_size + "\n" + form.max_file_count + "\n" +
               form.expires;
    }();
    unsigned char out[EVP_MAX_MD_SIZE];
    std::size_t size = sizeof out;
    EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA1", nullptr, key.data(), key.size(),
              reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size(), out, sizeof out, &size);
    std::string hex;
    for (std::size_t i = 0; i < size; ++i) hex += fmt::format("{:02x}", out[i]);
    return hex;
}

Answer post(SwiftUnderTest& swift, const Form& form, const std::string& key = "secret") {
    std::string body = field("redirect", form.redirect) + field("max_file_size", form.max_file_size) +
                       field("max_file_count", form.max_file_count) + field("expires", form.expires) +
                       field("signature", form.signature.empty() ? signature_of(form, key) : form.signature);
    for (const auto& [name, value] : form.more) body += field(name, value);
    for (const auto& file : form.files)
        body += "--XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"" + file.name +
                "\"\r\nContent-Type: " + file.type + "\r\n\r\n" + file.bytes + "\r\n";
    return swift.anonymous("POST", form.path, {{"Content-Type", "multipart/form-data; boundary=XX"}}, body + "--XX--");
}

}  // namespace

TEST_CASE("a signed form puts its files, with no token") {
    SwiftUnderTest swift;
    swift.call("POST", "p1", "alice", {{"X-Account-Meta-Temp-URL-Key", "secret"}});
    swift.call("PUT", "p1/c");
    Form form;
    form.files.push_back({"b.bin", std::string("\0\r\n--X", 6), "image/png"});
    auto answer = post(swift, form);
    REQUIRE(answer.status == 201);
    REQUIRE(answer.body == "201 Created");
    REQUIRE(swift.call("GET", "p1/c/up/a.txt").body == "first");
    REQUIRE(swift.call("GET", "p1/c/up/b.bin").body == std::string("\0\r\n--X", 6));
    REQUIRE(swift.call("HEAD", "p1/c/up/b.bin").header("Content-Type") == "image/png");

    form.redirect = "https://example.com/done?x=1";
    answer = post(swift, form);
    REQUIRE(answer.status == 303);
    REQUIRE(answer.header("Location") == "https://example.com/done?x=1&status=201&message=");

    form.redirect.clear();
    form.path = "/v1/AUTH_p1/c";
    form.more = {{"x_delete_after", "60"}};
    REQUIRE(post(swift, form).status == 201);
    REQUIRE(swift.call("HEAD", "p1/c/a.txt").headers.has("X-Delete-At"));
    swift.call("POST", "p1/c", "alice", {{"X-Container-Meta-Temp-URL-Key-2", "other"}});
    REQUIRE(post(swift, form, "other").status == 201);
}

TEST_CASE("forms that are not as signed put nothing") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c");
    Form form;
    REQUIRE(post(swift, form).status == 401);
    swift.call("POST", "p1", "alice", {{"X-Account-Meta-Temp-URL-Key", "secret"}});
    const auto refused = [&](const Form& bad, int status, const std::string& why) {
        const auto answer = post(swift, bad);
        CAPTURE(answer.body);
        REQUIRE(answer.status == status);
        REQUIRE(answer.body.find(why) != std::string::npos);
    };
    form.signature = signature_of(form, "wrong");
    refused(form, 401, "Invalid Signature");
    form.signature = "zz";
    refused(form, 401, "Invalid Signature");
    form = {};
    form.expires = "1600000000";
    refused(form, 401, "Form Expired");
    form.expires = "soon";
    refused(form, 400, "expired not an integer");
    form = {};
    form.max_file_size = "4";
    refused(form, 400, "max_file_size exceeded");
    form = {};
    form.max_file_count = "0";
    refused(form, 400, "Max File Count Exceeded");
    form = {};
    form.files.clear();
    refused(form, 400, "No Files To Process");
    form = {};
    form.redirect = "http://x/\r\nSet-Cookie: a=b";
    refused(form, 400, "invalid redirect");
    form = {};
    form.path = "/v1/AUTH_p1/none/";
    REQUIRE(post(swift, form).body.starts_with("401"));
    form = {};
    form.files = {{std::string(2000, 'n'), "x"}};
    REQUIRE(post(swift, form).status == 400);
    // What a signature for one account opens is that account.
    form = {};
    form.path = "/v1/AUTH_p2/c/";
    REQUIRE(post(swift, form).status == 401);
    const auto junk =
        swift.anonymous("POST", "p1/c", {{"Content-Type", "multipart/form-data; boundary=XX"}}, "--YY\r\n\r\n");
    REQUIRE(junk.status == 400);
    REQUIRE(swift.call("GET", "p1/c").body.empty());
}
