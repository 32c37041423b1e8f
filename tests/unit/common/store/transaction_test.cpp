#include <catch2/catch.hpp>

#include "sample_records.hpp"

using namespace cumulet;
using namespace cumulet::store;

namespace {

const Cause kCause{.time = Timestamp{std::chrono::seconds{1000}},
                   .request_id = "req-1",
                   .user_id = "u",
                   .project_id = "p",
                   .operation = "test"};

void put_all(Engine& engine, const std::vector<Person>& people) {
    transact(engine, kCause, [&](Transaction& txn) {
        for (const auto& each : people) txn.put(each, "created");
    });
}

std::vector<std::string> ids(const std::vector<Person>& people) {
    std::vector<std::string> result;
    for (const auto& each : people) result.push_back(each.id);
    return result;
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("what a transaction put, the next one reads") {
    auto engine = make_memory_engine();
    Person bob = person("bob");
    bob.addresses = {{"Main Street", 7}};
    bob.extra = {{"a", {1, -2, 3.5, nullptr, true}}};
    put_all(*engine, {bob});
    Transaction txn(*engine, kCause);
    REQUIRE(txn.get<Person>(std::string("bob")) == bob);
    REQUIRE(txn.get<Person>("bob") == bob);
    REQUIRE(txn.peek<Person>("bob") == bob);
    REQUIRE(txn.find<Person>("email", "bob@example.org") == bob);
    REQUIRE_FALSE(txn.get<Person>("eve"));
    REQUIRE_FALSE(txn.find<Person>("email", "eve@example.org"));
}

TEST_CASE("a transaction sees its own writes in get, find and scans") {
    auto engine = make_memory_engine();
    put_all(*engine, {person("a"), person("c"), person("e")});
    Transaction txn(*engine, kCause);
    txn.put(person("b"), "created");
    txn.put(person("f"), "created");
    txn.erase(person("c"), "deleted");
    Person e = person("e");
    e.nick = "changed";
    txn.put(e, "renamed");
    REQUIRE(txn.get<Person>("b"));
    REQUIRE_FALSE(txn.get<Person>("c"));
    REQUIRE_FALSE(txn.find<Person>("email", "c@example.org"));
    REQUIRE(txn.find<Person>("nick", "changed")->id == "e");
    REQUIRE(ids(txn.scan<Person>({})) == Ids{"a", "b", "e", "f"});
    REQUIRE(ids(txn.scan<Person>({.reverse = true})) == Ids{"f", "e", "b", "a"});
    REQUIRE(txn.scan<Person>({.reverse = true})[1].nick == "changed");
    REQUIRE(ids(txn.scan<Person>({.limit = 2})) == Ids{"a", "b"});
    REQUIRE(ids(txn.scan<Person>({.limit = 3, .after = txn.cursor_of("", person("a"))})) == Ids{"b", "e", "f"});
    REQUIRE(ids(txn.scan<Person>({.index = "group"}, "all")) == Ids{"a", "b", "e", "f"});
}

TEST_CASE("a row that is new for certain is inserted without a look at its key") {
    auto engine = make_memory_engine();
    put_all(*engine, {person("a")});
    Transaction txn(*engine, kCause);
    txn.insert(person("b"), "created");
    REQUIRE(txn.get<Person>("b"));
    REQUIRE(ids(txn.scan<Person>({.index = "group"}, "all")) == Ids{"a", "b"});
    auto twin = person("c");
    twin.email = person("a").email;
    REQUIRE_THROWS_AS(txn.insert(twin, "created"), UniqueViolation);
    const auto compared = [&](const auto& write) {
        Transaction one(*engine, kCause);
        write(one);
        return one.take_batch().compares.size();
    };
    REQUIRE(compared([](Transaction& one) { one.insert(person("d"), "created"); }) + 1 ==
            compared([](Transaction& one) { one.put(person("d"), "created"); }));
}

TEST_CASE("a row read by get and changed meanwhile refuses the commit") {
    auto engine = make_memory_engine();
    put_all(*engine, {person("a"), person("b")});
    Transaction reader(*engine, kCause);
    reader.get<Person>("a");
    reader.put(person("b", "new"), "renamed");
    put_all(*engine, {person("a", "other")});
    REQUIRE(reader.commit_and_wait().outcome == Outcome::conflict);

    Transaction absent(*engine, kCause);
    absent.get<Person>("z");
    absent.put(person("b", "new"), "renamed");
    put_all(*engine, {person("z")});
    REQUIRE(absent.commit_and_wait().outcome == Outcome::conflict);

    Transaction found(*engine, kCause);
    found.find<Person>("email", "a@example.org");
    found.put(person("b", "new"), "renamed");
    put_all(*engine, {person("a", "once more")});
    REQUIRE(found.commit_and_wait().outcome == Outcome::conflict);
}

TEST_CASE("a row read by peek or scan and changed meanwhile does not refuse the commit") {
    auto engine = make_memory_engine();
    put_all(*engine, {person("a"), person("b")});
    Transaction txn(*engine, kCause);
    txn.peek<Person>("a");
    txn.scan<Person>({});
    txn.put(person("b", "new"), "renamed");
    put_all(*engine, {person("a", "other"), person("c")});
    REQUIRE(txn.commit_and_wait().outcome == Outcome::committed);
}

TEST_CASE("two transactions that put the same row do not lose an update") {
    auto engine = make_memory_engine();
    put_all(*engine, {person("a")});
    Transaction first(*engine, kCause), second(*engine, kCause);
    first.put(person("a", "first"), "renamed");
    second.put(person("a", "second"), "renamed");
    REQUIRE(first.commit_and_wait().outcome == Outcome::committed);
    REQUIRE(second.commit_and_wait().outcome == Outcome::conflict);
    REQUIRE(Transaction(*engine, kCause).scan<Person>({.index = "initial"}, "f").size() == 1);
    REQUIRE(Transaction(*engine, kCause).scan<Person>({.index = "initial"}, "s").empty());
}

TEST_CASE("a transaction without writes commits without touching the engine") {
    auto engine = make_memory_engine();
    Transaction txn(*engine, kCause);
    REQUIRE_FALSE(txn.get<Person>("a"));
    put_all(*engine, {person("a")});
    const auto before = engine->last_revision();
    REQUIRE(txn.commit_and_wait().outcome == Outcome::committed);
    REQUIRE(engine->last_revision() == before);
}

TEST_CASE("a commit leaves one change-log entry with its cause and the rows before and after") {
    auto engine = make_memory_engine();
    put_all(*engine, {person("a")});
    transact(*engine, kCause, [](Transaction& txn) {
        txn.put(person("a", "new"), "renamed");
        txn.put(person("b"), "created");
        txn.put(person("b", "twice"), "created");
        txn.add("count", 1);
    });
    transact(*engine, kCause, [](Transaction& txn) {
        txn.erase(person("a"), "deleted");
        txn.erase(person("never there"), "deleted");
    });
    auto entries = read_changes(*engine, 1, 10);
    REQUIRE(entries.size() == 2);
    REQUIRE(entries[0].revision == 2);
    REQUIRE(entries[0].cause.time == kCause.time);
    REQUIRE(entries[0].cause.request_id == "req-1");
    REQUIRE(entries[0].cause.operation == "test");
    REQUIRE(entries[0].changes.size() == 2);
    const auto& renamed = entries[0].changes[0];
    REQUIRE(renamed.collection == "person");
    REQUIRE(renamed.reason == "renamed");
    REQUIRE(decode_row<Person>(renamed.before) == person("a"));
    REQUIRE(decode_row<Person>(renamed.after) == person("a", "new"));
    REQUIRE(entries[0].changes[1].before.empty());
    REQUIRE(decode_row<Person>(entries[0].changes[1].after).name == "twice");
    REQUIRE(entries[1].changes.size() == 1);
    REQUIRE(entries[1].changes[0].after.empty());
}

TEST_CASE("what the body of transact throws passes through and nothing is written") {
    auto engine = make_memory_engine();
    REQUIRE_THROWS_AS(transact(*engine, kCause,
                               [](Transaction& txn) {
                                   txn.put(person("a"), "created");
                                   throw std::runtime_error("no");
                               }),
                      std::runtime_error);
    REQUIRE(engine->last_revision() == 0);
}

TEST_CASE("transact runs its body again after a conflict and returns its result") {
    auto engine = make_memory_engine();
    put_all(*engine, {person("a")});
    int runs = 0;
    auto result = transact(*engine, kCause, [&](Transaction& txn) {
        txn.get<Person>("a");
        if (++runs == 1) put_all(*engine, {person("a", "meddled")});
        txn.put(person("b"), "created");
        return runs;
    });
    REQUIRE(result == 2);
    REQUIRE_THROWS_AS(transact(
                          *engine, kCause,
                          [&](Transaction& txn) {
                              txn.put(person("a", "mine"), "renamed");
                              put_all(*engine, {person("a", "meddled")});
                          },
                          3),
                      StoreError);
}

TEST_CASE("counters show a transaction its own adds and refuse to pass their bound") {
    auto engine = make_memory_engine();
    transact(*engine, kCause, [](Transaction& txn) {
        txn.add("quota/a", 2, 10);
        txn.add("quota/a", 1, 5);
        REQUIRE(txn.counter("quota/a") == 3);
        REQUIRE(txn.counters("quota/") == std::vector<std::pair<std::string, std::int64_t>>{{"quota/a", 3}});
    });
    Transaction over(*engine, kCause);
    over.add("quota/a", 3, 5);
    auto result = over.commit_and_wait();
    REQUIRE(result.outcome == Outcome::over_bound);
    REQUIRE(result.key == "quota/a");
    REQUIRE(Transaction(*engine, kCause).counter("quota/a") == 3);
}
