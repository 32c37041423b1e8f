#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "engine_conformance.hpp"
#include "engine_conformance_helpers.hpp"

namespace cumulet::store {

namespace {

void a_reopened_store_holds_what_it_held(EngineUnderTest& store) {
    auto engine = store.open();
    for (int i = 0; i < 100; ++i)
        commit_and_wait(*engine, {.writes = {{"k" + std::to_string(i), std::to_string(i)}},
                                  .adds = {{"sum", i, std::nullopt}},
                                  .log = std::to_string(i)});
    put(*engine, "k50", std::nullopt);
    add(*engine, "sum", 1);
    engine.reset();
    engine = store.open();
    REQUIRE(engine->last_revision() == 102);
    auto snapshot = engine->snapshot();
    REQUIRE(keys_of(*snapshot, {}).size() == 99);
    REQUIRE(snapshot->get("k99")->revision == 100);
    REQUIRE(snapshot->counter("sum") == 4951);
    REQUIRE(engine->read_log(0, 1000).size() == 100);
    snapshot.reset();
    REQUIRE(put(*engine, "more", "x").revision == 103);
}

void commits_under_way_are_finished_at_the_end(EngineUnderTest& store) {
    auto engine = store.open();
    std::atomic<int> committed = 0;
    for (int i = 0; i < 500; ++i)
        engine->commit({.writes = {{std::to_string(i), "x"}}},
                       [&](CommitResult result) { committed += result.outcome == Outcome::committed; });
    engine.reset();
    REQUIRE(committed == 500);
    engine = store.open();
    REQUIRE(keys_of(*engine->snapshot(), {}).size() == 500);
}

// Money moves between accounts in one commit each, which also counts it and logs it.
void a_backup_is_consistent_while_commits_go_on(EngineUnderTest& store) {
    auto engine = store.open();
    for (int i = 0; i < 8; ++i)
        commit_and_wait(*engine, {.writes = {{"account/" + std::to_string(i), "1000"}},
                                  .adds = {{"commits", 1, std::nullopt}},
                                  .log = "opened"});
    std::atomic<bool> stop = false;
    std::atomic<Revision> acknowledged = 0;
    const auto move = [&](const std::string& from, const std::string& to) {
        auto snapshot = engine->snapshot();
        const auto a = snapshot->get(from), b = snapshot->get(to);
        const auto result = commit_and_wait(*engine, {.compares = {{from, a->revision}, {to, b->revision}},
                                                      .writes = {{from, std::to_string(std::stoi(a->bytes) - 1)},
                                                                 {to, std::to_string(std::stoi(b->bytes) + 1)}},
                                                      .adds = {{"commits", 1, std::nullopt}},
                                                      .log = std::string(200, 'l')});
        if (result.outcome != Outcome::committed) return;
        Revision known = acknowledged;
        while (known < result.revision && !acknowledged.compare_exchange_weak(known, result.revision)) {
        }
    };
    std::vector<std::jthread> writers;
    for (int i = 0; i < 4; ++i)
        writers.emplace_back([&, i] {
            for (int n = 0; !stop; ++n) {
                const int from = (i + n) % 8, to = (from + 1 + n % 7) % 8;
                move("account/" + std::to_string(from), "account/" + std::to_string(to));
            }
        });
    std::vector<std::pair<std::filesystem::path, Revision>> backups;
    for (int round = 0; round < 3; ++round) {
        const Revision from = engine->last_revision();
        while (engine->last_revision() < from + 50) std::this_thread::yield();
        const Revision before = acknowledged;
        const auto target = store.backup_target();
        engine->backup(target);
        backups.emplace_back(target, before);
    }
    stop = true;
    writers.clear();
    REQUIRE_THROWS_AS(engine->backup(backups[0].first), StoreError);
    for (const auto& [path, before] : backups) {
        auto copy = store.restore(path);
        auto snapshot = copy->snapshot();
        int sum = 0;
        snapshot->scan({}, [&](std::string_view, std::string_view bytes, Revision) {
            sum += std::stoi(std::string(bytes));
            return true;
        });
        REQUIRE(sum == 8000);
        REQUIRE(copy->last_revision() >= before);
        REQUIRE(static_cast<Revision>(snapshot->counter("commits")) == copy->last_revision());
        REQUIRE(copy->read_log(0, 1'000'000).size() == copy->last_revision());
        REQUIRE(put(*copy, "goes on", "x").revision == snapshot->revision() + 1);
    }
}

}  // namespace

const std::vector<ConformanceRule>& durable_conformance_rules() {
    static const std::vector<ConformanceRule> rules{
        {"a reopened store holds what it held", a_reopened_store_holds_what_it_held},
        {"commits under way are finished at the end", commits_under_way_are_finished_at_the_end},
        {"a backup is consistent while commits go on", a_backup_is_consistent_while_commits_go_on},
    };
    return rules;
}

}  // namespace cumulet::store
