#include "common/runtime/periodic.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <stdexcept>

using namespace cumulet::runtime;
using namespace std::chrono_literals;

TEST_CASE("rounds go on whatever they throw, and end with their owner") {
    std::atomic<int> rounds = 0;
    std::promise<void> third;
    {
        Periodic periodic("test", 1ms, [&] {
            if (++rounds == 3) third.set_value();
            throw std::runtime_error("thrown by a test");
        });
        REQUIRE(third.get_future().wait_for(20s) == std::future_status::ready);
    }
    const int seen = rounds;
    REQUIRE(seen >= 3);
}

TEST_CASE("a long pause neither holds up the first round that is wanted at once nor the end") {
    std::promise<void> first;
    {
        Periodic periodic(
            "test", 24h, [&] { first.set_value(); }, true);
        REQUIRE(first.get_future().wait_for(20s) == std::future_status::ready);
    }
    std::atomic<bool> ran = false;
    {
        Periodic periodic("test", 24h, [&] { ran = true; });
    }
    REQUIRE_FALSE(ran);
}
