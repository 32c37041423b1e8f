#include "common/store/rocksdb/rocksdb_engine.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <random>

#include "tests/support/child.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace cumulet::store;
using cumulet::test::Child;
using cumulet::test::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

CommitResult put(Engine& engine, const std::string& key, std::string bytes) {
    return commit_and_wait(engine, {.writes = {{key, std::move(bytes)}}, .log = "entry"});
}

void write_file(const fs::path& file, std::string_view text) { std::ofstream(file, std::ios::trunc) << text; }

void limit_file_size(rlim_t bytes) {
    rlimit limit{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit) == 0);
    limit.rlim_cur = bytes;
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

std::uint64_t bytes_written_by_this_process() {
    std::ifstream io("/proc/self/io");
    std::string name;
    for (std::uint64_t value = 0; io >> name >> value;)
        if (name == "wchar:") return value;
    return 0;
}

}  // namespace

TEST_CASE("a write costs the same however much is stored, also where a commit writes to several collections") {
    TemporaryFolder temp;
    const auto engine =
        make_rocksdb_engine({.folder = temp.path() / "store", .write_buffer_bytes = 256u << 10, .sync = false});
    std::vector<std::uint64_t> costs;
    std::mt19937_64 random(1);
    int row = 100'000;
    for (int part = 0; part < 5; ++part) {
        const auto before = bytes_written_by_this_process();
        for (int commit = 0; commit < 400; ++commit) {
            Batch batch;
            for (int i = 0; i < 20; ++i, ++row)
                for (const auto* collection : {"rblob", "robject"}) {
                    std::string bytes(120, '\0');
                    for (auto& byte : bytes) byte = static_cast<char>(random());
                    batch.writes.push_back({collection + std::to_string(row), std::move(bytes)});
                }
            REQUIRE(commit_and_wait(*engine, std::move(batch)).outcome == Outcome::committed);
        }
        costs.push_back(bytes_written_by_this_process() - before);
    }
    CAPTURE(costs);
    REQUIRE(*std::max_element(costs.begin(), costs.end()) < 2 * costs[0]);
}

TEST_CASE("a write that a power cut tore is absent, all before it are there, and the store goes on") {
    TemporaryFolder temp;
    const auto left = temp.path() / "left";
    {
        const auto engine = make_rocksdb_engine({.folder = temp.path() / "store"});
        for (int i = 0; i < 20; ++i) put(*engine, "key" + std::to_string(i), std::string(300, 'v'));
        fs::copy(temp.path() / "store", left, fs::copy_options::recursive);  // as after a kill
    }
    fs::path log;
    for (const auto& entry : fs::directory_iterator(left / "db"))
        if (entry.path().extension() == ".log" && entry.path() > log) log = entry.path();
    const auto size = fs::file_size(log);
    SECTION("cut off") { fs::resize_file(log, size - 200); }
    SECTION("other bytes") {
        std::fstream file(log, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(size - 200));
        file << "torn";
    }
    const auto check = [&](Engine& engine) {
        for (int i = 0; i < 20; ++i) {
            CAPTURE(i);
            REQUIRE(engine.snapshot()->get("key" + std::to_string(i)).has_value() == (i < 19));
        }
    };
    {
        const auto engine = make_rocksdb_engine({.folder = left});
        check(*engine);
        REQUIRE(engine->last_revision() == 19);
        REQUIRE(put(*engine, "after", "v").outcome == Outcome::committed);
    }
    const auto engine = make_rocksdb_engine({.folder = left});
    check(*engine);
    REQUIRE(engine->snapshot()->get("after").has_value());
}

TEST_CASE("a store that was tidied holds what it held, and nobody may have it open meanwhile") {
    TemporaryFolder temp;
    const RocksdbOptions options{.folder = temp.path() / "store", .write_buffer_bytes = 64u << 10};
    auto engine = make_rocksdb_engine(options);
    for (int i = 0; i < 40; ++i)
        REQUIRE(put(*engine, "k" + std::to_string(i), std::string(10'000, 'x')).outcome == Outcome::committed);
    REQUIRE_THROWS_AS(tidy_rocksdb(options), StoreError);
    engine.reset();
    tidy_rocksdb(options);
    engine = make_rocksdb_engine(options);
    for (int i = 0; i < 40; ++i) REQUIRE(engine->snapshot()->get("k" + std::to_string(i)));
    REQUIRE(engine->last_revision() == 40);
    REQUIRE(engine->read_log(0, 100).size() == 40);
}

TEST_CASE("a store of a newer format is refused and left alone") {
    TemporaryFolder temp;
    const auto folder = temp.path() / "store";
    make_rocksdb_engine({.folder = folder});
    write_file(folder / "FORMAT", "cumulet-store 2\n");
    REQUIRE_THROWS_WITH(make_rocksdb_engine({.folder = folder}),
                        Catch::Matchers::Contains("has format 2") && Catch::Matchers::Contains("up to 1"));
    REQUIRE_THROWS_AS(restore_rocksdb(folder, temp.path() / "copy"), StoreError);
    REQUIRE_FALSE(fs::exists(temp.path() / "copy"));
    write_file(folder / "FORMAT", "cumulet-store 1\n");
    REQUIRE_NOTHROW(make_rocksdb_engine({.folder = folder}));
}

TEST_CASE("what is no store, damaged or held by another is a store error") {
    TemporaryFolder temp;
    const auto folder = temp.path() / "store";
    auto engine = make_rocksdb_engine({.folder = folder});
    REQUIRE_THROWS_WITH(make_rocksdb_engine({.folder = folder}), Catch::Matchers::Contains("lock"));
    put(*engine, "a", "b");
    engine.reset();
    write_file(folder / "db" / "CURRENT", "nonsense\n");
    REQUIRE_THROWS_AS(make_rocksdb_engine({.folder = folder}), StoreError);
    fs::remove(folder / "FORMAT");
    REQUIRE_THROWS_WITH(make_rocksdb_engine({.folder = folder}), Catch::Matchers::Contains("is not a store"));
    write_file(temp.path() / "file", "");
    REQUIRE_THROWS_AS(make_rocksdb_engine({.folder = temp.path() / "file"}), StoreError);
}

TEST_CASE("a backup is restored into a new or an empty folder only") {
    TemporaryFolder temp;
    auto engine = make_rocksdb_engine({.folder = temp.path() / "store"});
    put(*engine, "a", "b");
    engine->backup(temp.path() / "deep" / "backup");
    REQUIRE_THROWS_AS(restore_rocksdb(temp.path() / "deep" / "backup", temp.path() / "store"), StoreError);
    REQUIRE_THROWS_AS(restore_rocksdb(temp.path() / "nowhere", temp.path() / "new"), StoreError);
    fs::create_directory(temp.path() / "empty");
    restore_rocksdb(temp.path() / "deep" / "backup", temp.path() / "empty");
    REQUIRE(make_rocksdb_engine({.folder = temp.path() / "empty"})->snapshot()->get("a")->bytes == "b");
    REQUIRE(engine->snapshot()->get("a")->bytes == "b");
    REQUIRE_FALSE(fs::exists(temp.path() / "deep" / "backup.partial"));
    REQUIRE_FALSE(fs::exists(temp.path() / "empty.partial"));
    // What they hold is nobody else's to read.
    for (const auto* each : {"store", "deep/backup", "empty"}) {
        INFO(each);
        CHECK((fs::status(temp.path() / each).permissions() & fs::perms(077)) == fs::perms::none);
    }
}

TEST_CASE("a snapshot may outlive its engine") {
    TemporaryFolder temp;
    auto engine = make_rocksdb_engine({.folder = temp.path() / "store"});
    put(*engine, "a", "b");
    auto snapshot = engine->snapshot();
    engine.reset();
    REQUIRE(snapshot->get("a")->bytes == "b");
}

TEST_CASE("commits beyond the bound of the queue fail at once") {
    TemporaryFolder temp;
    auto engine = make_rocksdb_engine({.folder = temp.path() / "store", .max_waiting_commits = 0});
    REQUIRE(put(*engine, "a", "b").outcome == Outcome::failed);
}

TEST_CASE("commits fail while the disk has less room than the store keeps free") {
    TemporaryFolder temp;
    const auto folder = temp.path() / "store";
    put(*make_rocksdb_engine({.folder = folder}), "a", "b");
    auto engine = make_rocksdb_engine({.folder = folder, .min_free_bytes = std::size_t{1} << 60});
    const auto result = put(*engine, "a", "c");
    REQUIRE(result.outcome == Outcome::failed);
    REQUIRE(result.error == "the disk of the store is full");
    REQUIRE(engine->snapshot()->get("a")->bytes == "b");
}

TEST_CASE("RocksDB's own notes stay small") {
    TemporaryFolder temp;
    for (int i = 0; i < 12; ++i) make_rocksdb_engine({.folder = temp.path() / "store"});
    int notes = 0;
    std::uintmax_t size = 0;
    for (const auto& entry : fs::directory_iterator(temp.path() / "store" / "db"))
        if (entry.path().filename().string().starts_with("LOG")) {
            ++notes;
            size += entry.file_size();
        }
    REQUIRE(notes <= 3);
    REQUIRE(size < 1u << 20);
}

TEST_CASE("a commit that the disk refuses fails, the store stays well and goes on when there is room again") {
    TemporaryFolder temp;
    Child child({"/proc/self/exe", "child: a disk that is full for a while"}, temp.file("output"),
                {{"STORE_TEST_FOLDER", temp.path()}});
    const int status = child.wait();
    INFO(cumulet::test::read_file(temp.file("output")));
    REQUIRE(status == 0);
    auto engine = make_rocksdb_engine({.folder = temp.path() / "store"});
    auto snapshot = engine->snapshot();
    REQUIRE(snapshot->get("before"));
    REQUIRE(snapshot->get("after"));
    int rows = 0;
    snapshot->scan({"full", "fulm"}, [&](std::string_view, std::string_view, Revision) { return ++rows > 0; });
    std::ifstream in(temp.path() / "committed");
    int committed = -1;
    in >> committed;
    REQUIRE(rows == committed);
    REQUIRE(engine->read_log(0, 10000).size() == engine->last_revision());
}

TEST_CASE("child: a disk that is full for a while", "[.]") {
    const char* given = std::getenv("STORE_TEST_FOLDER");
    if (!given) return;
    const fs::path folder = given;
    ::signal(SIGXFSZ, SIG_IGN);
    auto engine = make_rocksdb_engine({.folder = folder / "store"});
    REQUIRE(put(*engine, "before", "x").outcome == Outcome::committed);
    int committed = 0, failed = 0;
    limit_file_size(200'000);
    for (int round = 0; round < 60; ++round) {
        const auto result =
            commit_and_wait(*engine, {.compares = {},
                                      .writes = {{"full" + std::to_string(round), std::string(10'000, 'x')}},
                                      .adds = {{"rows", 1, std::nullopt}},
                                      .log = "full"});
        if (result.outcome == Outcome::committed) {
            ++committed;
            continue;
        }
        REQUIRE(result.outcome == Outcome::failed);
        REQUIRE_FALSE(result.error.empty());
        ++failed;
        // What is there stays readable, what failed is not there.
        REQUIRE(engine->snapshot()->get("before"));
        REQUIRE_FALSE(engine->snapshot()->get("full" + std::to_string(round)));
        REQUIRE(engine->snapshot()->counter("rows") == committed);
    }
    REQUIRE(failed > 0);
    auto long_reader = engine->snapshot();
    limit_file_size(RLIM_INFINITY);
    // A snapshot that is still open puts recovery off, and stays readable.
    REQUIRE(put(*engine, "after", "x").outcome == Outcome::failed);
    REQUIRE(long_reader->get("before"));
    long_reader.reset();
    const auto result = commit_and_wait(
        *engine, {.compares = {}, .writes = {{"after", "x"}}, .adds = {{"rows", 1, std::nullopt}}, .log = "after"});
    INFO(result.error);
    REQUIRE(result.outcome == Outcome::committed);
    REQUIRE(engine->snapshot()->get("after"));
    // What was counted but not written is not counted.
    REQUIRE(engine->snapshot()->counter("rows") == committed + 1);
    write_file(folder / "committed", std::to_string(committed));
    // Not closed in order: what was acknowledged must not need it.
    std::_Exit(0);
}
