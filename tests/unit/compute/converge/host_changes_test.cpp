#include "compute/converge/host_changes.hpp"

#include <catch2/catch.hpp>

#include "world.hpp"

using namespace cumulet;
using namespace cumulet::compute::converge;
using namespace cumulet::compute::converge::test;

TEST_CASE("a host is told what changed on it, and to ask for everything when the change log was trimmed past that") {
    World world;
    HostChanges changes(*world.engine);
    const auto start = world.engine->last_revision();
    const auto first = world.active();
    auto since = changes.since(first.host, start);
    REQUIRE(since.known);
    REQUIRE(since.servers == std::vector{first.id});
    REQUIRE(changes.take_news().hosts.contains(first.host));

    const auto told = since.up_to;
    world.start(first.id, "stop");
    world.engine->trim_log(world.engine->last_revision() + 1);
    since = changes.since(first.host, told);
    CHECK_FALSE(since.known);

    // From there on it is told again.
    world.answer_all(first.id);
    since = changes.since(first.host, since.up_to);
    CHECK(since.known);
    CHECK(since.servers == std::vector{first.id});
}
