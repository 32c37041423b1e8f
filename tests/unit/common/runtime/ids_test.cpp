#include <catch2/catch.hpp>
#include <set>

#include "common/runtime/ids.hpp"

using namespace cumulet;

TEST_CASE("UUIDs have the form and the version of RFC 9562") {
    SystemRandom random;
    for (int i = 0; i < 100; ++i) {
        const auto id = random.uuid();
        REQUIRE(is_uuid(id));
        REQUIRE(id.size() == 36);
        REQUIRE(id[14] == '4');
        REQUIRE(std::string("89ab").find(id[19]) != std::string::npos);
        const auto hex = random.hex_uuid();
        REQUIRE(is_uuid(hex));
        REQUIRE(hex.size() == 32);
        REQUIRE(hex[12] == '4');
    }
}

TEST_CASE("what is no UUID is recognised") {
    for (const char* text : {"", "first", "0123456789abcdef0123456789abcde", "0123456789abcdef0123456789abcdeg",
                             "01234567-89ab-cdef-0123-456789abcde", "01234567-89ab-cdef-01234-56789abcdef",
                             "0123456789ab-cdef-0123-4567-89abcdef"})
        REQUIRE_FALSE(is_uuid(text));
    REQUIRE(is_uuid("01234567-89AB-cdef-0123-456789abcdef"));
}

TEST_CASE("a seeded generator repeats itself, the system's does not") {
    SeededRandom a(5), b(5), c(6);
    SystemRandom d, e;
    const auto first = a.uuid();
    REQUIRE(first == b.uuid());
    REQUIRE(first != c.uuid());
    REQUIRE(d.uuid() != e.uuid());
    REQUIRE(a.uuid() != first);
}

TEST_CASE("below() stays below its bound and reaches all of it") {
    SeededRandom random(1);
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 1000; ++i) seen.insert(random.below(7));
    REQUIRE(seen == std::set<std::uint64_t>{0, 1, 2, 3, 4, 5, 6});
    REQUIRE(random.below(1) == 0);
}

TEST_CASE("a token is URL-safe and as long as asked") {
    SystemRandom random;
    const auto token = random.token(24);
    REQUIRE(token.size() == 32);
    REQUIRE(token.find_first_of("+/=") == std::string::npos);
}
