#include "objectstore/engine/local_engine.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "common/store/rocksdb/rocksdb_engine.hpp"
#include "common/store/transaction.hpp"
#include "engine_conformance.hpp"
#include "objectstore/engine/blob_row.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;

namespace {

// What a child of the crash test acknowledged: it writes one line after each durable blob.
struct Acknowledged {
    Blob blob;
    std::size_t seed = 0;
};

std::string bytes_for(std::size_t seed) {
    return std::string(seed % 3 == 0 ? 150'000 + seed : 500 + seed, static_cast<char>('a' + seed % 26));
}

[[noreturn]] void put_until_killed(const std::filesystem::path& folder, int report) {
    auto store = store::make_rocksdb_engine({.folder = folder / "store"});
    auto engine = make_local_engine(*store, {.folder = folder / "data"});
    for (std::size_t seed = 0;; ++seed) {
        const auto blob = testing::store_bytes(*store, *engine, bytes_for(seed), 65'536);
        const std::uint64_t words[] = {blob.file, blob.shared, blob.offset, blob.length, blob.checksum, seed};
        if (::write(report, words, sizeof words) != sizeof words) ::_exit(1);
    }
}

std::vector<Acknowledged> run_and_kill(const std::filesystem::path& folder, std::size_t after) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) put_until_killed(folder, ends[1]);
    ::close(ends[1]);
    std::vector<Acknowledged> all;
    std::uint64_t words[6];
    while (::read(ends[0], words, sizeof words) == sizeof words) {
        all.push_back({{words[0], words[1] != 0, words[2], words[3], words[4]}, words[5]});
        if (all.size() == after) ::kill(child, SIGKILL);
    }
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    return all;
}

}  // namespace

TEST_CASE("the local engine holds the contract of engines") {
    cumulet::test::TemporaryFolder folder;
    auto store = store::make_memory_engine();
    testing::check_engine(
        [&](store::Engine& on) {
            return make_local_engine(on, {.folder = folder.path() / "data", .min_free_bytes = 0});
        },
        *store);
}

TEST_CASE("what was acknowledged before a kill is all there, and nothing else is left") {
    cumulet::test::TemporaryFolder folder;
    const auto all = run_and_kill(folder.path(), 40);
    REQUIRE(all.size() >= 40);
    auto store = store::make_rocksdb_engine({.folder = folder.path() / "store"});
    auto engine = make_local_engine(*store, {.folder = folder.path() / "data"});
    engine->sweep();
    for (const auto& each : all) {
        REQUIRE(each.blob.length == bytes_for(each.seed).size());
        REQUIRE(engine->verify(each.blob));
    }
    std::size_t own_files = 0, own_rows = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path() / "data" / "files"))
        own_files += entry.is_regular_file() ? 1 : 0;
    store::Transaction txn(*store, {});
    for (const auto& row : txn.scan<BlobRow>({})) own_rows += row.length > 65'536 ? 1 : 0;
    REQUIRE(own_files == own_rows);
}

TEST_CASE("rot is found") {
    cumulet::test::TemporaryFolder folder;
    auto store = store::make_memory_engine();
    auto engine = make_local_engine(*store, {.folder = folder.path() / "data"});
    const auto blob = testing::store_bytes(*store, *engine, std::string(100'000, 'r'), 65'536);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path() / "data" / "files")) {
        if (!entry.is_regular_file()) continue;
        std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(50'000);
        file.put('!');
    }
    REQUIRE_FALSE(engine->verify(blob));
}

TEST_CASE("a full disk refuses new objects") {
    cumulet::test::TemporaryFolder folder;
    auto store = store::make_memory_engine();
    auto engine =
        make_local_engine(*store, {.folder = folder.path() / "data", .min_free_bytes = std::uint64_t{1} << 62});
    REQUIRE_THROWS_AS(engine->writer({}), EngineError);
}

TEST_CASE("a segment goes with the last blob in it") {
    cumulet::test::TemporaryFolder folder;
    auto store = store::make_memory_engine();
    auto engine = make_local_engine(*store, {.folder = folder.path() / "data", .segment_bytes = 10'000});
    const auto segments = [&] {
        const std::filesystem::directory_iterator all(folder.path() / "data" / "segments");
        return std::distance(begin(all), end(all));
    };
    std::vector<Blob> blobs;
    for (int i = 0; i < 15; ++i) blobs.push_back(testing::store_bytes(*store, *engine, std::string(2'000, 's'), 2'000));
    REQUIRE(segments() == 3);
    const auto remove = [&](const Blob& blob) { testing::remove_blob(*store, *engine, blob); };
    for (int i = 0; i < 9; ++i) remove(blobs[static_cast<std::size_t>(i)]);
    REQUIRE(segments() == 2);
    REQUIRE(engine->verify(blobs[9]));
    for (int i = 9; i < 15; ++i) remove(blobs[static_cast<std::size_t>(i)]);
    REQUIRE(segments() == 1);
}
