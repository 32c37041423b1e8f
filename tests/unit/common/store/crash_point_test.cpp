#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>

#include "common/runtime/crash_point.hpp"
#include "sample_records.hpp"
#include "stores_under_test.hpp"
#include "tests/support/child.hpp"

using namespace cumulet;
using namespace cumulet::store;
using test::Child;
using test::TemporaryFolder;

namespace {

// The status of a child that commits two people, with these variables set.
int commit_in_child(const TemporaryFolder& temp, std::vector<std::pair<std::string, std::string>> environment) {
    environment.emplace_back("STORE_TEST_FOLDER", temp.path());
    return Child({"/proc/self/exe", "child: commits two people"}, temp.file("output"), environment).wait();
}

std::size_t people_in(const TemporaryFolder& temp) {
    auto engine = make_rocksdb_engine({.folder = temp.path() / "store"});
    const auto rows = Transaction(*engine, {}).scan<Person>({}).size();
    REQUIRE(engine->last_revision() == rows);
    return rows;
}

}  // namespace

TEST_CASE("a process dies at the crash point that it was told") {
    const int killed = 128 + SIGKILL;
    const auto rows_after = [&](const std::string& point, int status) {
        TemporaryFolder temp;
        REQUIRE(commit_in_child(temp, {{"CUMULET_CRASH_AT", point}}) == status);
        return people_in(temp);
    };
    REQUIRE(rows_after("person.created", killed) == 0);
    REQUIRE(rows_after("person.created/before", killed) == 0);
    REQUIRE(rows_after("person.created/after", killed) == 1);
    REQUIRE(rows_after("person.created/before:2", killed) == 1);
    REQUIRE(rows_after("person.created/after:2", killed) == 2);
    REQUIRE(rows_after("person.created:4", killed) == 2);
    REQUIRE(rows_after("person.created:5", 0) == 2);
    REQUIRE(rows_after("person.elsewhere", 0) == 2);
}

TEST_CASE("a run can list the crash points that it passes") {
    TemporaryFolder temp;
    REQUIRE(commit_in_child(temp, {{"CUMULET_CRASH_LOG", temp.file("points")}}) == 0);
    REQUIRE(test::read_file(temp.file("points")) == "person.created/before\nperson.created/after\n");
}

TEST_CASE("child: commits two people", "[.]") {
    const char* folder = std::getenv("STORE_TEST_FOLDER");
    if (!folder) return;
    auto engine = make_rocksdb_engine({.folder = std::filesystem::path(folder) / "store"});
    for (const char* id : {"a", "b"}) transact(*engine, {}, [&](Transaction& txn) { txn.put(person(id), "created"); });
}
