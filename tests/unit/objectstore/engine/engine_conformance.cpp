#include "engine_conformance.hpp"

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <future>
#include <thread>

#include "common/http/body.hpp"
#include "common/store/transaction.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/temporary_folder.hpp"

namespace cumulet::objectstore::testing {

namespace {

void write_and_wait(BlobWriter& writer, std::string piece) {
    std::promise<std::exception_ptr> promise;
    writer.write(std::move(piece), [&](std::exception_ptr error) { promise.set_value(error); });
    if (auto error = promise.get_future().get()) std::rethrow_exception(error);
}

std::string read_back(ObjectEngine& engine, const Blob& blob, std::uint64_t offset, std::uint64_t length) {
    return read_body(engine.open(blob, offset, length));
}

std::string bytes_of(std::size_t size, char first) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(first + static_cast<char>(i * 31 % 251));
    return bytes;
}

void own(store::Engine& store, ObjectEngine& engine, const Blob& blob) {
    store::transact(store, {}, [&](store::Transaction& txn) { engine.adopt(txn, blob, "a/c/o"); });
}

void eventually_missing(ObjectEngine& engine, const Blob& blob) {
    REQUIRE(cumulet::test::eventually([&] {
        try {
            engine.open(blob, 0, 1);
        } catch (const EngineError& error) {
            return error.kind == EngineError::Kind::missing;
        }
        return false;
    }));
}

std::uint64_t bytes_under(const std::filesystem::path& folder) {
    std::uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.is_regular_file()) bytes += entry.file_size();
    return bytes;
}

http::Task<std::string> drain(std::shared_ptr<http::BodySource> source, std::size_t piece) {
    std::string whole, buffer(piece, '\0');
    while (const auto count = co_await source->read(buffer)) whole.append(buffer, 0, count);
    co_return whole;
}

}  // namespace

std::string read_body(BlobBody body, std::size_t piece) {
    if (auto* text = std::get_if<std::string>(&body)) return std::move(*text);
    if (auto* file = std::get_if<http::FileBody>(&body)) {
        std::string bytes(file->length, '\0');
        REQUIRE(::pread(*file->file, bytes.data(), bytes.size(), static_cast<off_t>(file->offset)) ==
                static_cast<ssize_t>(bytes.size()));
        return bytes;
    }
    std::string whole;
    std::exception_ptr failure;
    boost::asio::io_context context(1);
    auto source = std::get<std::shared_ptr<http::BodySource>>(std::move(body));
    boost::asio::co_spawn(context, drain(std::move(source), piece), [&](std::exception_ptr error, std::string text) {
        failure = error;
        whole = std::move(text);
    });
    context.run();
    if (failure) std::rethrow_exception(failure);
    return whole;
}

void remove_blob(store::Engine& store, ObjectEngine& engine, const Blob& blob) {
    store::transact(store, {}, [&](store::Transaction& txn) { engine.release(txn, blob); });
    engine.discard(blob);
}

Blob finish(BlobWriter& writer) {
    std::promise<Finished> promise;
    writer.finish([&](Finished finished) { promise.set_value(std::move(finished)); });
    const Finished finished = promise.get_future().get();
    if (finished.error) std::rethrow_exception(finished.error);
    return finished.blob;
}

Blob store_bytes(store::Engine& store, ObjectEngine& engine, const std::string& bytes, std::size_t piece,
                 std::optional<std::uint64_t> expected) {
    auto writer = engine.writer({.expected = expected, .scope = "a"});
    for (std::size_t at = 0; at < bytes.size(); at += piece) write_and_wait(*writer, bytes.substr(at, piece));
    const auto blob = finish(*writer);
    own(store, engine, blob);
    writer->keep();
    return blob;
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
        auto body = engine->open(blob, 0, blob.length);
        remove_blob(store, *engine, blob);
        REQUIRE(read_body(std::move(body)) == bytes);
        eventually_missing(*engine, blob);
    }
    SECTION("any range of any blob can be read, in pieces of any size") {
        for (const std::size_t size : {70'000u, 131'072u, 1'000'000u}) {
            const auto bytes = bytes_of(size, 'r');
            const auto blob = store_bytes(store, *engine, bytes, 99'999, size);
            for (const std::size_t offset : {0u, 1u, 65'535u, 65'536u, 65'537u})
                for (const std::size_t length : {1u, 1000u, 4'463u})
                    REQUIRE(read_back(*engine, blob, offset, length) == bytes.substr(offset, length));
            REQUIRE(read_back(*engine, blob, size - 1, 1) == bytes.substr(size - 1));
            for (const std::size_t piece : {1000u, 65'536u, 100'000u})
                REQUIRE(read_body(engine->open(blob, 0, size), piece) == bytes);
        }
    }
    SECTION("a blob need not have the length it was announced with") {
        for (const std::size_t announced : {0u, 10u, 100'000u, 20'000'000u, 30'000'000u})
            for (const std::size_t size : {0u, 5u, 100'000u, 19'999'999u, 20'000'001u}) {
                CAPTURE(announced, size);
                const auto bytes = bytes_of(size, 'e');
                const auto blob = store_bytes(store, *engine, bytes, 1'000'000, announced);
                REQUIRE(blob.length == size);
                REQUIRE(engine->verify(blob));
                REQUIRE(read_back(*engine, blob, 0, size) == bytes);
                remove_blob(store, *engine, blob);
            }
    }
    SECTION("many writers at once do not disturb each other") {
        std::vector<std::thread> threads;
        std::vector<std::vector<std::pair<Blob, std::string>>> written(4);
        for (std::size_t t = 0; t < written.size(); ++t)
            threads.emplace_back([&, t] {
                for (std::size_t i = 0; i < 12; ++i) {
                    auto bytes = bytes_of(i % 3 == 0 ? 90'000 + i : 700 * i + t, static_cast<char>('a' + t));
                    written[t].emplace_back(store_bytes(store, *engine, bytes, 10'000), bytes);
                }
            });
        for (auto& thread : threads) thread.join();
        for (const auto& each : written)
            for (const auto& [blob, bytes] : each) REQUIRE(read_back(*engine, blob, 0, bytes.size()) == bytes);
    }
    SECTION("a transaction that fails adopts nothing") {
        auto writer = engine->writer({.expected = 100, .scope = {}});
        write_and_wait(*writer, std::string(100, 'n'));
        const auto blob = finish(*writer);
        {
            store::Transaction txn(store, {});
            engine->adopt(txn, blob, "a/c/o");
        }
        writer.reset();
        engine.reset();
        engine = open(store);
        engine->sweep();
        REQUIRE_THROWS_AS(engine->verify(blob), EngineError);
    }
    SECTION("a backup holds every byte that its records name, whatever is removed meanwhile") {
        const auto small = bytes_of(1000, 's'), large = bytes_of(500'000, 'l');
        const auto first = store_bytes(store, *engine, small, 1000),
                   second = store_bytes(store, *engine, large, 65'536);
        cumulet::test::TemporaryFolder folder;
        engine->backup(folder.path() / "copy", [&] {
            remove_blob(store, *engine, first);
            remove_blob(store, *engine, second);
        });
        REQUIRE(bytes_under(folder.path() / "copy") >= small.size() + large.size());
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
        auto abandoned = engine->writer({.expected = 1'000'000, .scope = {}});
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
        auto writer = engine->writer({.expected = 1'000'000, .scope = {}});
        write_and_wait(*writer, bytes_of(100'000, 'q'));
        writer.reset();
        engine.reset();
        engine = open(store);
        REQUIRE(engine->sweep() == 0);
    }
}

}  // namespace cumulet::objectstore::testing
