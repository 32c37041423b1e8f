#include "objectstore/engine/composed_engine.hpp"

#include <catch2/catch.hpp>

#include "common/store/transaction.hpp"
#include "engine_conformance.hpp"
#include "objectstore/engine/local_engine.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;

namespace {

std::size_t files_under(const std::filesystem::path& folder) {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "files"))
        files += entry.is_regular_file();
    return files;
}

// Parts are released and become one blob, as the end of an upload does it.
Blob compose(store::Engine& store, ComposingEngine& engine, std::uint64_t id, const std::vector<Blob>& parts) {
    return store::transact(store, {}, [&](store::Transaction& txn) {
        for (const auto& part : parts) engine.release(txn, part);
        const auto whole = engine.compose(txn, id, parts);
        engine.adopt(txn, whole, "a/c/whole");
        return whole;
    });
}

}  // namespace

TEST_CASE("a composed blob is its parts, one behind the other, and goes with them") {
    test::TemporaryFolder folder;
    const auto store = store::make_memory_engine();
    const auto local = make_local_engine(*store, {.folder = folder.path(), .small_bytes = 100, .threads = 1});
    const auto engine = make_composing_engine(*store, *local);
    std::vector<Blob> parts;
    std::string all;
    for (int i = 0; i < 1203; ++i) {
        const std::string bytes(i % 7 == 0 ? 150 : 5, static_cast<char>('a' + i % 26));
        parts.push_back(testing::store_bytes(*store, *engine, bytes, bytes.size()));
        all += bytes;
    }
    const auto files = files_under(folder.path());
    const auto whole = compose(*store, *engine, 77, parts);
    REQUIRE(whole.length == all.size());
    REQUIRE(files_under(folder.path()) == files);
    REQUIRE(testing::read_body(engine->open(whole, 0, whole.length)) == all);
    REQUIRE(testing::read_body(engine->open(whole, 149, 7), 2) == all.substr(149, 7));
    REQUIRE(testing::read_body(engine->open(whole, all.size() - 3, 3)) == all.substr(all.size() - 3));
    REQUIRE_THROWS_AS(engine->open(whole, 1, whole.length), EngineError);
    REQUIRE(engine->parts_of(whole) == parts);
    REQUIRE(engine->verify(whole));
    testing::remove_blob(*store, *engine, whole);
    REQUIRE_THROWS_AS(engine->open(whole, 0, 1), EngineError);
    REQUIRE(test::eventually([&] { return files_under(folder.path()) == 0; }));
    REQUIRE(store::Transaction(*store, {}).scan<ComposedRow>({}).empty());
}

TEST_CASE("what a crash left of a composed blob between its release and its end is swept") {
    test::TemporaryFolder folder;
    const auto store = store::make_memory_engine();
    const auto local = make_local_engine(*store, {.folder = folder.path(), .small_bytes = 1, .threads = 1});
    const auto engine = make_composing_engine(*store, *local);
    const auto whole =
        compose(*store, *engine, 5,
                {testing::store_bytes(*store, *engine, "one", 3), testing::store_bytes(*store, *engine, "two", 3)});
    REQUIRE(engine->sweep() == 0);
    REQUIRE(testing::read_body(engine->open(whole, 0, 6)) == "onetwo");
    store::transact(*store, {}, [&](store::Transaction& txn) { engine->release(txn, whole); });
    REQUIRE(engine->sweep() == 1);
    REQUIRE(store::Transaction(*store, {}).scan<ComposedRow>({}).empty());
}
