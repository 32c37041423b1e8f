#include "identity/change_follower.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>

#include "common/store/lease.hpp"
#include "tests/support/eventually.hpp"

using namespace cumulet;
using namespace cumulet::identity;

namespace {

store::Revision commit(store::Engine& engine) {
    store::transact(engine, {}, [&](store::Transaction& txn) {
        txn.put(store::Lease{.name = "n", .epoch = static_cast<std::int64_t>(engine.last_revision())}, "written");
    });
    return engine.last_revision();
}

}  // namespace

TEST_CASE("a follower that the change log has been trimmed past starts over and misses nothing afterwards") {
    auto engine = store::make_memory_engine();
    std::promise<void> reading, go_on;
    std::atomic<int> seen = 0, gaps = 0;
    std::atomic<store::Revision> last_seen = 0;
    ChangeFollower follower(*engine, {{.on_change =
                                           [&](const store::ChangeEntry& entry) {
                                               if (++seen == 1) {
                                                   reading.set_value();
                                                   go_on.get_future().wait();
                                               }
                                               last_seen = entry.revision;
                                           },
                                       .on_gap = [&] { ++gaps; }}});
    commit(*engine);
    reading.get_future().wait();
    // While it is held up more happens than it reads at once, and the log is cut off.
    for (int i = 0; i < 2000; ++i) commit(*engine);
    engine->trim_log(engine->last_revision() + 1);
    go_on.set_value();
    follower.catch_up();
    CHECK(gaps == 1);
    CHECK(seen < 2000);
    const auto fresh = commit(*engine);
    follower.catch_up();
    CHECK(last_seen == fresh);
    CHECK(gaps == 1);
}
