// Compaction and scrubbing.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "common/store/rocksdb/rocksdb_engine.hpp"
#include "common/store/transaction.hpp"
#include "engine_conformance.hpp"
#include "objectstore/engine/blob_row.hpp"
#include "objectstore/engine/files.hpp"
#include "objectstore/engine/local_engine.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::read_body;
using testing::remove_blob;
using testing::store_bytes;

namespace {

namespace fs = std::filesystem;

std::string bytes_for(std::size_t seed) {
    return std::string(1'000 + seed % 7 * 300, static_cast<char>('a' + seed % 26));
}

std::uint64_t segment_bytes(const fs::path& data) {
    std::uint64_t bytes = 0;
    for (const auto& entry : fs::directory_iterator(data / "segments")) bytes += entry.file_size();
    return bytes;
}

struct Stored {
    Blob blob;
    std::string bytes;
};

// Turns over one byte of a file.
void rot(const fs::path& path, std::uint64_t at) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const char byte = static_cast<char>(file.get() ^ 1);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
}

fs::path only_file(const fs::path& folder) {
    fs::path found;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file()) found = entry.path();
    return found;
}

class Fixture {
public:
    Fixture() { open(); }
    void open(std::uint64_t upkeep_bytes_per_s = 0) {
        engine.reset();
        engine = make_local_engine(*store, {.folder = folder.path() / "data",
                                            .segment_bytes = 20'000,
                                            .min_free_bytes = 0,
                                            .trust = std::chrono::seconds(0),
                                            .upkeep_bytes_per_s = upkeep_bytes_per_s});
    }
    std::vector<Stored> fill(std::size_t count) {
        std::vector<Stored> all;
        for (std::size_t i = 0; i < count; ++i)
            all.push_back({store_bytes(*store, *engine, bytes_for(i), 5'000), bytes_for(i)});
        return all;
    }
    std::string read(const Stored& stored) { return read_body(engine->open(stored.blob, 0, stored.blob.length)); }
    fs::path data() const { return folder.path() / "data"; }

    cumulet::test::TemporaryFolder folder;
    std::unique_ptr<store::Engine> store = store::make_memory_engine();
    std::unique_ptr<LocalEngine> engine;
};

}  // namespace

TEST_CASE("compaction gives the space of removed blobs back and loses none of the others") {
    Fixture fixture;
    auto all = fixture.fill(200);
    for (std::size_t i = 0; i < all.size(); ++i)
        if (i % 4 != 0) remove_blob(*fixture.store, *fixture.engine, all[i].blob);
    const auto before = segment_bytes(fixture.data());
    REQUIRE(fixture.engine->compact() > 0);
    REQUIRE(segment_bytes(fixture.data()) < before / 2);
    for (int round = 0; round < 2; ++round) {  // moved ones are found again, also after a start
        for (std::size_t i = 0; i < all.size(); i += 4) {
            REQUIRE(fixture.read(all[i]) == all[i].bytes);
            REQUIRE(fixture.engine->verify(all[i].blob));
        }
        fixture.open();
        fixture.engine->sweep();
    }
    SECTION("moved blobs are moved again") {
        for (std::size_t i = 0; i < all.size(); i += 8) remove_blob(*fixture.store, *fixture.engine, all[i].blob);
        REQUIRE(fixture.engine->compact() > 0);
        for (std::size_t i = 4; i < all.size(); i += 8) REQUIRE(fixture.read(all[i]) == all[i].bytes);
    }
    SECTION("when all are removed nothing is left") {
        for (std::size_t i = 0; i < all.size(); i += 4) remove_blob(*fixture.store, *fixture.engine, all[i].blob);
        fixture.open();
        fixture.engine->compact();
        REQUIRE(segment_bytes(fixture.data()) == 0);
        store::Transaction txn(*fixture.store, {});
        REQUIRE(txn.scan<BlobRow>({}).empty());
        for (const auto& [name, value] : txn.counters("segment/")) REQUIRE(value == 0);
    }
}

TEST_CASE("readers and writers go on while segments are compacted") {
    Fixture fixture;
    auto all = fixture.fill(150);
    for (std::size_t i = 0; i < all.size(); ++i)
        if (i % 3 != 0) remove_blob(*fixture.store, *fixture.engine, all[i].blob);
    std::atomic<bool> stop{false};
    std::atomic<std::size_t> wrong{0}, reads{0};
    std::thread reader([&] {
        do {
            for (std::size_t i = 0; i < all.size(); i += 3, ++reads)
                if (fixture.read(all[i]) != all[i].bytes) ++wrong;
        } while (!stop);
    });
    std::thread writer([&] {
        while (!stop) {
            const auto blob = store_bytes(*fixture.store, *fixture.engine, bytes_for(7), 5'000);
            remove_blob(*fixture.store, *fixture.engine, blob);
        }
    });
    for (int i = 0; i < 10; ++i) fixture.engine->compact();
    stop = true;
    reader.join();
    writer.join();
    REQUIRE(wrong == 0);
    REQUIRE(reads > 0);
}

TEST_CASE("the scrubber finds rot, marks it, and forgets it with its blob") {
    Fixture fixture;
    auto all = fixture.fill(20);
    const Stored large{store_bytes(*fixture.store, *fixture.engine, std::string(300'000, 'l'), 65'536),
                       std::string(300'000, 'l')};
    REQUIRE(fixture.engine->scrub(1000).rotten == 0);
    rot(only_file(fixture.data() / "files"), 200'000);
    rot(fixture.data() / "segments" / fmt::format("{:016x}", all[3].blob.file), all[3].blob.offset + 5);
    const auto report = fixture.engine->scrub(1000);
    REQUIRE(report.round_finished);
    REQUIRE(report.blobs == 21);
    REQUIRE(report.rotten == 2);
    REQUIRE(fixture.store->snapshot()->counter("blobs/rotten") == 2);
    const auto first = fixture.engine->rotten(nullptr, 1);
    REQUIRE(first.size() == 1);
    REQUIRE(first[0].file == all[3].blob.file);
    REQUIRE(first[0].offset == all[3].blob.offset);
    REQUIRE(!first[0].owner.empty());
    const auto second = fixture.engine->rotten(&first[0], 10);
    REQUIRE(second.size() == 1);
    REQUIRE(second[0].file == large.blob.file);
    REQUIRE(second[0].length == 300'000);

    SECTION("rotten bytes are never given, those around them are") {
        REQUIRE_THROWS_AS(fixture.read(all[3]), EngineError);
        REQUIRE_THROWS_AS(fixture.read(large), EngineError);
        REQUIRE(read_body(fixture.engine->open(large.blob, 0, 131'072)) == std::string(131'072, 'l'));
        REQUIRE_THROWS_AS(read_body(fixture.engine->open(large.blob, 200'001, 1)), EngineError);
        REQUIRE(fixture.read(all[4]) == all[4].bytes);
    }
    SECTION("compaction leaves rotten bytes where they are") {
        for (std::size_t i = 0; i < all.size(); ++i)
            if (i != 3) remove_blob(*fixture.store, *fixture.engine, all[i].blob);
        fixture.open();
        fixture.engine->compact();
        REQUIRE(fs::exists(fixture.data() / "segments" / fmt::format("{:016x}", all[3].blob.file)));
        REQUIRE_THROWS_AS(fixture.read(all[3]), EngineError);
    }
    SECTION("removing the objects ends the alarm") {
        remove_blob(*fixture.store, *fixture.engine, all[3].blob);
        remove_blob(*fixture.store, *fixture.engine, large.blob);
        REQUIRE(fixture.store->snapshot()->counter("blobs/rotten") == 0);
        REQUIRE(fixture.engine->rotten(nullptr, 10).empty());
        REQUIRE(fixture.engine->scrub(1000).rotten == 0);
    }
}

TEST_CASE("the scrubber goes on where it stopped") {
    Fixture fixture;
    fixture.fill(10);
    REQUIRE(fixture.engine->scrub(4).blobs == 4);
    fixture.open();
    REQUIRE(fixture.engine->scrub(4).blobs == 4);
    const auto last = fixture.engine->scrub(4);
    REQUIRE(last.blobs == 2);
    REQUIRE(last.round_finished);
    REQUIRE(fixture.engine->scrub(100).blobs == 10);
}

TEST_CASE("the scrubber reads no faster than it may, small blobs and large ones") {
    constexpr std::uint64_t kRate = 2u << 20;
    Fixture fixture;
    fixture.open(kRate);
    fixture.fill(100);
    store_bytes(*fixture.store, *fixture.engine, std::string(700'000, 'l'), 65'536);
    const auto began = std::chrono::steady_clock::now();
    std::uint64_t bytes = 0;
    double ahead = 0;
    const FaultInjection watch([&](FileOp op, const fs::path&, std::size_t count) {
        const std::chrono::duration<double> time = std::chrono::steady_clock::now() - began;
        if (op == FileOp::read) bytes += count;
        ahead = std::max(ahead, static_cast<double>(bytes) - time.count() * kRate);
        return FileFault{};
    });
    const auto report = fixture.engine->scrub(1'000);
    REQUIRE(report.round_finished);
    REQUIRE(report.rotten == 0);
    REQUIRE(bytes > 800'000);
    // One piece of a file and its checksums are read before they are waited for.
    REQUIRE(ahead < 350'000);
}

TEST_CASE("a disk's folder is written down once, and again when it moved") {
    Fixture fixture;
    const auto revision_after_open = [&] {
        fixture.open();
        return fixture.store->last_revision();
    };
    const auto first = revision_after_open();
    REQUIRE(revision_after_open() == first);
    fixture.engine.reset();
    fs::rename(fixture.data(), fixture.folder.path() / "elsewhere");
    fixture.engine = make_local_engine(*fixture.store, {.folder = fixture.folder.path() / "elsewhere"});
    REQUIRE(fixture.store->last_revision() > first);
}

TEST_CASE("a segment whose tail was lost or torn costs only the blobs in that tail") {
    Fixture fixture;
    const auto all = fixture.fill(12);
    const auto path = fixture.data() / "segments" / fmt::format("{:016x}", all.back().blob.file);
    const auto& last = all.back().blob;
    fixture.engine.reset();
    SECTION("cut off") { fs::resize_file(path, last.offset + last.length / 2); }
    SECTION("garbage") { rot(path, last.offset + last.length - 1); }
    fixture.open();
    fixture.engine->sweep();
    REQUIRE_THROWS_AS(fixture.read(all.back()), EngineError);
    REQUIRE(fixture.engine->scrub(100).rotten == 1);
    for (std::size_t i = 0; i + 1 < all.size(); ++i) REQUIRE(fixture.read(all[i]) == all[i].bytes);
    const auto fresh = store_bytes(*fixture.store, *fixture.engine, "after", 5);
    REQUIRE(read_body(fixture.engine->open(fresh, 0, 5)) == "after");
}

namespace {

// What the child of the kill test says before and after each step.
struct Step {
    enum Kind : std::uint64_t { stored, removing, removed } kind;
    std::uint64_t seed, file, shared, offset, length, checksum;
};

LocalOptions killed_options(const fs::path& folder) {
    return {.folder = folder / "data", .segment_bytes = 20'000, .min_free_bytes = 0};
}

std::string killed_bytes(std::size_t seed) {
    return std::string(seed % 9 == 0 ? 70'000 + seed : 500 + seed % 900, static_cast<char>('a' + seed % 26));
}

[[noreturn]] void work_until_killed(const fs::path& folder, int report) {
    auto store = store::make_rocksdb_engine({.folder = folder / "store", .sync = false});
    auto engine = make_local_engine(*store, killed_options(folder));
    std::thread upkeep([&] {
        for (;;) {
            engine->compact();
            engine->scrub(20);
        }
    });
    const auto say = [&](Step::Kind kind, std::size_t seed, const Blob& blob) {
        const Step step{kind, seed, blob.file, blob.shared, blob.offset, blob.length, blob.checksum};
        if (::write(report, &step, sizeof step) != sizeof step) ::_exit(1);
    };
    for (std::size_t seed = 0;; ++seed) {
        const auto blob = store_bytes(*store, *engine, killed_bytes(seed), 65'536);
        say(Step::stored, seed, blob);
        if (seed % 5 == 0) continue;
        say(Step::removing, seed, blob);
        remove_blob(*store, *engine, blob);
        say(Step::removed, seed, blob);
    }
}

// What must be there after the kill, and what may be.
struct Expected {
    std::map<std::uint64_t, Blob> certain, possible;
};

Expected run_and_kill(const fs::path& folder, std::size_t after) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) work_until_killed(folder, ends[1]);
    ::close(ends[1]);
    Expected expected;
    Step step{};
    for (std::size_t steps = 0; ::read(ends[0], &step, sizeof step) == sizeof step;) {
        const Blob blob{step.file, step.shared != 0, step.offset, step.length, step.checksum};
        if (step.kind == Step::stored) expected.certain[step.seed] = blob;
        if (step.kind == Step::removing) {
            expected.certain.erase(step.seed);
            expected.possible[step.seed] = blob;
        }
        if (step.kind == Step::removed) expected.possible.erase(step.seed);
        if (++steps == after) ::kill(child, SIGKILL);
    }
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    return expected;
}

// Rows, counters and files say the same.
void check_space(store::Engine& store, const fs::path& data) {
    std::map<std::string, std::int64_t> alive;
    std::set<std::string> named;
    store::Transaction txn(store, {});
    for (const auto& row : txn.scan<BlobRow>({})) {
        const auto name = fmt::format("{:016x}", row.at_file());
        named.insert(name);
        if (row.shared) alive["segment/" + name] += static_cast<std::int64_t>(row.length);
    }
    for (const auto& [name, value] : txn.counters("segment/")) {
        CAPTURE(name);
        REQUIRE(value == alive[name]);
    }
    for (const auto& entry : fs::recursive_directory_iterator(data))
        if (entry.is_regular_file() && entry.path().filename() != "disk")
            REQUIRE(named.contains(entry.path().filename().string()));
}

}  // namespace

TEST_CASE("killed while it stores, removes, compacts and scrubs, it loses nothing and leaks nothing") {
    for (const std::size_t after : {30u, 100u, 317u, 800u}) {
        cumulet::test::TemporaryFolder folder;
        const auto expected = run_and_kill(folder.path(), after);
        auto store = store::make_rocksdb_engine({.folder = folder.path() / "store"});
        auto engine = make_local_engine(*store, killed_options(folder.path()));
        engine->sweep();
        engine->compact();
        for (const auto& [seed, blob] : expected.certain)
            REQUIRE(read_body(engine->open(blob, 0, blob.length)) == killed_bytes(seed));
        while (!engine->scrub(1'000).round_finished) {
        }
        REQUIRE(store->snapshot()->counter("blobs/rotten") == 0);
        engine.reset();
        engine = make_local_engine(*store, killed_options(folder.path()));
        engine->sweep();
        engine->compact();
        check_space(*store, folder.path() / "data");
    }
}
