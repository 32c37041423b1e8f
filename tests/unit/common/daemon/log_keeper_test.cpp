#include "common/daemon/log_keeper.hpp"

#include <catch2/catch.hpp>

#include "common/daemon/keys.hpp"
#include "common/store/lease.hpp"
#include "tests/support/eventually.hpp"

using namespace cumulet;
using namespace std::chrono_literals;

namespace {

void commit_at(store::Engine& engine, Timestamp time) {
    store::transact(engine, {.time = time, .operation = "test"}, [&](store::Transaction& txn) {
        txn.put(store::Lease{.name = std::to_string(time.time_since_epoch().count()), .holder = "h"}, "written");
    });
}

}  // namespace

TEST_CASE("the change log is kept for the days that the configuration says") {
    auto engine = store::make_memory_engine();
    ManualClock clock;
    for (int day = 0; day < 10; ++day) {
        commit_at(*engine, clock.now());
        clock.advance(24h);
    }
    runtime::Config config;
    SECTION("all of it while it is young") {
        { daemon::LogKeeper keeper(config, *engine, clock); }
        CHECK(engine->first_log_revision() == 1);
    }
    SECTION("not what is older") {
        config.set(daemon::kKeepLog.name, std::int64_t{3});
        const daemon::LogKeeper keeper(config, *engine, clock);
        CHECK(test::eventually([&] { return engine->first_log_revision() == 8; }));
        CHECK(store::read_changes(*engine, 7, 100).size() == 3);
        CHECK_THROWS_AS(store::read_changes(*engine, 6, 100), store::StoreError);
    }
    SECTION("what somebody still needs, however old it is") {
        config.set(daemon::kKeepLog.name, std::int64_t{3});
        const daemon::LogKeeper keeper(config, *engine, clock, [] { return store::Revision{5}; });
        CHECK(test::eventually([&] { return engine->first_log_revision() == 5; }));
        CHECK(store::read_changes(*engine, 4, 100).size() == 6);
    }
}
