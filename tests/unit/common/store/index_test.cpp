#include <catch2/catch.hpp>

#include "sample_records.hpp"

using namespace cumulet;
using namespace cumulet::store;

namespace {

void put_all(Engine& engine, const std::vector<Person>& people) {
    transact(engine, {}, [&](Transaction& txn) {
        for (const auto& each : people) txn.put(each, "created");
    });
}

std::vector<std::string> walk(Engine& engine, const Scan& how, const auto&... parts) {
    std::vector<std::string> result;
    for (const auto& each : Transaction(engine, {}).scan<Person>(how, parts...)) result.push_back(each.id);
    return result;
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("a plain index lists rows by its parts and then by their key") {
    auto engine = make_memory_engine();
    put_all(*engine,
            {person("3", "anna", "x"), person("1", "bert", "x"), person("2", "anna", "x"), person("4", "a", "y")});
    REQUIRE(walk(*engine, {.index = "group"}, "x") == Ids{"2", "3", "1"});
    REQUIRE(walk(*engine, {.index = "group"}, "x", "anna") == Ids{"2", "3"});
    REQUIRE(walk(*engine, {.index = "group"}) == Ids{"2", "3", "1", "4"});
    REQUIRE(walk(*engine, {.index = "group"}, "").empty());
    REQUIRE(walk(*engine, {.index = "initial"}, "a") == Ids{"2", "3", "4"});
}

TEST_CASE("a row moves in its indexes when it changes and leaves them when it goes") {
    auto engine = make_memory_engine();
    put_all(*engine, {person("1", "anna", "x"), person("2", "bert", "x")});
    put_all(*engine, {person("1", "carl", "y")});
    REQUIRE(walk(*engine, {.index = "group"}, "x") == Ids{"2"});
    REQUIRE(walk(*engine, {.index = "group"}, "y") == Ids{"1"});
    transact(*engine, {}, [](Transaction& txn) { txn.erase(person("1"), "deleted"); });
    REQUIRE(walk(*engine, {.index = "group"}, "y").empty());
    REQUIRE(walk(*engine, {.index = "initial"}, "c").empty());
    REQUIRE(walk(*engine, {}) == Ids{"2"});
}

TEST_CASE("a descending part sorts from large to small") {
    auto engine = make_memory_engine();
    std::vector<Person> people;
    for (int year : {-5, 3, 0, 12}) {
        people.push_back(person(std::to_string(year)));
        people.back().born = Timestamp{std::chrono::hours{24 * 365 * year}};
    }
    put_all(*engine, people);
    REQUIRE(walk(*engine, {.index = "youngest"}, "all") == Ids{"12", "3", "0", "-5"});
    REQUIRE(walk(*engine, {.index = "youngest", .reverse = true}, "all") == Ids{"-5", "0", "3", "12"});
}

TEST_CASE("an each index holds a row once for every element") {
    auto engine = make_memory_engine();
    Person a = person("a", "zoe"), b = person("b", "adam");
    a.tags = {"t1", "t2"};
    b.tags = {"t2", "t3"};
    put_all(*engine, {a, b});
    REQUIRE(walk(*engine, {.index = "tag"}, "t1") == Ids{"a"});
    REQUIRE(walk(*engine, {.index = "tag"}, "t2") == Ids{"b", "a"});
    const auto cursor = Transaction::cursor_of("tag", b, "t2");
    REQUIRE(walk(*engine, {.index = "tag", .after = cursor}, "t2") == Ids{"a"});
    a.tags = {"t3"};
    put_all(*engine, {a});
    REQUIRE(walk(*engine, {.index = "tag"}, "t2") == Ids{"b"});
    REQUIRE(walk(*engine, {.index = "tag"}, "t3") == Ids{"b", "a"});
}

TEST_CASE("a unique index refuses a second row with the same parts") {
    auto engine = make_memory_engine();
    put_all(*engine, {person("a")});
    Person thief = person("b");
    thief.email = "a@example.org";
    Transaction txn(*engine, {});
    REQUIRE_THROWS_AS(txn.put(thief, "created"), UniqueViolation);
    put_all(*engine, {person("a", "the owner may change")});
    transact(*engine, {}, [&](Transaction& txn) {
        Person moved = person("a");
        moved.email = "elsewhere";
        txn.put(moved, "moved");
        txn.put(thief, "created");
        REQUIRE_THROWS_AS(txn.put(person("a"), "moved back"), UniqueViolation);
    });
    REQUIRE(Transaction(*engine, {}).find<Person>("email", "a@example.org")->id == "b");
    REQUIRE(Transaction(*engine, {}).find<Person>("email", "elsewhere")->id == "a");
}

TEST_CASE("of two racing rows with the same unique parts one conflicts") {
    auto engine = make_memory_engine();
    Person thief = person("b");
    thief.email = "a@example.org";
    Transaction first(*engine, {}), second(*engine, {});
    first.put(person("a"), "created");
    second.put(thief, "created");
    REQUIRE(first.commit_and_wait().outcome == Outcome::committed);
    REQUIRE(second.commit_and_wait().outcome == Outcome::conflict);
}

TEST_CASE("rows with blank unique parts do not collide") {
    auto engine = make_memory_engine();
    Person a = person("a"), b = person("b");
    a.email.clear();
    b.email.clear();
    put_all(*engine, {a, b});
    REQUIRE_FALSE(Transaction(*engine, {}).find<Person>("email", ""));
    REQUIRE(walk(*engine, {.index = "nick"}).empty());
}

TEST_CASE("pages by cursor show every row that stays exactly once while rows come and go") {
    auto engine = make_memory_engine();
    std::vector<Person> people;
    for (int i = 100; i < 200; ++i) people.push_back(person("p" + std::to_string(i), "n" + std::to_string(i % 7)));
    put_all(*engine, people);
    for (bool reverse : {false, true}) {
        std::vector<std::string> seen;
        std::string cursor;
        for (int page = 0;; ++page) {
            auto rows = Transaction(*engine, {})
                            .scan<Person>({.index = "group", .reverse = reverse, .limit = 9, .after = cursor}, "all");
            if (rows.empty()) break;
            for (const auto& row : rows)
                if (row.id.size() == 4) seen.push_back(row.id);
            cursor = Transaction::cursor_of("group", rows.back(), "all");
            // Rows come everywhere, and the very row of the cursor goes when it is not one that stays.
            transact(*engine, {}, [&](Transaction& txn) {
                for (int n = 0; n < 7; ++n)
                    txn.put(person("guest" + std::to_string(page) + std::to_string(reverse), "n" + std::to_string(n)),
                            "came");
                if (rows.back().id.size() > 4) txn.erase(rows.back(), "went");
            });
        }
        REQUIRE(seen.size() == 100);
        REQUIRE(std::set<std::string>(seen.begin(), seen.end()).size() == 100);
    }
}

TEST_CASE("asking for an index that is not declared is an error") {
    auto engine = make_memory_engine();
    Transaction txn(*engine, {});
    REQUIRE_THROWS_AS(txn.scan<Person>({.index = "nonsense"}), std::logic_error);
}
