#include <catch2/catch.hpp>
#include <limits>

#include "common/store/key.hpp"

using namespace cumulet;
using namespace cumulet::store;

namespace {

template <class... Parts>
std::string key(const Parts&... parts) {
    std::string bytes;
    (append_key_part(bytes, parts), ...);
    return bytes;
}

}  // namespace

TEST_CASE("the order of keys is the order of what they hold") {
    const std::vector<std::string> strings{"",
                                           std::string("\0", 1),
                                           std::string("\0a", 2),
                                           std::string("\0\xff", 2),
                                           "\x01",
                                           "a",
                                           std::string("a\0", 2),
                                           "a\x01",
                                           "aa",
                                           "b",
                                           "\xff",
                                           "\xff\xff"};
    for (std::size_t i = 0; i + 1 < strings.size(); ++i) {
        REQUIRE(key(strings[i]) < key(strings[i + 1]));
        REQUIRE(key(strings[i], "zzz") < key(strings[i + 1], ""));
        REQUIRE(key(strings[i], std::numeric_limits<std::int64_t>::max()) < key(strings[i + 1], -1));
    }
    const std::vector<std::int64_t> numbers{std::numeric_limits<std::int64_t>::min(), -300, -1, 0, 1, 255, 256,
                                            std::numeric_limits<std::int64_t>::max()};
    for (std::size_t i = 0; i + 1 < numbers.size(); ++i) {
        REQUIRE(key(numbers[i]) < key(numbers[i + 1]));
        std::string larger_first, smaller_later;
        append_key_descending(larger_first, numbers[i + 1]);
        append_key_descending(smaller_later, numbers[i]);
        REQUIRE(larger_first < smaller_later);
    }
}

TEST_CASE("parts do not run into each other") {
    REQUIRE(key("a", "b") != key("ab", ""));
    REQUIRE(key("a") + key("b") == key("a", "b"));
    REQUIRE(key(std::optional<std::string>{}) == key(""));
}

TEST_CASE("the end of a prefix is behind all that starts with it") {
    REQUIRE(prefix_end("ab") == "ac");
    REQUIRE(prefix_end(std::string("a\xff")) == "b");
    REQUIRE(prefix_end("\xff") == "");
    REQUIRE(prefix_end("") == "");
}
