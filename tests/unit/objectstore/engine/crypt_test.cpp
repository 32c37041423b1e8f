// Encryption at rest.
#include "objectstore/engine/crypt.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "common/runtime/log.hpp"
#include "common/store/transaction.hpp"
#include "engine_conformance.hpp"
#include "objectstore/engine/local_engine.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::read_body;
using testing::store_bytes;
namespace fs = std::filesystem;

namespace {

struct Encrypted {
    Encrypted() { open(true); }
    void open(bool encrypt) {
        log::set_level(log::Level::error);
        engine.reset();
        engine = make_local_engine(
            *store,
            {.folder = folder.path() / "data", .min_free_bytes = 0, .key_file = key_file(), .encrypt = encrypt});
    }
    fs::path key_file() const { return folder.path() / "root-secrets"; }

    cumulet::test::TemporaryFolder folder;
    std::unique_ptr<store::Engine> store = store::make_memory_engine();
    std::unique_ptr<LocalEngine> engine;
};

// Whether these bytes stand anywhere below the folder.
bool stands_in(const fs::path& folder, const std::string& bytes) {
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file() && cumulet::test::read_file(entry.path()).find(bytes) != std::string::npos)
            return true;
    return false;
}

}  // namespace

TEST_CASE("an engine that encrypts holds the contract of engines") {
    cumulet::test::TemporaryFolder folder;
    auto store = store::make_memory_engine();
    testing::check_engine(
        [&](store::Engine& on) {
            return make_local_engine(on, {.folder = folder.path() / "data",
                                          .min_free_bytes = 0,
                                          .key_file = folder.path() / "keys",
                                          .encrypt = true});
        },
        *store);
}

TEST_CASE("nothing of an encrypted object can be read from the disk") {
    Encrypted encrypted;
    const std::string secret = "the quick brown fox";
    for (const std::size_t size : {1'000u, 200'000u}) {
        auto bytes = secret + std::string(size, 'x');
        const auto blob = store_bytes(*encrypted.store, *encrypted.engine, bytes, 65'536);
        REQUIRE_FALSE(blob.key.empty());
        REQUIRE(read_body(encrypted.engine->open(blob, 0, blob.length)) == bytes);
        REQUIRE(read_body(encrypted.engine->open(blob, 4, 5)) == "quick");
        REQUIRE(encrypted.engine->verify(blob));
    }
    REQUIRE_FALSE(stands_in(encrypted.folder.path() / "data", secret));
    REQUIRE_FALSE(stands_in(encrypted.folder.path() / "data", std::string(64, 'x')));
}

TEST_CASE("equal objects are stored as different bytes") {
    Encrypted encrypted;
    const auto one = store_bytes(*encrypted.store, *encrypted.engine, std::string(500, 'e'), 500);
    const auto two = store_bytes(*encrypted.store, *encrypted.engine, std::string(500, 'e'), 500);
    REQUIRE(one.checksum != two.checksum);
    REQUIRE(one.key != two.key);
}

TEST_CASE("plain and encrypted objects stand side by side") {
    Encrypted encrypted;
    const auto with = store_bytes(*encrypted.store, *encrypted.engine, "encrypted", 9);
    encrypted.open(false);
    REQUIRE_FALSE(encrypted.engine->encrypts());
    const auto without = store_bytes(*encrypted.store, *encrypted.engine, "plain", 5);
    REQUIRE(without.key.empty());
    REQUIRE(read_body(encrypted.engine->open(with, 0, 9)) == "encrypted");
    REQUIRE(read_body(encrypted.engine->open(without, 0, 5)) == "plain");
}

TEST_CASE("a new root secret seals the keys again, and the old one may go") {
    Encrypted encrypted;
    const auto blob = store_bytes(*encrypted.store, *encrypted.engine, "rotated", 7);
    const auto old_line = cumulet::test::read_file(encrypted.key_file());
    const std::string new_line = "new " + std::string(64, '7') + "\n";
    encrypted.engine.reset();
    std::ofstream(encrypted.key_file(), std::ios::app) << new_line;
    encrypted.open(true);
    REQUIRE(read_body(encrypted.engine->open(blob, 0, 7)) == "rotated");
    encrypted.engine.reset();
    std::ofstream(encrypted.key_file(), std::ios::trunc) << new_line;
    encrypted.open(true);
    REQUIRE(read_body(encrypted.engine->open(blob, 0, 7)) == "rotated");
    const auto later = store_bytes(*encrypted.store, *encrypted.engine, "later", 5);
    encrypted.engine.reset();
    std::ofstream(encrypted.key_file(), std::ios::trunc) << old_line;
    encrypted.engine.reset();
    REQUIRE_THROWS_AS(encrypted.open(true), EngineError);
}

TEST_CASE("a key file that is missing, open to others or broken stops the start") {
    Encrypted encrypted;
    store_bytes(*encrypted.store, *encrypted.engine, "x", 1);
    encrypted.engine.reset();
    SECTION("missing, though there are keys to open") { fs::remove(encrypted.key_file()); }
    SECTION("open to others") { ::chmod(encrypted.key_file().c_str(), 0640); }
    SECTION("broken") { std::ofstream(encrypted.key_file(), std::ios::trunc) << "root 12345\n"; }
    SECTION("empty") { std::ofstream(encrypted.key_file(), std::ios::trunc) << ""; }
    REQUIRE_THROWS_AS(encrypted.open(true), EngineError);
}

TEST_CASE("a sealed key opens only as what it was sealed") {
    const auto key = random_bytes(32), other = random_bytes(32);
    auto sealed = seal(key, "data key", "account");
    REQUIRE(unseal(key, sealed, "account") == "data key");
    REQUIRE_THROWS_AS(unseal(other, sealed, "account"), EngineError);
    REQUIRE_THROWS_AS(unseal(key, sealed, "another"), EngineError);
    sealed[15] = static_cast<char>(sealed[15] ^ 1);
    REQUIRE_THROWS_AS(unseal(key, sealed, "account"), EngineError);
    REQUIRE_THROWS_AS(unseal(key, "short", "account"), EngineError);
}

TEST_CASE("the stream of a data key is the same from wherever it is entered") {
    const auto key = random_bytes(32);
    std::string whole(1'000, 'w');
    BlobCipher(key).apply(0, whole.data(), whole.size());
    for (const std::size_t at : {0u, 1u, 15u, 16u, 17u, 500u, 999u}) {
        std::string part(1'000 - at, 'w');
        BlobCipher cipher(key);
        const auto half = part.size() / 2;
        cipher.apply(at + half, part.data() + half, part.size() - half);
        cipher.apply(at, part.data(), half);
        REQUIRE(part == whole.substr(at));
    }
}
