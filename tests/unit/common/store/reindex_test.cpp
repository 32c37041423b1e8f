#include "common/store/reindex.hpp"

#include <catch2/catch.hpp>

#include "sample_records.hpp"

using namespace cumulet;
using namespace cumulet::store;

namespace {

// What a newer release makes of the collection "person": one index gone, one new, one with other parts.
struct Citizen : Person {};

}  // namespace

namespace cumulet::store {
template <>
struct Describe<Citizen> {
    static constexpr std::string_view collection = "person";
    static constexpr int version = 1;
    static constexpr auto key = List{&Citizen::id};
    static constexpr auto fields = Describe<Person>::fields;
    static constexpr auto indexes = List{index("group", &Citizen::group, &Citizen::id), unique("name", &Citizen::name)};
    static constexpr int index_version = 2;
};
}  // namespace cumulet::store

namespace {

template <class R>
std::vector<std::string> ids(Engine& engine, std::string_view index, const auto&... parts) {
    std::vector<std::string> found;
    for (const auto& each : Transaction(engine, {}).scan<R>({.index = index}, parts...)) found.push_back(each.id);
    return found;
}

std::size_t index_entries_of_people(Engine& engine) {
    std::size_t count = 0;
    const auto prefix = detail::index_prefix("person", "group").substr(0, 1);
    engine.snapshot()->scan({prefix, prefix_end(prefix)}, [&](std::string_view key, std::string_view, Revision) {
        count += key.find("person") != std::string_view::npos;
        return true;
    });
    return count;
}

}  // namespace

TEST_CASE("indexes follow their declaration in stores that were written before it changed") {
    auto engine = make_memory_engine();
    constexpr int kPeople = 1200;  // more than one commit's worth
    transact(*engine, {}, [](Transaction& txn) {
        for (int i = 0; i < kPeople; ++i)
            txn.put(person(fmt::format("{:04}", i), fmt::format("n{}", kPeople - i), i % 2 ? "odd" : "even"),
                    "created");
    });
    const auto logged = read_changes(*engine, 0, 10'000).size();
    CHECK(ids<Citizen>(*engine, "name").empty());

    CHECK(ensure_indexes<Citizen>(*engine) == kPeople);
    CHECK(ids<Citizen>(*engine, "name").size() == kPeople);
    const auto even = ids<Citizen>(*engine, "group", "even");
    CHECK(even.size() == kPeople / 2);
    CHECK(std::is_sorted(even.begin(), even.end()));
    CHECK(index_entries_of_people(*engine) == 2 * kPeople);  // nothing of the old ones is left
    CHECK(read_changes(*engine, 0, 10'000).size() == logged);
    CHECK(ensure_indexes<Citizen>(*engine) == 0);

    // Back to the older release.
    CHECK(ensure_indexes<Person>(*engine) == kPeople);
    CHECK(ids<Person>(*engine, "initial", "n").size() == kPeople);
}

TEST_CASE("rows that do not fit a new unique index are named, and nothing passes for done") {
    auto engine = make_memory_engine();
    transact(*engine, {}, [](Transaction& txn) {
        txn.put(person("1", "same"), "created");
        txn.put(person("2", "same"), "created");
    });
    CHECK_THROWS_AS(ensure_indexes<Citizen>(*engine), UniqueViolation);
    CHECK_THROWS_AS(ensure_indexes<Citizen>(*engine), UniqueViolation);
    transact(*engine, {}, [](Transaction& txn) { txn.erase(*txn.get<Person>("2"), "deleted"); });
    CHECK(ensure_indexes<Citizen>(*engine) == 1);
}

TEST_CASE("a new store is marked at once") {
    auto engine = make_memory_engine();
    CHECK(ensure_indexes<Person>(*engine) == 0);
    transact(*engine, {}, [](Transaction& txn) { txn.put(person("1"), "created"); });
    CHECK(ensure_indexes<Person>(*engine) == 0);
}
