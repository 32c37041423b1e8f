#include "tests/linearizability/register.hpp"

#include <catch2/catch.hpp>

using cumulet::test::is_linearizable;
using cumulet::test::Operation;

namespace {

Operation write(std::uint64_t value, std::uint64_t began, std::uint64_t ended) {
    return {Operation::Kind::write, value, began, ended};
}
Operation read(std::uint64_t value, std::uint64_t began, std::uint64_t ended) {
    return {Operation::Kind::read, value, began, ended};
}
Operation unanswered(std::uint64_t value, std::uint64_t began) {
    return {Operation::Kind::write, value, began, 0, false};
}

}  // namespace

TEST_CASE("what happens one after the other must be seen in that order") {
    REQUIRE(is_linearizable({}));
    REQUIRE(is_linearizable({read(0, 1, 2), write(1, 3, 4), read(1, 5, 6), write(0, 7, 8), read(0, 9, 10)}));
    REQUIRE_FALSE(is_linearizable({write(1, 1, 2), read(0, 3, 4)}));
    REQUIRE_FALSE(is_linearizable({write(1, 1, 2), write(2, 3, 4), read(1, 5, 6)}));
    REQUIRE_FALSE(is_linearizable({read(1, 1, 2), write(1, 3, 4)}));
}

TEST_CASE("what overlaps may have happened in any order, but in one") {
    REQUIRE(is_linearizable({write(1, 1, 10), read(0, 2, 3), read(1, 4, 5)}));
    REQUIRE_FALSE(is_linearizable({write(1, 1, 10), read(1, 2, 3), read(0, 4, 5)}));
    REQUIRE(is_linearizable({write(1, 1, 10), write(2, 1, 10), read(1, 11, 12)}));
    REQUIRE(is_linearizable({write(1, 1, 10), write(2, 1, 10), read(2, 11, 12)}));
    REQUIRE_FALSE(is_linearizable({write(1, 1, 10), write(2, 1, 10), read(1, 11, 12), read(2, 13, 14)}));
    REQUIRE_FALSE(is_linearizable({write(1, 1, 10), write(2, 1, 10), read(1, 2, 3), read(2, 4, 5), read(1, 6, 7)}));
}

TEST_CASE("a write that was not answered may have happened late, early or never") {
    REQUIRE(is_linearizable({unanswered(1, 1), read(0, 2, 3), read(0, 4, 5)}));
    REQUIRE(is_linearizable({unanswered(1, 1), read(0, 2, 3), read(1, 4, 5)}));
    REQUIRE_FALSE(is_linearizable({unanswered(1, 5), read(1, 2, 3)}));
    REQUIRE_FALSE(is_linearizable({unanswered(1, 1), read(1, 2, 3), read(0, 4, 5)}));
}

TEST_CASE("long histories of many clients are decided quickly") {
    std::vector<Operation> history;
    for (std::uint64_t i = 0; i < 3'000; ++i) {
        history.push_back(write(i + 1, 10 * i, 10 * i + 6));
        history.push_back(read(i + 1, 10 * i + 1, 10 * i + 12));
        history.push_back(read(i == 0 ? 0 : i, 10 * i + 1, 10 * i + 5));
    }
    REQUIRE(is_linearizable(history));
    history.push_back(read(7, 40'000, 40'001));
    REQUIRE_FALSE(is_linearizable(history));
}
