#include "common/store/lease.hpp"

#include <catch2/catch.hpp>
#include <thread>

using namespace cumulet;
using namespace cumulet::store;
using namespace std::chrono_literals;

TEST_CASE("a lease has one holder until it expires or is given back") {
    auto engine = make_memory_engine();
    ManualClock clock;
    Leases leases(*engine, clock);
    const auto first = leases.acquire("converge", "a", 10s);
    REQUIRE(first);
    REQUIRE_FALSE(leases.acquire("converge", "b", 10s));
    REQUIRE(leases.acquire("other", "b", 10s));
    REQUIRE(leases.current("converge")->holder == "a");

    clock.advance(9s);
    const auto renewed = leases.acquire("converge", "a", 10s);
    REQUIRE(renewed->epoch == first->epoch);
    clock.advance(9s);
    REQUIRE_FALSE(leases.acquire("converge", "b", 10s));
    clock.advance(1s);
    REQUIRE_FALSE(leases.current("converge"));
    const auto taken = leases.acquire("converge", "b", 10s);
    REQUIRE(taken->epoch > first->epoch);

    leases.release("converge", "a");
    REQUIRE(leases.current("converge")->holder == "b");
    leases.release("converge", "b");
    REQUIRE_FALSE(leases.current("converge"));
    REQUIRE(leases.acquire("converge", "a", 10s)->epoch > taken->epoch);
}

TEST_CASE("of many that race for a lease one gets it") {
    auto engine = make_memory_engine();
    ManualClock clock;
    Leases leases(*engine, clock);
    std::atomic<int> winners = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&, i] { winners += leases.acquire("job", std::to_string(i), 10s).has_value(); });
    }
    REQUIRE(winners == 1);
}

TEST_CASE("a transaction that read its lease is refused after another took over") {
    auto engine = make_memory_engine();
    ManualClock clock;
    Leases leases(*engine, clock);
    leases.acquire("job", "a", 10s);
    Transaction txn(*engine, {});
    REQUIRE(txn.get<Lease>("job")->holder == "a");
    txn.add("work", 1);
    clock.advance(11s);
    REQUIRE(leases.acquire("job", "b", 10s));
    REQUIRE(txn.commit_and_wait().outcome == Outcome::conflict);
    REQUIRE(read_changes(*engine, 0, 10).empty());
}
