#include "objectstore/engine/local_engine.hpp"

#include <fcntl.h>

#include <optional>
#include <set>

#include "common/runtime/log.hpp"
#include "common/runtime/worker_pool.hpp"
#include "common/store/transaction.hpp"
#include "objectstore/engine/blob_row.hpp"
#include "objectstore/engine/hash.hpp"
#include "objectstore/engine/own_files.hpp"
#include "objectstore/engine/segments.hpp"

namespace cumulet::objectstore {

namespace {

// Written bytes are handed to the disk in steps of this size, so that the sync at the end finds little left to do.
constexpr std::uint64_t kFlushBytes = 8u << 20;

std::uint64_t largest_number(store::Engine& store, const OwnFiles& files, const std::filesystem::path& segments) {
    std::uint64_t largest = 0;
    store::Transaction txn(store, {});
    for (const auto& row : txn.scan<BlobRow>({.reverse = true, .limit = 1})) largest = row.file;
    for (const auto number : files.all()) largest = std::max(largest, number);
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(segments, none))
        largest = std::max(largest, number_of(entry.path().filename().string()).value_or(0));
    return largest;
}

std::string live_counter(std::uint64_t segment) { return "segment/" + name_of(segment); }

// What the writers share with their engine; outlives it while one of them is at work.
struct Parts {
    Parts(store::Engine& store, const LocalOptions& options)
        : store(store),
          options(options),
          files(options.folder / "files"),
          numbers(largest_number(store, files, options.folder / "segments")),
          first_new(numbers.next()),
          segments(options.folder / "segments", numbers, {.segment_bytes = options.segment_bytes}),
          workers({.name = "objects", .threads = options.threads, .max_queued = 10'000}) {}

    void require_room() const {
        std::error_code error;
        const auto space = std::filesystem::space(options.folder, error);
        if (!error && space.available < options.min_free_bytes)
            throw EngineError(EngineError::Kind::full, "the disk of the object store is full");
    }
    // Runs `work` on a worker and tells `done` how it went.
    void run(std::function<void()> work, Done done) {
        auto guarded = [work = std::move(work), done] {
            std::exception_ptr error;
            try {
                work();
            } catch (...) {
                error = std::current_exception();
            }
            done(error);
        };
        if (!workers.try_post(std::move(guarded)))
            done(std::make_exception_ptr(EngineError(EngineError::Kind::busy, "too much waits for the disk")));
    }

    store::Engine& store;
    const LocalOptions options;
    OwnFiles files;
    Numbers numbers;
    const std::uint64_t first_new;
    Segments segments;
    runtime::WorkerPool workers;
};

// Gathers a small blob in memory; one that grows gets a file.
class LocalWriter final : public BlobWriter {
public:
    LocalWriter(Parts& parts, std::optional<std::uint64_t> expected) : parts_(parts), upload_(new Upload(parts)) {
        parts.require_room();
        if (expected && *expected > parts.options.small_bytes) upload_->begin_file();
    }
    void write(std::string piece, Done done) override {
        auto& upload = *upload_;
        if (!upload.file && upload.small.size() + piece.size() <= parts_.options.small_bytes) {
            upload.small += piece;
            return done(nullptr);
        }
        parts_.run([held = upload_, bytes = std::move(piece)] { held->append(bytes); }, std::move(done));
    }
    void finish(std::function<void(Finished)> done) override {
        if (!upload_->file) return finish_small(std::move(done));
        auto tell = [held = upload_, done = std::move(done)](std::exception_ptr error) {
            done({error, error ? Blob{} : held->blob()});
        };
        parts_.run([held = upload_] { held->make_durable(); }, std::move(tell));
    }
    void keep() override { upload_->kept = true; }

private:
    // Shared with the piece of work that runs, which may outlast the writer.
    struct Upload {
        explicit Upload(Parts& parts) : parts(parts) {}
        ~Upload() {
            if (file && !kept) parts.files.remove(number);
            if (segment != 0) parts.segments.settle(segment);
        }
        void begin_file() {
            number = parts.numbers.next();
            file = parts.files.create(number);
        }
        void append(const std::string& bytes) {
            if (!file) begin_file();
            if (!small.empty()) put(std::exchange(small, {}));
            put(bytes);
        }
        void put(const std::string& bytes) {
            write_at(file, bytes, length);
            hasher.add(bytes);
            length += bytes.size();
            if (length - flushed < kFlushBytes) return;
            ::sync_file_range(*file, static_cast<off_t>(flushed), static_cast<off_t>(length - flushed),
                              SYNC_FILE_RANGE_WRITE);
            flushed = length;
        }
        void make_durable() {
            if (!small.empty()) put(std::exchange(small, {}));
            parts.files.make_durable(file, number);
        }
        Blob blob() const { return {.file = number, .length = length, .checksum = hasher.value()}; }

        Parts& parts;
        std::string small;
        File file;
        std::uint64_t number = 0, length = 0, flushed = 0;
        std::uint64_t segment = 0;
        Hasher hasher;
        bool kept = false;
    };

    void finish_small(std::function<void(Finished)> done) {
        if (upload_->small.empty()) return done({nullptr, {}});
        auto tell = [held = upload_, done = std::move(done)](Finished finished) {
            held->segment = finished.blob.file;
            done(std::move(finished));
        };
        parts_.segments.append(std::move(upload_->small), std::move(tell));
    }

    Parts& parts_;
    std::shared_ptr<Upload> upload_;
};

class LocalEngine final : public ObjectEngine {
public:
    LocalEngine(store::Engine& store, const LocalOptions& options) : parts_(store, options) {}

    std::unique_ptr<BlobWriter> writer(std::optional<std::uint64_t> expected) override {
        return std::make_unique<LocalWriter>(parts_, expected);
    }
    BlobBody open(const Blob& blob, std::uint64_t offset, std::uint64_t length) override {
        if (offset > blob.length || length > blob.length - offset)
            throw EngineError(EngineError::Kind::failed, "a range outside of its blob");
        if (blob.file == 0) return http::FileBody{};
        File file = blob.shared ? parts_.segments.open(blob.file) : parts_.files.open(blob.file);
        return http::FileBody{std::move(file), blob.offset + offset, length};
    }
    bool verify(const Blob& blob) override {
        if (blob.file == 0) return true;
        const File file = blob.shared ? parts_.segments.open(blob.file) : parts_.files.open(blob.file);
        if (size_of(file) < blob.offset + blob.length) return false;
        return checksum_of(file, blob.offset, blob.length) == blob.checksum;
    }
    void adopt(store::Transaction& txn, const Blob& blob, const std::string& owner) override {
        if (blob.file == 0) return;
        txn.put(BlobRow{blob.file, blob.offset, blob.length, owner}, "adopted");
        if (blob.shared) txn.add(live_counter(blob.file), static_cast<std::int64_t>(blob.length));
    }
    void release(store::Transaction& txn, const Blob& blob) override {
        if (blob.file == 0) return;
        txn.erase(BlobRow{blob.file, blob.offset, blob.length, {}}, "released");
        if (blob.shared) txn.add(live_counter(blob.file), -static_cast<std::int64_t>(blob.length));
    }
    void discard(const Blob& blob) override {
        if (blob.file == 0) return;
        if (blob.shared) return discard_segment(blob.file);
        auto remove = [this, number = blob.file] { parts_.files.remove(number); };
        if (!parts_.workers.try_post(remove)) log::warning("a removed object leaves its file until the next start");
    }
    std::size_t sweep() override {
        std::size_t gone = 0;
        for (const auto number : parts_.files.all()) {
            if (number >= parts_.first_new || is_owned(number)) continue;
            parts_.files.remove(number);
            ++gone;
        }
        for (const auto number : parts_.segments.all()) {
            if (number >= parts_.first_new || is_owned(number)) continue;
            parts_.segments.remove(number);
            ++gone;
        }
        return gone;
    }

private:
    // A segment goes when nothing in it lives and nothing can come to live. Finished is asked first: what was settled
    // before is counted.
    void discard_segment(std::uint64_t number) {
        if (!parts_.segments.is_finished(number)) return;
        if (parts_.store.snapshot()->counter(live_counter(number)) == 0) parts_.segments.remove(number);
    }
    bool is_owned(std::uint64_t number) {
        store::Transaction txn(parts_.store, {});
        return !txn.scan<BlobRow>({.limit = 1}, number).empty();
    }
    Parts parts_;
};

}  // namespace

std::unique_ptr<ObjectEngine> make_local_engine(store::Engine& store, const LocalOptions& options) {
    return std::make_unique<LocalEngine>(store, options);
}

}  // namespace cumulet::objectstore
