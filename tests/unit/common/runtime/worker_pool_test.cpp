#include "common/runtime/worker_pool.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>

using namespace cumulet::runtime;

TEST_CASE("a full pool refuses work and goes on when there is room") {
    WorkerPool pool({.name = "test", .threads = 1, .max_queued = 2});
    std::promise<void> started, release;
    REQUIRE(pool.try_post([&] {
        started.set_value();
        release.get_future().wait();
    }));
    started.get_future().wait();
    REQUIRE(pool.try_post([] {}));
    REQUIRE(pool.try_post([] {}));
    REQUIRE_FALSE(pool.try_post([] {}));
    REQUIRE(pool.queued() == 2);
    release.set_value();
    std::promise<void> last;
    while (!pool.try_post([&] { last.set_value(); })) std::this_thread::yield();
    last.get_future().wait();
}

TEST_CASE("stopping runs what is queued, in order, and refuses the rest") {
    WorkerPool pool({.name = "test", .threads = 1});
    std::vector<int> order;
    std::promise<void> release;
    REQUIRE(pool.try_post([&] { release.get_future().wait(); }));
    for (int i = 0; i < 5; ++i) REQUIRE(pool.try_post([&, i] { order.push_back(i); }));
    release.set_value();
    pool.stop();
    REQUIRE(order == std::vector<int>{0, 1, 2, 3, 4});
    REQUIRE_FALSE(pool.try_post([] {}));
}

TEST_CASE("work that throws does not end its thread") {
    WorkerPool pool({.name = "test", .threads = 1});
    REQUIRE(pool.try_post([] { throw std::runtime_error("bad"); }));
    std::promise<void> after;
    REQUIRE(pool.try_post([&] { after.set_value(); }));
    after.get_future().wait();
}
