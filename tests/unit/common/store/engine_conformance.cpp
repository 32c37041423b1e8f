#include "engine_conformance.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "engine_conformance_helpers.hpp"

namespace cumulet::store {

namespace {

// Counts down to what the test waits for.
class Latch {
public:
    explicit Latch(int count) : left_(count) {}
    void count_down() {
        std::lock_guard lock(mutex_);
        --left_;
        changed_.notify_all();
    }
    void wait() {
        std::unique_lock lock(mutex_);
        REQUIRE(changed_.wait_for(lock, std::chrono::seconds(60), [&] { return left_ <= 0; }));
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int left_;
};

void in_threads(int count, const std::function<void(int)>& body) {
    std::vector<std::jthread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back([&body, i] { body(i); });
}

void writes_and_revisions(EngineUnderTest& store) {
    auto engine = store.open();
    REQUIRE(engine->last_revision() == 0);
    REQUIRE_FALSE(get(*engine, "k"));
    REQUIRE(put(*engine, "k", "one").revision == 1);
    REQUIRE(put(*engine, "k", "two").revision == 2);
    REQUIRE(put(*engine, "other", "x").revision == 3);
    auto value = engine->snapshot()->get("k");
    REQUIRE(value->bytes == "two");
    REQUIRE(value->revision == 2);
    REQUIRE(put(*engine, "k", std::nullopt).outcome == Outcome::committed);
    REQUIRE_FALSE(get(*engine, "k"));
    REQUIRE(put(*engine, "never there", std::nullopt).outcome == Outcome::committed);
    REQUIRE(put(*engine, "k", "again").revision == 6);
    REQUIRE(engine->snapshot()->get("k")->revision == 6);
    REQUIRE(engine->last_revision() == 6);
    REQUIRE(engine->snapshot()->revision() == 6);
}

void conflicts_change_nothing(EngineUnderTest& store) {
    auto engine = store.open();
    put(*engine, "a", "1");
    put(*engine, "b", "2");
    const auto attempt = [&](std::vector<Compare> compares) {
        return commit_and_wait(*engine, {.compares = std::move(compares),
                                         .writes = {{"a", "changed"}, {"new", "x"}},
                                         .adds = {{"counter", 1, std::nullopt}},
                                         .log = "entry"});
    };
    for (const auto& stale :
         std::vector<std::vector<Compare>>{{{"a", 0}}, {{"a", 2}}, {{"b", 2}, {"a", 7}}, {{"absent", 1}}}) {
        const auto result = attempt(stale);
        REQUIRE(result.outcome == Outcome::conflict);
        REQUIRE(result.key == stale.back().key);
    }
    REQUIRE(engine->last_revision() == 2);
    REQUIRE(get(*engine, "a") == "1");
    REQUIRE_FALSE(get(*engine, "new"));
    REQUIRE(engine->snapshot()->counter("counter") == 0);
    REQUIRE(engine->read_log(0, 10).empty());
    REQUIRE(attempt({{"a", 1}, {"b", 2}, {"absent", 0}}).outcome == Outcome::committed);
    put(*engine, "b", std::nullopt);
    REQUIRE(attempt({{"b", 2}}).outcome == Outcome::conflict);
    REQUIRE(attempt({{"b", 0}}).outcome == Outcome::committed);
}

void any_bytes(EngineUnderTest& store) {
    auto engine = store.open();
    const Keys keys{std::string(1, '\0'),
                    std::string("\0a", 2),
                    "a",
                    std::string("a\0", 2),
                    "b",
                    "\x7f",
                    "\x80",
                    "\xff",
                    "\xff\xff"};
    for (const auto& key : keys) put(*engine, key, key);
    put(*engine, "empty", "");
    put(*engine, "large", std::string(3'000'000, '\xfe'));
    REQUIRE(get(*engine, "empty") == "");
    REQUIRE(get(*engine, "large")->size() == 3'000'000);
    put(*engine, "empty", std::nullopt);
    put(*engine, "large", std::nullopt);
    auto snapshot = engine->snapshot();
    REQUIRE(keys_of(*snapshot, {}) == keys);
    for (const auto& key : keys) REQUIRE(snapshot->get(key)->bytes == key);
}

void scans(EngineUnderTest& store) {
    auto engine = store.open();
    Keys all;
    Batch rest;
    for (int i = 0; i < 700; ++i) {
        all.push_back("k" + std::to_string(1000 + i));
        if (i < 3)
            put(*engine, all.back(), std::to_string(i));
        else
            rest.writes.push_back({all.back(), std::to_string(i)});
    }
    commit_and_wait(*engine, std::move(rest));
    const Keys backward(all.rbegin(), all.rend());
    auto snapshot = engine->snapshot();
    REQUIRE(keys_of(*snapshot, {}) == all);
    REQUIRE(keys_of(*snapshot, {.reverse = true}) == backward);
    REQUIRE(keys_of(*snapshot, {"k1003", "k1006"}) == Keys{"k1003", "k1004", "k1005"});
    REQUIRE(keys_of(*snapshot, {"k1003", "k1006", true}) == Keys{"k1005", "k1004", "k1003"});
    REQUIRE(keys_of(*snapshot, {"k1698", ""}) == Keys{"k1698", "k1699"});
    REQUIRE(keys_of(*snapshot, {"k1698", "", true}) == Keys{"k1699", "k1698"});
    REQUIRE(keys_of(*snapshot, {"k10031", "k10041"}) == Keys{"k1004"});
    REQUIRE(keys_of(*snapshot, {"z", ""}).empty());
    REQUIRE(keys_of(*snapshot, {"k1005", "k1005"}).empty());
    REQUIRE(keys_of(*snapshot, {"k1006", "k1005"}).empty());
    REQUIRE(keys_of(*snapshot, {"k1006", "k1005", true}).empty());
    int visited = 0;
    snapshot->scan({}, [&](std::string_view, std::string_view bytes, Revision revision) {
        REQUIRE(bytes == std::to_string(visited));
        REQUIRE(revision == static_cast<Revision>(visited + 1));
        return ++visited < 3;
    });
    REQUIRE(visited == 3);
}

void snapshots_stand_still(EngineUnderTest& store) {
    auto engine = store.open();
    for (int i = 0; i < 20; ++i) put(*engine, "k" + std::to_string(10 + i), "old");
    add(*engine, "c", 5);
    auto before = engine->snapshot();
    auto also_before = engine->snapshot();
    REQUIRE(before->revision() == 21);
    // Changes between reads, and from within a scan.
    Keys seen;
    before->scan({}, [&](std::string_view key, std::string_view bytes, Revision) {
        seen.emplace_back(key);
        REQUIRE(bytes == "old");
        put(*engine, "k28", "new");
        put(*engine, "k29", std::nullopt);
        put(*engine, std::string(key) + "x", "new");
        return true;
    });
    add(*engine, "c", 1);
    add(*engine, "d", 1);
    REQUIRE(seen.size() == 20);
    REQUIRE(keys_of(*before, {.reverse = true}).size() == 20);
    REQUIRE(before->get("k29")->bytes == "old");
    REQUIRE(before->get("k28")->revision == 19);
    REQUIRE(before->counter("c") == 5);
    REQUIRE(before->counter("d") == 0);
    REQUIRE(before->revision() == 21);
    before.reset();
    REQUIRE(also_before->get("k29")->bytes == "old");
    also_before.reset();
    auto after = engine->snapshot();
    REQUIRE_FALSE(after->get("k29"));
    REQUIRE(after->get("k28")->bytes == "new");
    REQUIRE(after->counter("c") == 6);
}

void a_commit_is_seen_once_acknowledged(EngineUnderTest& store) {
    auto engine = store.open();
    std::atomic<int> missing = 0;
    in_threads(4, [&](int thread) {
        for (int i = 0; i < 50; ++i) {
            const std::string key = std::to_string(thread) + "/" + std::to_string(i);
            const auto revision = put(*engine, key, "x").revision;
            auto snapshot = engine->snapshot();
            if (!snapshot->get(key) || snapshot->revision() < revision || engine->last_revision() < revision) ++missing;
        }
    });
    REQUIRE(missing == 0);
}

void counters(EngineUnderTest& store) {
    auto engine = store.open();
    REQUIRE(engine->snapshot()->counter("q/a") == 0);
    REQUIRE(add(*engine, "q/a", 3, 5).outcome == Outcome::committed);
    const auto over = add(*engine, "q/a", 3, 5);
    REQUIRE(over.outcome == Outcome::over_bound);
    REQUIRE(over.key == "q/a");
    REQUIRE(engine->last_revision() == 1);
    REQUIRE(add(*engine, "q/a", 2, 5).outcome == Outcome::committed);
    REQUIRE(add(*engine, "q/a", 10).outcome == Outcome::committed);
    REQUIRE(add(*engine, "q/a", -1, 5).outcome == Outcome::committed);
    REQUIRE(add(*engine, "q/a", 0, 5).outcome == Outcome::committed);
    REQUIRE(add(*engine, "q/b", -7).outcome == Outcome::committed);
    put(*engine, "q/a", "a value of the same name is another thing");
    auto snapshot = engine->snapshot();
    REQUIRE(snapshot->counter("q/a") == 14);
    REQUIRE(snapshot->counter("q/b") == -7);
    std::map<std::string, std::int64_t> found;
    snapshot->scan_counters({"q/", "q0"}, [&](std::string_view key, std::int64_t value) {
        found.emplace(key, value);
        return true;
    });
    REQUIRE(found == std::map<std::string, std::int64_t>{{"q/a", 14}, {"q/b", -7}});
}

void racing_adds_stop_at_the_bound(EngineUnderTest& store) {
    auto engine = store.open();
    std::atomic<int> committed = 0, refused = 0;
    in_threads(16, [&](int thread) {
        for (int i = thread; i < 200; i += 16) {
            const auto result = commit_and_wait(
                *engine,
                {.writes = {{"server/" + std::to_string(i), "x"}}, .adds = {{"quota", 1, 100}}, .log = "created"});
            ++(result.outcome == Outcome::committed ? committed : refused);
        }
    });
    REQUIRE(committed == 100);
    REQUIRE(refused == 100);
    auto snapshot = engine->snapshot();
    REQUIRE(snapshot->counter("quota") == 100);
    REQUIRE(keys_of(*snapshot, {}).size() == 100);
    REQUIRE(engine->read_log(0, 1000).size() == 100);
}

void no_update_is_lost(EngineUnderTest& store) {
    auto engine = store.open();
    put(*engine, "n", "0");
    in_threads(8, [&](int) {
        for (int done = 0; done < 25;) {
            auto value = engine->snapshot()->get("n");
            const auto result = commit_and_wait(
                *engine,
                {.compares = {{"n", value->revision}}, .writes = {{"n", std::to_string(std::stoi(value->bytes) + 1)}}});
            if (result.outcome == Outcome::committed) ++done;
        }
    });
    REQUIRE(get(*engine, "n") == "200");
}

void of_batches_in_one_group_one_wins(EngineUnderTest& store) {
    auto engine = store.open();
    put(*engine, "k", "start");
    std::atomic<int> committed = 0, conflicts = 0;
    Latch latch(50);
    for (int i = 0; i < 50; ++i)
        engine->commit({.compares = {{"k", 1}, {"new", 0}}, .writes = {{"k", std::to_string(i)}, {"new", "x"}}},
                       [&](CommitResult result) {
                           ++(result.outcome == Outcome::committed ? committed : conflicts);
                           latch.count_down();
                       });
    latch.wait();
    REQUIRE(committed == 1);
    REQUIRE(conflicts == 49);
    REQUIRE(get(*engine, "k") == "0");
}

void rows_that_appear_in_a_scanned_range_are_no_conflict(EngineUnderTest& store) {
    auto engine = store.open();
    put(*engine, "r/1", "x");
    auto one = engine->snapshot(), two = engine->snapshot();
    REQUIRE(keys_of(*one, {"r/", "r0"}).size() == 1);
    REQUIRE(keys_of(*two, {"r/", "r0"}).size() == 1);
    REQUIRE(commit_and_wait(*engine, {.compares = {{"r/1", 1}}, .writes = {{"r/2", "x"}}}).outcome ==
            Outcome::committed);
    REQUIRE(commit_and_wait(*engine, {.compares = {{"r/1", 1}}, .writes = {{"r/3", "x"}}}).outcome ==
            Outcome::committed);
    // A key that was read as absent is guarded.
    REQUIRE(commit_and_wait(*engine, {.compares = {{"r/3", 0}}, .writes = {{"r/4", "x"}}}).outcome ==
            Outcome::conflict);
}

void the_log_has_commits_in_order(EngineUnderTest& store) {
    auto engine = store.open();
    REQUIRE(engine->first_log_revision() == 1);
    REQUIRE(engine->read_log(0, 10).empty());
    in_threads(8, [&](int thread) {
        for (int i = 0; i < 20; ++i) {
            const std::string name = std::to_string(thread) + "/" + std::to_string(i);
            put(*engine, name, "x", name);
        }
    });
    put(*engine, "quiet", "no entry");
    put(*engine, "last", "x", "last");
    const auto entries = engine->read_log(0, 1000);
    REQUIRE(entries.size() == 161);
    auto snapshot = engine->snapshot();
    for (std::size_t i = 0; i < 160; ++i) {
        REQUIRE(entries[i].revision == i + 1);
        REQUIRE(snapshot->get(entries[i].bytes)->revision == i + 1);
    }
    REQUIRE(entries.back().revision == 162);
    REQUIRE(engine->read_log(162, 10).empty());
    REQUIRE(engine->read_log(1000, 10).empty());
    const auto some = engine->read_log(100, 7);
    REQUIRE(some.size() == 7);
    REQUIRE(some.front().revision == 101);
    REQUIRE(some.back().revision == 107);
}

void the_log_can_be_trimmed(EngineUnderTest& store) {
    auto engine = store.open();
    for (int i = 1; i <= 20; ++i) put(*engine, "k", "x", "entry " + std::to_string(i));
    engine->trim_log(6);
    REQUIRE(engine->first_log_revision() == 6);
    REQUIRE_THROWS_AS(engine->read_log(4, 10), StoreError);
    REQUIRE(engine->read_log(5, 100).size() == 15);
    REQUIRE(engine->read_log(5, 1).front().bytes == "entry 6");
    engine->trim_log(3);
    REQUIRE(engine->first_log_revision() == 6);
    engine->trim_log(1000);
    REQUIRE(engine->first_log_revision() == 21);
    REQUIRE(engine->read_log(20, 10).empty());
    put(*engine, "k", "x", "entry 21");
    REQUIRE(engine->read_log(20, 10).front().bytes == "entry 21");
    if (!store.durable()) return;
    engine.reset();
    engine = store.open();
    REQUIRE(engine->first_log_revision() == 21);
    REQUIRE_THROWS_AS(engine->read_log(0, 10), StoreError);
    REQUIRE(engine->read_log(20, 10).size() == 1);
}

void listeners_hear_of_commits(EngineUnderTest& store) {
    auto engine = store.open();
    std::mutex mutex;
    std::condition_variable heard;
    Revision newest = 0;
    auto listener = engine->listen([&](Revision revision) {
        std::lock_guard lock(mutex);
        newest = std::max(newest, revision);
        heard.notify_all();
    });
    in_threads(4, [&](int thread) {
        for (int i = 0; i < 10; ++i) put(*engine, std::to_string(thread), "x");
    });
    {
        std::unique_lock lock(mutex);
        REQUIRE(heard.wait_for(lock, std::chrono::seconds(60), [&] { return newest == 40; }));
    }
    listener.reset();
    put(*engine, "a", "x");
    std::lock_guard lock(mutex);
    REQUIRE(newest == 40);
}

void a_listener_may_end_itself(EngineUnderTest& store) {
    auto engine = store.open();
    std::unique_ptr<CommitListener> own;
    std::atomic<int> calls = 0;
    Latch called(1);
    own = engine->listen([&](Revision) {
        ++calls;
        own.reset();
        called.count_down();
    });
    put(*engine, "a", "x");
    called.wait();
    put(*engine, "a", "y");
    REQUIRE(calls == 1);
}

}  // namespace

const std::vector<ConformanceRule>& conformance_rules() {
    static const std::vector<ConformanceRule> rules{
        {"writes and revisions", writes_and_revisions},
        {"a conflict changes nothing", conflicts_change_nothing},
        {"keys and values may hold any bytes", any_bytes},
        {"scans forward and backward", scans},
        {"a snapshot stands still", snapshots_stand_still},
        {"a commit is seen once it is acknowledged", a_commit_is_seen_once_acknowledged},
        {"counters", counters},
        {"racing adds stop exactly at the bound", racing_adds_stop_at_the_bound},
        {"no update is lost", no_update_is_lost},
        {"of batches in one group with the same compare one wins", of_batches_in_one_group_one_wins},
        {"rows that appear in a scanned range are no conflict", rows_that_appear_in_a_scanned_range_are_no_conflict},
        {"the log has the commits in order", the_log_has_commits_in_order},
        {"the log can be trimmed", the_log_can_be_trimmed},
        {"listeners hear of commits", listeners_hear_of_commits},
        {"a listener may end itself", a_listener_may_end_itself},
    };
    return rules;
}

}  // namespace cumulet::store
