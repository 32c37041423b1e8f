// Random transactions over records against a plain map.
#include <catch2/catch.hpp>
#include <iostream>
#include <random>

#include "sample_records.hpp"
#include "stores_under_test.hpp"

using namespace cumulet;
using namespace cumulet::store;

namespace {

using People = std::map<std::string, Person>;

class Walk {
public:
    Walk(Engine& engine, std::uint64_t seed) : engine_(engine), random_(seed) {}

    void step() {
        People now = people_;
        Transaction txn(engine_, {.operation = "walk"});
        for (auto left = 1 + below(5); left > 0; --left) below(3) == 0 ? erase(txn, now) : put(txn, now);
        if (below(4) == 0) check(txn, now);
        if (below(5) == 0) return;
        // Sometimes another transaction comes first and changes one row that this one may have touched.
        Person meddled;
        const bool meddle = below(4) == 0 && !people_.empty();
        if (meddle) {
            meddled = std::next(people_.begin(), static_cast<std::ptrdiff_t>(below(people_.size())))->second;
            meddled.points["meddled"]++;
            transact(engine_, {}, [&](Transaction& other) { other.put(meddled, "meddled"); });
        }
        if (txn.commit_and_wait().outcome == Outcome::committed) {
            if (meddle) {
                REQUIRE(now[meddled.id] == people_[meddled.id]);
                now[meddled.id] = meddled;
            }
            people_ = std::move(now);
        } else {
            REQUIRE(meddle);
            people_[meddled.id] = meddled;
        }
    }
    void check() {
        Transaction txn(engine_, {});
        check(txn, people_);
    }

private:
    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
    std::string any(std::string_view kind, std::uint64_t bound) {
        return std::string(kind) + std::to_string(below(bound));
    }

    void put(Transaction& txn, People& now) {
        Person made = person(any("id", 40), any("name", 6), any("group", 3));
        if (below(3) == 0) made.email = any("mail", 10);
        if (below(3) == 0) made.email.clear();
        if (below(4) == 0) made.nick = any("nick", 8);
        made.born = Timestamp{Duration{static_cast<std::int64_t>(below(2000)) - 1000}};
        for (auto left = below(4); left > 0; --left) made.tags.insert(any("tag", 4));
        bool taken = false;
        for (const auto& [id, other] : now)
            taken |= id != made.id &&
                     ((!made.email.empty() && other.email == made.email) || (made.nick && other.nick == made.nick));
        if (taken) {
            REQUIRE_THROWS_AS(txn.put(made, "put"), UniqueViolation);
        } else {
            txn.put(made, "put");
            now[made.id] = made;
        }
    }
    void erase(Transaction& txn, People& now) {
        const Person gone = person(any("id", 40));
        txn.erase(gone, "erase");
        now.erase(gone.id);
    }

    static void require_scan(Transaction& txn, const std::vector<Person>& expected, std::string_view index,
                             const auto&... parts) {
        REQUIRE(txn.scan<Person>({.index = index}, parts...) == expected);
        std::vector<Person> backward(expected.rbegin(), expected.rend());
        REQUIRE(txn.scan<Person>({.index = index, .reverse = true}, parts...) == backward);
        if (expected.size() < 3) return;
        const auto& marker = expected[expected.size() / 2];
        const std::string cursor = Transaction::cursor_of(index, marker, parts...);
        const std::vector<Person> rest(expected.begin() + static_cast<std::ptrdiff_t>(expected.size() / 2) + 1,
                                       expected.end());
        REQUIRE(txn.scan<Person>({.index = index, .after = cursor}, parts...) == rest);
    }

    // Through every index, and by key.
    static void check(Transaction& txn, const People& now) {
        std::vector<Person> all;
        for (const auto& [id, each] : now) all.push_back(each);
        require_scan(txn, all, "");
        for (int i = 0; i < 40; ++i) {
            auto expected = now.find("id" + std::to_string(i));
            auto found = txn.peek<Person>("id" + std::to_string(i));
            REQUIRE(found.has_value() == (expected != now.end()));
            if (found) REQUIRE(*found == expected->second);
        }
        const auto some = [&](auto&& wanted, auto&& rank) {
            std::vector<Person> found;
            std::copy_if(all.begin(), all.end(), std::back_inserter(found), wanted);
            std::stable_sort(found.begin(), found.end(),
                             [&](const Person& a, const Person& b) { return rank(a) < rank(b); });
            return found;
        };
        const auto by_name = [](const Person& p) { return p.name; };
        for (const std::string& group : {"group0", "group1", "group2"}) {
            const auto in_group = [&](const Person& p) { return p.group == group; };
            require_scan(txn, some(in_group, by_name), "group", group);
            require_scan(txn, some(in_group, [](const Person& p) { return -p.born.time_since_epoch().count(); }),
                         "youngest", group);
        }
        for (const std::string& tag : {"tag0", "tag1", "tag2", "tag3"})
            require_scan(txn, some([&](const Person& p) { return p.tags.contains(tag); }, by_name), "tag", tag);
        for (const auto& each : all) {
            if (!each.email.empty()) REQUIRE(txn.find<Person>("email", each.email) == each);
            if (each.nick) REQUIRE(txn.find<Person>("nick", *each.nick) == each);
        }
        REQUIRE_FALSE(txn.find<Person>("email", "nobody has it"));
    }

    Engine& engine_;
    std::mt19937_64 random_;
    People people_;
};

}  // namespace

TEMPLATE_TEST_CASE("random transactions leave records and indexes as they leave a plain map", "", MemoryUnderTest,
                   RocksdbUnderTest) {
    const char* given = std::getenv("CUMULET_TEST_SEED");
    const std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    std::cout << "CUMULET_TEST_SEED=" << seed << std::endl;
    INFO("CUMULET_TEST_SEED=" << seed);
    TestType store;
    auto engine = store.open();
    Walk walk(*engine, seed);
    for (int i = 0; i < 300; ++i) walk.step();
    walk.check();
    // The change log alone leads to the same rows.
    People replayed;
    for (const auto& entry : read_changes(*engine, 0, 100'000))
        for (const auto& change : entry.changes) {
            if (!change.before.empty()) {
                const auto before = decode_row<Person>(change.before);
                REQUIRE(replayed[before.id] == before);
                replayed.erase(before.id);
            }
            if (!change.after.empty()) {
                const auto after = decode_row<Person>(change.after);
                replayed[after.id] = after;
            }
        }
    std::vector<Person> rows;
    for (const auto& [id, each] : replayed) rows.push_back(each);
    REQUIRE(Transaction(*engine, {}).scan<Person>({}) == rows);
}
