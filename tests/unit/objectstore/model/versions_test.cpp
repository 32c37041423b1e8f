// Versions as both front doors need them: Swift's, and S3's with its null versions.
#include "objectstore/model/versions.hpp"

#include <catch2/catch.hpp>

#include "objectstore/engine/local_engine.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;

namespace {

// A container "a/c"; blobs are numbers without bytes behind them.
class Space {
public:
    Space() {
        container.account = "a";
        container.name = "c";
        store::transact(*store, {}, [&](store::Transaction& txn) { put_container(txn, container, "put"); });
    }

    void set(Versioning versioning) {
        container.versioning = versioning;
        store::transact(*store, {}, [&](store::Transaction& txn) { put_container(txn, container, "put"); });
    }
    // The version id that the object got. A second later each time.
    std::string put(const std::string& name, std::uint64_t bytes) {
        Object object;
        object.account = "a";
        object.container = "c";
        object.name = name;
        object.modified_at = tick();
        object.etag = std::to_string(bytes);
        object.length = bytes;
        store::transact(*store, {}, [&](store::Transaction& txn) {
            object.blob = {.file = ++file_, .shared = false, .offset = 0, .length = bytes, .checksum = 0};
            note(put_object(txn, *engine, container, object));
        });
        return version_id_of(object);
    }
    // The id of the delete marker; empty when none was written.
    std::string remove(const std::string& name) {
        std::string marker;
        store::transact(*store, {}, [&](store::Transaction& txn) {
            const auto done = delete_object(txn, *engine, container, name, tick(), "deleted");
            note(done.gone);
            if (done.marker) marker = version_id_of(*done.marker);
        });
        return marker;
    }
    bool remove_version(const std::string& name, const std::string& id, After after = After::previous) {
        return store::transact(*store, {}, [&](store::Transaction& txn) {
            const auto found = find_version(txn, container, name, id);
            if (!found) return false;
            note(erase_version(txn, *engine, *found, after, "deleted"));
            return true;
        });
    }
    // Bytes of the current version; -1 without one.
    std::int64_t current(const std::string& name) {
        store::Transaction txn(*store, {});
        const auto object = txn.peek<Object>("a", "c", name);
        return object ? static_cast<std::int64_t>(object->length) : -1;
    }
    // "name/bytes" of each version, "name/x" of a delete marker, a star behind the latest.
    std::string list(const VersionsRequest& request = {}) {
        store::Transaction txn(*store, {});
        std::string text;
        for (const auto& entry : list_versions(txn, container, request)) {
            if (!text.empty()) text += " ";
            if (const auto* directory = std::get_if<Directory>(&entry)) {
                text += directory->name;
                continue;
            }
            const auto& listed = std::get<ListedVersion>(entry);
            text += listed.object.name + "/" + (listed.delete_marker ? "x" : std::to_string(listed.object.length));
            if (listed.is_latest) text += "*";
        }
        return text;
    }
    std::string usage() {
        store::Transaction txn(*store, {});
        const auto used = usage_of(txn, container), account = usage_of(txn, "a");
        REQUIRE(account.bytes == used.bytes);
        REQUIRE(account.objects == used.objects);
        return std::to_string(used.objects) + " of " + std::to_string(used.bytes);
    }
    bool erase() {
        return store::transact(
            *store, {}, [&](store::Transaction& txn) { return erase_container(txn, *txn.get<Container>("a", "c")); });
    }
    std::uint64_t last_gone = 0;  // number of the blob that was to be discarded last
    std::size_t gone = 0;

    test::TemporaryFolder folder;
    std::unique_ptr<store::Engine> store = store::make_memory_engine();
    std::unique_ptr<ObjectEngine> engine = make_local_engine(*store, {.folder = folder.path(), .threads = 1});
    Container container;

private:
    Timestamp tick() { return now_ += std::chrono::seconds(1); }
    void note(const std::optional<Blob>& blob) {
        if (!blob) return;
        ++gone;
        last_gone = blob->file;
    }
    Timestamp now_{std::chrono::seconds(1'700'000'000)};
    std::uint64_t file_ = 0;
};

}  // namespace

TEST_CASE("without versioning a put replaces and a delete leaves nothing") {
    Space space;
    REQUIRE(space.put("o", 10) == "null");
    REQUIRE(space.put("o", 20) == "null");
    REQUIRE(space.last_gone == 1);
    REQUIRE(space.list() == "o/20*");
    REQUIRE(space.remove("o").empty());
    REQUIRE(space.remove("o").empty());
    REQUIRE(space.gone == 2);
    REQUIRE(space.usage() == "0 of 0");
    REQUIRE(space.erase());
}

TEST_CASE("while versioning is enabled nothing is lost") {
    Space space;
    space.put("o", 1);  // before: the null version
    space.set(Versioning::enabled);
    const auto two = space.put("o", 2);
    const auto three = space.put("o", 3);
    REQUIRE(two != three);
    REQUIRE(space.list() == "o/3* o/2 o/1");
    REQUIRE(space.usage() == "1 of 6");
    const auto marker = space.remove("o");
    REQUIRE(marker != "null");
    REQUIRE(space.current("o") == -1);
    REQUIRE(space.list() == "o/x* o/3 o/2 o/1");
    REQUIRE(space.usage() == "0 of 6");
    REQUIRE(space.gone == 0);
    REQUIRE_FALSE(space.erase());

    SECTION("the marker goes, and what it hid is back") {
        REQUIRE(space.remove_version("o", marker));
        REQUIRE(space.list() == "o/3* o/2 o/1");
        REQUIRE(space.usage() == "1 of 6");
        REQUIRE(space.remove_version("o", two));
        REQUIRE(space.last_gone == 2);
        REQUIRE(space.remove_version("o", three));
        REQUIRE(space.current("o") == 1);
        REQUIRE(space.remove_version("o", "null"));
        REQUIRE_FALSE(space.remove_version("o", "null"));
        REQUIRE(space.usage() == "0 of 0");
        REQUIRE(space.gone == 3);
        REQUIRE(space.erase());
    }
    SECTION("in Swift nothing comes back by itself") {
        space.put("o", 4);
        REQUIRE(space.remove_version("o", space.put("o", 5), After::nothing));
        REQUIRE(space.current("o") == -1);
        REQUIRE(space.list() == "o/4 o/x o/3 o/2 o/1");
        store::transact(*space.store, {}, [&](store::Transaction& txn) {
            make_current(txn, *find_version(txn, space.container, "o", two));
        });
        REQUIRE(space.list() == "o/4 o/x o/3 o/2* o/1");
        REQUIRE(space.usage() == "1 of 10");
    }
}

TEST_CASE("while versioning is suspended there is one null version at most") {
    Space space;
    space.set(Versioning::enabled);
    const auto one = space.put("o", 1);
    space.set(Versioning::suspended);
    REQUIRE(space.put("o", 2) == "null");
    REQUIRE(space.put("o", 3) == "null");
    REQUIRE(space.last_gone == 2);
    REQUIRE(space.list() == "o/3* o/1");
    REQUIRE(space.remove("o") == "null");
    REQUIRE(space.last_gone == 3);
    REQUIRE(space.list() == "o/x* o/1");
    REQUIRE(space.put("o", 4) == "null");
    REQUIRE(space.list() == "o/4* o/1");
    space.set(Versioning::enabled);
    space.put("o", 5);
    REQUIRE(space.list() == "o/5* o/4 o/1");
    space.set(Versioning::suspended);
    space.put("o", 6);
    REQUIRE(space.last_gone == 4);
    REQUIRE(space.list() == "o/6* o/5 o/1");
    REQUIRE(space.usage() == "1 of 12");
    REQUIRE(space.remove_version("o", one));
    REQUIRE(space.usage() == "1 of 11");
}

TEST_CASE("a delete where nothing was leaves a marker") {
    Space space;
    space.set(Versioning::enabled);
    space.remove("ghost");
    REQUIRE(space.list() == "ghost/x*");
    REQUIRE(space.usage() == "0 of 0");
    REQUIRE_FALSE(space.erase());
}

TEST_CASE("versions are listed page by page, both ways") {
    Space space;
    space.set(Versioning::enabled);
    for (int round = 1; round <= 3; ++round)
        for (const char* name : {"a", "b/1", "b/2", "c"}) space.put(name, static_cast<std::uint64_t>(round));
    const std::string whole = "a/3* a/2 a/1 b/1/3* b/1/2 b/1/1 b/2/3* b/2/2 b/2/1 c/3* c/2 c/1";
    REQUIRE(space.list() == whole);
    REQUIRE(space.list({.names = {.delimiter = "/"}}) == "a/3* a/2 a/1 b/ c/3* c/2 c/1");
    REQUIRE(space.list({.names = {.prefix = "b/"}}) == "b/1/3* b/1/2 b/1/1 b/2/3* b/2/2 b/2/1");
    REQUIRE(space.list({.names = {.marker = "b/2"}}) == "c/3* c/2 c/1");
    for (const bool reverse : {false, true}) {
        std::string paged;
        VersionsRequest request{.names = {.limit = 1, .reverse = reverse}, .version_marker = {}};
        for (;;) {
            store::Transaction txn(*space.store, {});
            const auto page = list_versions(txn, space.container, request);
            if (page.empty()) break;
            const auto& listed = std::get<ListedVersion>(page.front());
            const auto one = space.list(request);
            paged = reverse ? one + (paged.empty() ? "" : " ") + paged : paged + (paged.empty() ? "" : " ") + one;
            request.names.marker = listed.object.name;
            request.version_marker = listed.object.made_at;
        }
        REQUIRE(paged == whole);
    }
}

TEST_CASE("version ids are read as they are written, and nothing else") {
    Object object;
    object.versioned = true;
    object.made_at = Timestamp{Duration(1'700'000'000'123'450)};
    REQUIRE(version_id_of(object) == "1700000000.12345");
    REQUIRE(time_of_version_id("1700000000.12345") == object.made_at);
    REQUIRE(time_of_version_id("1700000000") == Timestamp{std::chrono::seconds(1'700'000'000)});
    for (const char* bad : {"", "null", "x", "1.", "-1", "1.-1", "1.123456", "1700000000.12345 ", "99999999999"})
        REQUIRE_FALSE(time_of_version_id(bad));
}
