// Several disks, some of which fail.
#include <atomic>
#include <cerrno>

#include <catch2/catch.hpp>
#include <fstream>
#include <set>

#include "common/runtime/log.hpp"
#include "common/store/transaction.hpp"
#include "engine_conformance.hpp"
#include "objectstore/engine/blob_row.hpp"
#include "objectstore/engine/files.hpp"
#include "objectstore/engine/local_engine.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::read_body;
using testing::store_bytes;
namespace fs = std::filesystem;

namespace {

struct TwoDisks {
    TwoDisks() { open(); }
    void open() {
        log::set_level(log::Level::error);
        engine.reset();
        engine = make_local_engine(
            *store,
            {.folder = first(), .more_folders = {second()}, .min_free_bytes = 0, .trust = std::chrono::seconds(0)});
    }
    fs::path first() const { return folder.path() / "one"; }
    fs::path second() const { return folder.path() / "two"; }
    // Which disks took a number of new blobs.
    std::set<std::uint32_t> disks_of_new(std::size_t size, int count = 40) {
        std::set<std::uint32_t> used;
        for (int i = 0; i < count; ++i) try {
                used.insert(store_bytes(*store, *engine, std::string(size, 'd'), 65'536).disk);
            } catch (const EngineError&) {
            }
        return used;
    }

    cumulet::test::TemporaryFolder folder;
    std::unique_ptr<store::Engine> store = store::make_memory_engine();
    std::unique_ptr<LocalEngine> engine;
};

FaultHook failing(const fs::path& below, FileOp op, int error) {
    return [below, op, error](FileOp asked, const fs::path& path, std::size_t) {
        const bool here = path.string().starts_with(below.string());
        return FileFault{.error = here && asked == op ? error : 0};
    };
}

}  // namespace

TEST_CASE("an engine on two disks holds the contract of engines") {
    cumulet::test::TemporaryFolder folder;
    auto store = store::make_memory_engine();
    testing::check_engine(
        [&](store::Engine& on) {
            return make_local_engine(
                on, {.folder = folder.path() / "one", .more_folders = {folder.path() / "two"}, .min_free_bytes = 0});
        },
        *store);
}

TEST_CASE("new blobs go to all disks and are found whatever the order of the folders") {
    TwoDisks disks;
    const auto a = store_bytes(*disks.store, *disks.engine, std::string(100'000, 'a'), 65'536);
    REQUIRE(disks.disks_of_new(1000) == std::set<std::uint32_t>{0, 1});
    REQUIRE(disks.disks_of_new(100'000) == std::set<std::uint32_t>{0, 1});
    disks.engine.reset();
    disks.engine = make_local_engine(*disks.store, {.folder = disks.second(), .more_folders = {disks.first()}});
    REQUIRE(read_body(disks.engine->open(a, 0, 100'000)) == std::string(100'000, 'a'));
}

TEST_CASE("a disk that refuses to write takes no new blobs, the other goes on, and what is on it is read") {
    TwoDisks disks;
    std::vector<Blob> before;
    for (int i = 0; i < 30; ++i)
        before.push_back(store_bytes(*disks.store, *disks.engine, std::string(i % 2 ? 500 : 90'000, 'b'), 65'536));
    const auto op = GENERATE(FileOp::write, FileOp::sync);
    const auto error = GENERATE(EIO, ENOSPC, EROFS);
    const auto size = GENERATE(1'000u, 100'000u);
    CAPTURE(op, error, size);
    {
        const FaultInjection faults(failing(disks.second(), op, error));
        disks.disks_of_new(size);  // until the disk is found out
        REQUIRE(disks.disks_of_new(size) == std::set<std::uint32_t>{0});
    }
    REQUIRE(disks.disks_of_new(size) == std::set<std::uint32_t>{0});
    REQUIRE(disks.engine->complaint().has_value() == (error != ENOSPC));
    for (const auto& blob : before) REQUIRE(read_body(disks.engine->open(blob, 0, blob.length)).size() == blob.length);
    disks.open();
    REQUIRE(disks.disks_of_new(size) == std::set<std::uint32_t>{0, 1});
}

TEST_CASE("when every disk is full that is what is said, when every disk fails as well") {
    TwoDisks disks;
    const auto error = GENERATE(EIO, ENOSPC);
    const FaultInjection faults(failing(disks.folder.path(), FileOp::write, error));
    disks.disks_of_new(1000);
    try {
        disks.engine->writer({});
        FAIL("a writer was given");
    } catch (const EngineError& complaint) {
        REQUIRE(complaint.kind == (error == EIO ? EngineError::Kind::failed : EngineError::Kind::full));
    }
}

TEST_CASE("with one disk full and one failing the third takes what comes, and all of them are read") {
    log::set_level(log::Level::error);
    cumulet::test::TemporaryFolder folder;
    auto store = store::make_memory_engine();
    const auto full = folder.path() / "full", failing_one = folder.path() / "failing";
    const auto engine = make_local_engine(*store, {.folder = folder.path() / "well",
                                                   .more_folders = {full, failing_one},
                                                   .min_free_bytes = 0,
                                                   .trust = std::chrono::seconds(0)});
    const auto size = GENERATE(1'000u, 100'000u);
    std::vector<Blob> before;
    std::set<std::uint32_t> used;
    for (int i = 0; i < 60; ++i) before.push_back(store_bytes(*store, *engine, std::string(size, 'b'), 65'536));
    for (const auto& blob : before) used.insert(blob.disk);
    REQUIRE(used == std::set<std::uint32_t>{0, 1, 2});
    const FaultInjection faults([&](FileOp op, const fs::path& path, std::size_t) {
        if (op == FileOp::write && path.string().starts_with(full.string())) return FileFault{.error = ENOSPC};
        if (op == FileOp::sync && path.string().starts_with(failing_one.string())) return FileFault{.error = EIO};
        return FileFault{};
    });
    const auto began = std::chrono::steady_clock::now();
    int refused = 0;
    used.clear();
    for (int i = 0; i < 60; ++i) try {
            used.insert(store_bytes(*store, *engine, std::string(size, 'd'), 65'536).disk);
        } catch (const EngineError&) {
            ++refused;
        }
    REQUIRE(used == std::set<std::uint32_t>{0});
    // Each is found out by the one blob that it refused; the full one is asked again each five seconds.
    REQUIRE(refused >= 2);
    REQUIRE(refused <= 2 + (std::chrono::steady_clock::now() - began) / std::chrono::seconds(5));
    REQUIRE(engine->complaint().value().starts_with("disk 2 "));
    for (const auto& blob : before) REQUIRE(read_body(engine->open(blob, 0, blob.length)) == std::string(size, 'b'));
}

TEST_CASE("room that was given back is taken at once, whatever was seen a moment ago") {
    cumulet::test::TemporaryFolder folder;
    auto store = store::make_memory_engine();
    const auto engine = make_local_engine(*store, {.folder = folder.path() / "data", .min_free_bytes = 1});
    std::atomic<bool> full{true};
    const FaultInjection faults([&](FileOp op, const fs::path&, std::size_t) {
        return FileFault{.error = op == FileOp::free_bytes && full ? ENOSPC : 0};
    });
    REQUIRE_THROWS_AS(engine->writer({}), EngineError);
    full = false;
    REQUIRE_NOTHROW(engine->writer({}));
}

TEST_CASE("a failed write leaves nothing behind and nothing is acknowledged, whichever write it is") {
    TwoDisks disks;
    const auto size = GENERATE(1'000u, 200'000u);
    const auto error = GENERATE(EIO, ENOSPC);
    const auto torn = GENERATE(true, false);
    std::size_t failures = 0;
    for (int fail_at = 0;; ++fail_at) {
        disks.open();
        std::atomic<int> calls{0};
        bool refused = false;
        {
            const FaultInjection faults([&](FileOp op, const fs::path&, std::size_t bytes) {
                if (op == FileOp::read || op == FileOp::free_bytes || calls++ != fail_at) return FileFault{};
                return FileFault{.error = error, .at_most = torn && op == FileOp::write ? bytes / 2 : ~std::size_t{0}};
            });
            try {
                store_bytes(*disks.store, *disks.engine, std::string(size, 'w'), 65'536);
            } catch (const EngineError&) {
                refused = true;
            }
        }
        store::Transaction txn(*disks.store, {});
        const auto rows = txn.scan<BlobRow>({});
        REQUIRE(rows.size() == (refused ? 0 : 1));
        disks.open();
        disks.engine->sweep();
        std::size_t files = 0;
        for (const auto& entry : fs::recursive_directory_iterator(disks.folder.path()))
            files += entry.is_regular_file() && entry.path().filename().string().size() == 16 ? 1 : 0;
        REQUIRE(files == rows.size());
        if (!refused) break;
        ++failures;
    }
    REQUIRE(failures >= 3);
}

TEST_CASE("short writes are written on") {
    TwoDisks disks;
    const FaultInjection faults([](FileOp, const fs::path&, std::size_t) { return FileFault{.at_most = 777}; });
    const std::string bytes(150'000, 's');
    const auto blob = store_bytes(*disks.store, *disks.engine, bytes, 65'536);
    REQUIRE(read_body(disks.engine->open(blob, 0, blob.length)) == bytes);
}

TEST_CASE("a disk that is not mounted is no empty disk") {
    TwoDisks disks;
    std::vector<Blob> blobs;
    for (int i = 0; i < 30; ++i) blobs.push_back(store_bytes(*disks.store, *disks.engine, std::string(100, 'm'), 100));
    disks.engine.reset();
    fs::rename(disks.second(), disks.folder.path() / "elsewhere");
    fs::create_directory(disks.second());
    disks.open();
    REQUIRE(fs::is_empty(disks.second()));
    REQUIRE(disks.disks_of_new(1000) == std::set<std::uint32_t>{0});
    for (const auto& blob : blobs)
        if (blob.disk == 0)
            REQUIRE(read_body(disks.engine->open(blob, 0, blob.length)).size() == 100);
        else
            REQUIRE_THROWS_AS(disks.engine->open(blob, 0, blob.length), EngineError);
    REQUIRE_THROWS_AS(disks.engine->backup(disks.folder.path() / "backup", [] {}), EngineError);
    disks.engine.reset();
    fs::remove(disks.second());
    fs::rename(disks.folder.path() / "elsewhere", disks.second());
    disks.open();
    for (const auto& blob : blobs) REQUIRE(disks.engine->verify(blob));
}

TEST_CASE("a disk of another store is refused") {
    TwoDisks disks;
    disks.engine.reset();
    std::ofstream(disks.second() / "disk") << "1 0123456789abcdef\n";
    disks.open();
    REQUIRE(disks.disks_of_new(1000) == std::set<std::uint32_t>{0});
}

TEST_CASE("a disk that cannot be read says so for its own blobs only") {
    TwoDisks disks;
    std::vector<Blob> blobs;
    for (int i = 0; i < 20; ++i) blobs.push_back(store_bytes(*disks.store, *disks.engine, std::string(100, 'm'), 100));
    const FaultInjection faults(failing(disks.first(), FileOp::read, EIO));
    for (const auto& blob : blobs)
        if (blob.disk == 0)
            REQUIRE_THROWS_AS(read_body(disks.engine->open(blob, 0, 100)), EngineError);
        else
            REQUIRE(read_body(disks.engine->open(blob, 0, 100)).size() == 100);
}
