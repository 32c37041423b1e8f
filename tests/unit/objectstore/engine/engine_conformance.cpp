#include "engine_conformance.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <future>

#include "common/store/transaction.hpp"

namespace cumulet::objectstore::testing {

namespace {

void write_and_wait(BlobWriter& writer, std::string piece) {
    std::promise<std::exception_ptr> promise;
    writer.write(std::move(piece), [&](std::exception_ptr error) { promise.set_value(error); });
    if (auto error = promise.get_future().get()) std::rethrow_exception(error);
}

std::string read_back(ObjectEngine& engine, const Blob& blob, std::uint64_t offset, std::uint64_t length) {
    const auto body = std::get<http::FileBody>(engine.open(blob, offset, length));
    std::string bytes(body.length, '\0');
    if (!body.file) return bytes;
    REQUIRE(::pread(*body.file, bytes.data(), bytes.size(), static_cast<off_t>(body.offset)) ==
            static_cast<ssize_t>(bytes.size()));
    return bytes;
}

std::string bytes_of(std::size_t size, char first) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(first + static_cast<char>(i * 31 % 251));
    return bytes;
}

void own(store::Engine& store, ObjectEngine& engine, const Blob& blob) {
    store::transact(store, {}, [&](store::Transaction& txn) { engine.adopt(txn, blob, "a/c/o"); });
}

}  // namespace

Blob store_bytes(store::Engine& store, ObjectEngine& engine, const std::string& bytes, std::size_t piece) {
    auto writer = engine.writer(std::nullopt);
    for (std::size_t at = 0; at < bytes.size(); at += piece) write_and_wait(*writer, bytes.substr(at, piece));
    std::promise<Finished> promise;
    writer->finish([&](Finished finished) { promise.set_value(std::move(finished)); });
    const Finished finished = promise.get_future().get();
    if (finished.error) std::rethrow_exception(finished.error);
    own(store, engine, finished.blob);
    writer->keep();
    return finished.blob;
}

void check_engine(const std::function<std::unique_ptr<ObjectEngine>(store::Engine&)>& open, store::Engine& store) {
    auto engine = open(store);

    SECTION("bytes come back as they were written, whatever their number and pieces") {
        for (const std::size_t size : {0u, 1u, 4096u, 65'536u, 65'537u, 300'000u, 3'000'000u})
            for (const std::size_t piece : {1000u, 65'536u, 1'000'000u}) {
                const auto bytes = bytes_of(size, static_cast<char>('a' + size % 7));
                const auto blob = store_bytes(store, *engine, bytes, piece);
                CAPTURE(size, piece);
                REQUIRE(blob.length == size);
                REQUIRE(read_back(*engine, blob, 0, size) == bytes);
                REQUIRE(engine->verify(blob));
                if (size > 100) REQUIRE(read_back(*engine, blob, 50, size - 100) == bytes.substr(50, size - 100));
            }
    }
    SECTION("what is open stays readable when the blob is removed") {
        const auto bytes = bytes_of(200'000, 'x');
        const auto blob = store_bytes(store, *engine, bytes, 65'536);
        const auto body = std::get<http::FileBody>(engine->open(blob, 0, blob.length));
        store::transact(store, {}, [&](store::Transaction& txn) { engine->release(txn, blob); });
        engine->discard(blob);
        std::string got(bytes.size(), '\0');
        REQUIRE(::pread(*body.file, got.data(), got.size(), static_cast<off_t>(body.offset)) ==
                static_cast<ssize_t>(got.size()));
        REQUIRE(got == bytes);
    }
    SECTION("a range outside of the blob is refused") {
        const auto blob = store_bytes(store, *engine, "0123456789", 10);
        REQUIRE_THROWS_AS(engine->open(blob, 5, 6), EngineError);
        REQUIRE_THROWS_AS(engine->open(blob, 11, 0), EngineError);
    }
    SECTION("acknowledged blobs are there after a restart, left ones are swept") {
        const auto small = bytes_of(1000, 's'), large = bytes_of(500'000, 'l');
        const auto kept_small = store_bytes(store, *engine, small, 1000);
        const auto kept_large = store_bytes(store, *engine, large, 65'536);
        auto abandoned = engine->writer(1'000'000);
        write_and_wait(*abandoned, bytes_of(100'000, 'q'));
        abandoned->keep();  // as a crash leaves it: the file is there, no record is
        abandoned.reset();
        engine.reset();
        engine = open(store);
        REQUIRE(read_back(*engine, kept_small, 0, small.size()) == small);
        REQUIRE(read_back(*engine, kept_large, 0, large.size()) == large);
        REQUIRE(engine->sweep() == 1);
        REQUIRE(engine->sweep() == 0);
        REQUIRE(engine->verify(kept_small));
        REQUIRE(engine->verify(kept_large));
    }
    SECTION("an upload that is given up leaves nothing") {
        auto writer = engine->writer(1'000'000);
        write_and_wait(*writer, bytes_of(100'000, 'q'));
        writer.reset();
        engine.reset();
        engine = open(store);
        REQUIRE(engine->sweep() == 0);
    }
}

}  // namespace cumulet::objectstore::testing
