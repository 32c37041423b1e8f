#include "common/bus/subject.hpp"

#include <catch2/catch.hpp>

using namespace cumulet::bus;

TEST_CASE("a pattern matches word by word") {
    REQUIRE(matches("a.b", "a.b"));
    REQUIRE_FALSE(matches("a.b", "a.b.c"));
    REQUIRE_FALSE(matches("a.b.c", "a.b"));
    REQUIRE(matches("a.*.c", "a.anything.c"));
    REQUIRE_FALSE(matches("a.*", "a.b.c"));
    REQUIRE(matches("a.>", "a.b.c"));
    REQUIRE_FALSE(matches("a.>", "a"));
    REQUIRE_FALSE(matches("ab", "a"));
}

TEST_CASE("subjects and patterns have a form") {
    REQUIRE(is_subject("compute.host.h-1"));
    for (const auto* bad : {"", ".", "a.", ".a", "a..b", "a b", "a.*", "a.>", "a\r\nPUB x"})
        REQUIRE_FALSE(is_subject(bad));
    REQUIRE(is_pattern("a.*.>"));
    for (const auto* bad : {"", "a.>.b", "a..>", "a*"}) REQUIRE_FALSE(is_pattern(bad));
}
