#include "common/store/log_age.hpp"

#include <catch2/catch.hpp>

#include "sample_records.hpp"
#include "stores_under_test.hpp"

using namespace cumulet;
using namespace cumulet::store;
using namespace std::chrono_literals;

namespace {

const Timestamp kStart{1'700'000'000s};

// One commit an hour; every third leaves no entry.
void write_hours(Engine& engine, int hours) {
    for (int hour = 0; hour < hours; ++hour) {
        if (hour % 3 == 2) {
            Batch batch;
            batch.writes.push_back({"raw", std::to_string(hour)});
            REQUIRE(commit_and_wait(engine, batch).outcome == Outcome::committed);
            continue;
        }
        transact(engine, Cause{.time = kStart + std::chrono::hours(hour)},
                 [&](Transaction& txn) { txn.add("hours", 1); });
    }
}

}  // namespace

TEST_CASE("the log is found by time") {
    auto engine = make_memory_engine();
    CHECK(first_revision_since(*engine, kStart) == 1);
    write_hours(*engine, 30);
    CHECK(first_revision_since(*engine, kStart - 1h) == 1);
    const auto tenth = read_changes(*engine, first_revision_since(*engine, kStart + 10h) - 1, 1);
    REQUIRE(tenth.size() == 1);
    CHECK(tenth.front().cause.time == kStart + 10h);
    CHECK(read_changes(*engine, first_revision_since(*engine, kStart + 100h) - 1, 1).empty());
}

TEST_CASE("what is older than wanted leaves the log, the rest stays") {
    auto engine = make_memory_engine();
    write_hours(*engine, 30);
    trim_log_before(*engine, kStart + 12h);
    const auto left = read_changes(*engine, engine->first_log_revision() - 1, 100);
    REQUIRE_FALSE(left.empty());
    CHECK(left.front().cause.time == kStart + 12h);
    CHECK(left.back().cause.time == kStart + 28h);
    trim_log_before(*engine, kStart + 12h);
    CHECK(read_changes(*engine, engine->first_log_revision() - 1, 100).size() == left.size());
}
