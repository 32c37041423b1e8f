#include <mutex>
#include <utility>
#include <vector>

#include "objectstore/engine/file_upload.hpp"
#include "objectstore/engine/parts.hpp"

namespace cumulet::objectstore {

namespace {

// The key that a blob is encrypted with, and what its Blob says of it.
struct Encryption {
    Encryption(KeyRing& keys, std::string scope)
        : scope(std::move(scope)), key(keys.make(this->scope)), cipher(key.data_key) {}
    void mark(Blob& blob) const {
        if (blob.file == 0) return;
        blob.key = key.sealed;
        blob.key_scope = scope;
    }
    const std::string scope;
    const KeyRing::NewKey key;
    BlobCipher cipher;
};

// Shared with the work that runs on a thread of the disk, which may outlast the writer.
class Upload : public std::enable_shared_from_this<Upload> {
public:
    Upload(Parts& parts, std::optional<std::uint64_t> expected)
        : parts(parts), disk(parts.disks.for_writing()), expected(expected) {}
    ~Upload() {
        if (settle != 0) disk.segments().settle(settle);
    }
    void begin_file() { file.emplace(parts, disk, expected); }
    // Both take effect in the order of the calls, on a thread of the disk: one at a time works for an upload, and takes
    // all that has come until then.
    void write(std::string bytes, Done done) {
        add([&] { waiting_.push_back({std::move(bytes), std::move(done)}); });
    }
    void finish(std::function<void(Finished)> done) {
        add([&] { finishing_ = std::move(done); });
    }
    // What still waits need not be written.
    void give_up() {
        std::lock_guard lock(mutex_);
        given_up_ = true;
    }

    Parts& parts;
    Disk& disk;
    const std::optional<std::uint64_t> expected;
    std::optional<Encryption> encryption;
    std::string small;
    std::uint64_t length = 0;
    std::uint64_t settle = 0;  // the segment that waits to hear whether the blob is owned
    std::optional<FileUpload> file;

private:
    struct Piece {
        std::string bytes;
        Done done;
    };
    template <class Add>
    void add(const Add& add) {
        {
            std::lock_guard lock(mutex_);
            add();
            if (std::exchange(working_, true)) return;
        }
        if (post()) return;
        fail(std::make_exception_ptr(EngineError(EngineError::Kind::busy, "too much waits for the disk")));
        work();
    }
    bool post() {
        return disk.try_post([self = shared_from_this()] { self->work(); });
    }
    // Gives other uploads their turn after each round.
    void work() {
        for (;;) {
            std::vector<Piece> pieces;
            std::function<void(Finished)> finishing;
            bool wanted = true;
            {
                std::lock_guard lock(mutex_);
                pieces.swap(waiting_);
                if (pieces.empty()) finishing.swap(finishing_);
                working_ = !pieces.empty() || finishing;
                if (!working_) return;
                wanted = !given_up_;
            }
            for (auto& piece : pieces) {
                if (wanted) append(piece.bytes);
                parts.budget.give_back(std::move(piece.bytes));
                piece.done(failed_);
            }
            if (finishing) finishing(make_durable());
            bool more = false;
            {
                std::lock_guard lock(mutex_);
                more = !waiting_.empty();
            }
            if (more && post()) return;
        }
    }
    void append(const std::string& bytes) {
        guarded([&] {
            if (!small.empty()) file->append(std::exchange(small, {}));
            file->append(bytes);
        });
    }
    Finished make_durable() {
        Finished finished;
        guarded([&] { finished.blob = file->make_durable(); });
        finished.error = failed_;
        return finished;
    }
    // After the first error nothing is written any more.
    template <class Work>
    void guarded(const Work& work) {
        if (failed_) return;
        try {
            work();
        } catch (const EngineError& error) {
            disk.note(error);
            fail(std::current_exception());
        } catch (...) {
            fail(std::current_exception());
        }
    }
    void fail(std::exception_ptr error) { failed_ = std::move(error); }

    std::exception_ptr failed_;  // only for who works
    std::mutex mutex_;
    std::vector<Piece> waiting_;
    std::function<void(Finished)> finishing_;
    bool working_ = false, given_up_ = false;
};

// Gathers a small blob in memory; one that grows gets a file.
class LocalWriter final : public BlobWriter {
public:
    LocalWriter(Parts& parts, const WriteOptions& options)
        : upload_(std::make_shared<Upload>(parts, options.expected)) {
        if (parts.options.encrypt) upload_->encryption.emplace(*parts.keys, options.scope);
        if (options.expected && *options.expected > parts.options.small_bytes) upload_->begin_file();
    }
    ~LocalWriter() override { upload_->give_up(); }
    void write(std::string piece, Done done) override {
        auto& upload = *upload_;
        if (upload.encryption) upload.encryption->cipher.apply(upload.length, piece.data(), piece.size());
        upload.length += piece.size();
        if (!upload.file && upload.length <= upload.parts.options.small_bytes) {
            if (upload.small.empty())
                upload.small = std::move(piece);
            else
                upload.small += piece;
            return done(nullptr);
        }
        if (!upload.file) upload.begin_file();
        upload.write(std::move(piece), std::move(done));
    }
    void finish(std::function<void(Finished)> done) override {
        auto tell = [held = upload_, done = std::move(done)](Finished finished) {
            if (held->encryption) held->encryption->mark(finished.blob);
            done(std::move(finished));
        };
        if (upload_->file) return upload_->finish(std::move(tell));
        if (upload_->small.empty()) return tell({nullptr, {}});
        auto settling = [held = upload_, tell = std::move(tell)](Finished finished) {
            held->settle = finished.blob.file;
            tell(std::move(finished));
        };
        upload_->disk.segments().append(std::move(upload_->small), std::move(settling));
    }
    void keep() override {
        if (upload_->file) upload_->file->keep();
    }

private:
    std::shared_ptr<Upload> upload_;
};

}  // namespace

std::unique_ptr<BlobWriter> make_local_writer(Parts& parts, const WriteOptions& options) {
    return std::make_unique<LocalWriter>(parts, options);
}

}  // namespace cumulet::objectstore
