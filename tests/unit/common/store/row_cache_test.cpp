#include "common/store/rocksdb/row_cache.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "stores_under_test.hpp"

using namespace cumulet::store;
using cumulet::store::rocks::RowCache;

TEST_CASE("a kept row is for who has seen its commit") {
    RowCache rows(1 << 20);
    std::optional<Value> value;
    CHECK_FALSE(rows.get("k", 10, value));
    rows.put("k", 10, Value{"v", 7});
    REQUIRE(rows.get("k", 7, value));
    CHECK(value->bytes == "v");
    CHECK(value->revision == 7);
    CHECK_FALSE(rows.get("k", 6, value));
    rows.put("none", 10, std::nullopt);
    REQUIRE(rows.get("none", 10, value));
    CHECK_FALSE(value);
    CHECK_FALSE(rows.get("none", 9, value));
}

TEST_CASE("what is written is forgotten, and what was read before is not kept after") {
    RowCache rows(1 << 20);
    std::optional<Value> value;
    rows.put("k", 10, Value{"old", 7});
    rows.forget("k", 11);
    CHECK_FALSE(rows.get("k", 10, value));
    rows.put("k", 10, Value{"old", 7});
    CHECK_FALSE(rows.get("k", 11, value));
    rows.put("k", 11, Value{"new", 11});
    REQUIRE(rows.get("k", 11, value));
    CHECK(value->bytes == "new");
}

TEST_CASE("a kept row tells its commit alone") {
    RowCache rows(1 << 20);
    CHECK_FALSE(rows.revision_of("k", 9).has_value());
    rows.put("k", 9, Value{"bytes", 7});
    rows.put("none", 9, std::nullopt);
    CHECK(rows.revision_of("k", 9) == 7);
    CHECK(rows.revision_of("none", 9) == 0);
    CHECK_FALSE(rows.revision_of("k", 6).has_value());
    rows.forget("k", 10);
    CHECK_FALSE(rows.revision_of("k", 10).has_value());
}

TEST_CASE("kept rows stay within their room, those in use last") {
    RowCache rows(1 << 20);
    std::optional<Value> value;
    rows.put("used", 1, Value{"x", 1});
    std::size_t kept = 0;
    for (int n = 0; n < 100'000; ++n) {
        rows.put("k" + std::to_string(n), 1, Value{std::string(100, 'x'), 1});
        REQUIRE(rows.get("used", 1, value));
    }
    for (int n = 0; n < 100'000; ++n) kept += rows.get("k" + std::to_string(n), 1, value) ? 1 : 0;
    CHECK(kept > 1000);
    CHECK(kept < (1 << 20) / 200);
}

TEST_CASE("a snapshot is of one moment while its rows are kept and written") {
    RocksdbUnderTest under_test;
    const auto engine = under_test.open();
    const std::string left = "left", right = "right";
    const auto both = [&](int n) {
        Batch batch;
        // Now and then both are absent.
        const auto bytes = n % 7 == 0 ? std::nullopt : std::optional(std::to_string(n));
        batch.writes = {{left, bytes}, {right, bytes}};
        return batch;
    };
    REQUIRE(commit_and_wait(*engine, both(1)).outcome == Outcome::committed);
    std::atomic<bool> over = false, torn = false;
    const auto same = [](const std::optional<Value>& one, const std::optional<Value>& other) {
        if (!one || !other) return !one && !other;
        return one->bytes == other->bytes && one->revision == other->revision;
    };
    std::vector<std::thread> readers;
    for (int number = 0; number < 3; ++number)
        readers.emplace_back([&] {
            while (!over) {
                const auto snapshot = engine->snapshot();
                const auto first = snapshot->get(left);
                std::this_thread::yield();
                // A second snapshot keeps rows anew meanwhile.
                engine->snapshot()->get(right);
                if (!same(first, snapshot->get(right)) || !same(first, snapshot->get(left))) torn = true;
            }
        });
    for (int n = 2; n < 1500; ++n) REQUIRE(commit_and_wait(*engine, both(n)).outcome == Outcome::committed);
    over = true;
    for (auto& reader : readers) reader.join();
    CHECK_FALSE(torn);
    const auto last = engine->snapshot()->get(left);
    REQUIRE(last);
    CHECK(last->bytes == "1499");
}
