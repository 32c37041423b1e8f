#include "identity/tokens/fernet.hpp"

#include <catch2/catch.hpp>

using namespace cumulet;
using namespace cumulet::identity::tokens;

namespace {
// The vector of the Fernet specification (generate.json / verify.json).
const FernetKey kSpecKey = parse_fernet_key("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=").value();
constexpr std::string_view kSpecToken =
    "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";
}  // namespace

TEST_CASE("the specification's own token is read") {
    auto message = fernet_decrypt({kSpecKey}, kSpecToken);
    REQUIRE(message);
    CHECK(message->bytes == "hello");
    CHECK(message->created_at == Timestamp{std::chrono::seconds{499162800}});
}

TEST_CASE("what was encrypted comes back, with the second it was made in") {
    SeededRandom random(1);
    const Timestamp now{std::chrono::microseconds{1'700'000'000'999'999}};
    for (std::size_t size : {0u, 1u, 15u, 16u, 17u, 1000u}) {
        const std::string bytes(size, 'x');
        const auto text = fernet_encrypt(kSpecKey, bytes, now, random);
        CHECK(text.find('=') == std::string::npos);
        auto message = fernet_decrypt({kSpecKey}, text);
        REQUIRE(message);
        CHECK(message->bytes == bytes);
        CHECK(message->created_at == Timestamp{std::chrono::seconds{1'700'000'000}});
    }
}

TEST_CASE("a message with any bit changed, cut short or made with another key is refused") {
    SeededRandom random(2);
    const auto text = fernet_encrypt(kSpecKey, "a secret of some length", Timestamp{std::chrono::seconds{1}}, random);
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto changed = text;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        // The last character may carry bits that mean nothing.
        if (i + 1 < text.size()) CHECK_FALSE(fernet_decrypt({kSpecKey}, changed));
        CHECK_FALSE(fernet_decrypt({kSpecKey}, text.substr(0, i)));
    }
    const auto other = parse_fernet_key(new_fernet_key(random)).value();
    CHECK_FALSE(fernet_decrypt({other}, text));
    CHECK(fernet_decrypt({other, kSpecKey}, text));
    CHECK_FALSE(fernet_decrypt({}, text));
    CHECK_FALSE(fernet_decrypt({kSpecKey}, std::string(1 << 20, 'A')));
}

TEST_CASE("a key is 32 bytes in base64 and nothing else") {
    SeededRandom random(3);
    CHECK(parse_fernet_key(new_fernet_key(random) + "\n"));
    CHECK_FALSE(parse_fernet_key(""));
    CHECK_FALSE(parse_fernet_key("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4"));
    CHECK_FALSE(parse_fernet_key("not base64 at all!"));
}
