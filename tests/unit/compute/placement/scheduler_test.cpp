#include "compute/placement/scheduler.hpp"

#include <catch2/catch.hpp>

#include "compute/placement/allocations.hpp"
#include "compute/placement/hosts.hpp"

using namespace cumulet;
using namespace cumulet::compute;
using namespace cumulet::compute::placement;

namespace {

Candidate host(const std::string& name, std::int64_t memory_mib = 4096) {
    Candidate candidate;
    candidate.host.name = name;
    candidate.host.vcpus = 4;
    candidate.host.memory_mib = memory_mib;
    candidate.host.disk_gib = 100;
    return candidate;
}

Wanted wanted(std::int64_t memory_mib = 512) {
    Wanted wanted;
    wanted.flavor.memory_mib = memory_mib;
    return wanted;
}

}  // namespace

TEST_CASE("the emptiest host is chosen") {
    SeededRandom random(1);
    auto busy = host("busy");
    busy.use = {.vcpus = 10, .memory_mib = 3000, .disk_gib = 0, .servers = 3};
    REQUIRE(decide({busy, host("idle")}, wanted(), random).host == "idle");
}

TEST_CASE("a refusal counts each host under the first rule it fails") {
    SeededRandom random(1);
    auto down = host("down");
    down.up = false;
    auto disabled = host("disabled");
    disabled.host.disabled = true;
    auto elsewhere = host("elsewhere");
    elsewhere.host.zone = "other";
    auto ask = wanted(8192);
    ask.zone = "nova";
    auto decision = decide({host("small"), host("small too"), down, disabled, elsewhere}, ask, random);
    REQUIRE(decision.host.empty());
    REQUIRE(decision.explain() ==
            "No valid host was found. 5 hosts were considered: 1 is disabled, 1 is down, 1 is not in the availability "
            "zone, "
            "2 have too little memory.");
    REQUIRE(decide({}, wanted(), random).explain() == "No valid host was found. There is no host.");
}

TEST_CASE("a host that failed before, lacks a capability or was not asked for is passed over") {
    SeededRandom random(1);
    auto able = host("able");
    able.host.capabilities["pause"] = true;
    auto ask = wanted();
    ask.needs = {"pause"};
    REQUIRE(decide({able, host("unable")}, ask, random).host == "able");
    ask.avoid = {"able"};
    REQUIRE(decide({able, host("unable")}, ask, random).host.empty());
    auto forced = wanted();
    forced.host = "b";
    REQUIRE(decide({host("a"), host("b")}, forced, random).host == "b");
}

TEST_CASE("capacity is inventory less what is reserved, times the ratio") {
    auto candidate = host("a", 1000);
    candidate.host.reserved_memory_mib = 200;
    candidate.host.memory_ratio = 1.5;
    candidate.host.cpu_ratio = 2.0;
    auto capacity = capacity_of(candidate.host);
    REQUIRE(capacity.memory_mib == 1200);
    REQUIRE(capacity.vcpus == 8);
}

TEST_CASE("equal hosts are drawn, so that racing placements spread") {
    SeededRandom random(7);
    std::set<std::string> chosen;
    for (int i = 0; i < 50; ++i) chosen.insert(decide({host("a"), host("b"), host("c")}, wanted(), random).host);
    REQUIRE(chosen.size() == 3);
}

TEST_CASE("what is allocated is counted, shown and given back once") {
    auto engine = store::make_memory_engine();
    SeededRandom random(1);
    const store::Cause cause{.time = Timestamp{std::chrono::seconds(1'700'000'000)}};
    auto registered = store::transact(*engine, cause, [&](store::Transaction& txn) {
        auto known = register_host(txn, random, host("a").host);
        pulse(txn, "a");
        return known;
    });
    Flavor flavor{.vcpus = 2, .memory_mib = 1024};
    store::transact(*engine, cause,
                    [&](store::Transaction& txn) { allocate(txn, registered, "s1", "p", "u", flavor, 10); });
    store::transact(*engine, cause, [&](store::Transaction& txn) {
        auto use = host_use(txn, "a");
        REQUIRE(use.memory_mib == 1024);
        REQUIRE(use.servers == 1);
        auto all = candidates(txn, kDownAfter);
        REQUIRE(all.size() == 1);
        REQUIRE(all[0].up);
        REQUIRE(all[0].use.vcpus == 2);
        REQUIRE(txn.scan<Allocation>({.index = "host"}, std::string("a")).size() == 1);
    });
    for (int i = 0; i < 2; ++i) store::transact(*engine, cause, [&](store::Transaction& txn) { release(txn, "s1"); });
    store::transact(*engine, cause, [&](store::Transaction& txn) {
        REQUIRE(host_use(txn, "a").memory_mib == 0);
        REQUIRE(host_use(txn, "a").servers == 0);
    });
}

TEST_CASE("a placement that would pass the capacity is refused at commit") {
    auto engine = store::make_memory_engine();
    const store::Cause cause{.time = Timestamp{std::chrono::seconds(1'700'000'000)}};
    auto small = host("a", 1000).host;
    Flavor flavor{.vcpus = 1, .memory_mib = 600};
    store::Transaction first(*engine, cause), second(*engine, cause);
    allocate(first, small, "s1", "p", "u", flavor, 0);
    allocate(second, small, "s2", "p", "u", flavor, 0);
    REQUIRE(first.commit_and_wait().outcome == store::Outcome::committed);
    REQUIRE(second.commit_and_wait().outcome == store::Outcome::over_bound);
}

TEST_CASE("registering again keeps what is the operator's and writes nothing when nothing changed") {
    auto engine = store::make_memory_engine();
    SeededRandom random(1);
    const store::Cause cause{.time = Timestamp{std::chrono::seconds(1'700'000'000)}};
    auto once = [&](Host reported) {
        return store::transact(*engine, cause,
                               [&](store::Transaction& txn) { return register_host(txn, random, reported); });
    };
    auto known = once(host("a").host);
    store::transact(*engine, cause, [&](store::Transaction& txn) {
        known.disabled = true;
        txn.put(known, "disabled");
    });
    const auto before = engine->last_revision();
    auto again = once(host("a").host);
    REQUIRE(again.disabled);
    REQUIRE(again.uuid == known.uuid);
    REQUIRE(engine->last_revision() == before);
    REQUIRE(once(host("a", 9999).host).memory_mib == 9999);
}

TEST_CASE("a host is down when it was not heard for long, or is forced to be") {
    Host record;
    record.name = "a";
    const Timestamp now{std::chrono::seconds(1'700'000'000)};
    HostPulse heard{.name = "a", .seen_at = now - std::chrono::seconds(59)};
    REQUIRE(is_up(record, heard, now));
    heard.seen_at -= std::chrono::seconds(2);
    REQUIRE_FALSE(is_up(record, heard, now));
    REQUIRE_FALSE(is_up(record, std::nullopt, now));
    heard.seen_at = now;
    record.forced_down = true;
    REQUIRE_FALSE(is_up(record, heard, now));
}
