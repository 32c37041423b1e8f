#include <catch2/catch.hpp>
#include <random>

#include "common/runtime/text.hpp"

using namespace cumulet::text;

TEST_CASE("hex goes there and back") {
    REQUIRE(to_hex(std::string("\x00\xff\x1a", 3)) == "00ff1a");
    REQUIRE(from_hex("00Ff1A") == std::string("\x00\xff\x1a", 3));
    REQUIRE(from_hex("") == "");
    REQUIRE_FALSE(from_hex("abc"));
    REQUIRE_FALSE(from_hex("zz"));
}

TEST_CASE("base64 of RFC 4648's examples") {
    const std::pair<const char*, const char*> examples[] = {{"", ""},
                                                            {"f", "Zg=="},
                                                            {"fo", "Zm8="},
                                                            {"foo", "Zm9v"},
                                                            {"foob", "Zm9vYg=="},
                                                            {"fooba", "Zm9vYmE="},
                                                            {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, encoded] : examples) {
        REQUIRE(to_base64(plain) == encoded);
        REQUIRE(from_base64(encoded) == plain);
        REQUIRE(from_base64(to_base64_url(plain)) == plain);
    }
    REQUIRE(to_base64_url("\xfb\xff\xfe") == "-__-");
    REQUIRE(from_base64("-__-") == "\xfb\xff\xfe");
    REQUIRE(from_base64("+//+") == "\xfb\xff\xfe");
}

TEST_CASE("what is no base64 is refused") {
    for (const char* text : {"A", "Zg=", "Zg===", "Z===", "====", "Zm 9v", "Zh==", "Zm9v=", "Zm\n9"})
        REQUIRE_FALSE(from_base64(text));
}

TEST_CASE("random bytes survive every encoding") {
    std::mt19937 random(3);
    for (int i = 0; i < 300; ++i) {
        std::string bytes(random() % 50, '\0');
        for (auto& c : bytes) c = static_cast<char>(random());
        REQUIRE(from_hex(to_hex(bytes)) == bytes);
        REQUIRE(from_base64(to_base64(bytes)) == bytes);
        REQUIRE(from_base64(to_base64_url(bytes)) == bytes);
        REQUIRE(percent_decode(percent_encode(bytes)) == bytes);
    }
}

TEST_CASE("percent encoding escapes all but the unreserved") {
    REQUIRE(percent_encode("a b/c~d%\xc3\xa4") == "a%20b%2Fc~d%25%C3%A4");
    REQUIRE(percent_encode("a/b c", "/") == "a/b%20c");
    REQUIRE(percent_decode("%41%2f+") == "A/+");
    REQUIRE(percent_decode("a+b", true) == "a b");
    for (const char* text : {"%", "%4", "%4g", "abc%", "%%41"}) REQUIRE_FALSE(percent_decode(text));
}

TEST_CASE("broken UTF-8 is recognised") {
    for (const char* good :
         {"", "plain", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"})
        REQUIRE(is_utf8(good));
    for (const char* bad : {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff",
                            "a\xe2\x82z", "\xf0\x80\x80\x80", "\xf5\x80\x80\x80"})
        REQUIRE_FALSE(is_utf8(bad));
}

TEST_CASE("small text helpers") {
    REQUIRE(to_lower("AbC-1\xc4") == "abc-1\xc4");
    REQUIRE(iequals("Content-Type", "content-type"));
    REQUIRE_FALSE(iequals("a", "ab"));
    REQUIRE(trim(" \t x y\r\n") == "x y");
    REQUIRE(trim("  ").empty());
    REQUIRE(split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
    REQUIRE(split("", ',') == std::vector<std::string_view>{""});
    REQUIRE(equal_in_constant_time("abc", "abc"));
    REQUIRE(equal_in_constant_time("", ""));
    REQUIRE_FALSE(equal_in_constant_time("abc", "abd"));
    REQUIRE_FALSE(equal_in_constant_time("abc", "ab"));
}

TEST_CASE("the nearest word is suggested, a far one is not") {
    const std::vector<std::string_view> words{"identity.port", "identity.host", "compute.port"};
    REQUIRE(nearest("identity.prot", words) == "identity.port");
    REQUIRE(nearest("Identity.Host", words) == "identity.host");
    REQUIRE(nearest("xyz", words).empty());
    REQUIRE(nearest("x", {}).empty());
}

TEST_CASE("secrets are alike when all of them is") {
    REQUIRE(equal_in_constant_time("abc", "abc"));
    REQUIRE_FALSE(equal_in_constant_time("abc", "abd"));
    REQUIRE_FALSE(equal_in_constant_time("xbc", "abc"));
    REQUIRE_FALSE(equal_in_constant_time("abc", "ab"));
    REQUIRE_FALSE(equal_in_constant_time("", "a"));
}
