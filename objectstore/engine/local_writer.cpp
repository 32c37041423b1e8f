#include <utility>

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

// Shared with the piece of work that runs, which may outlast the writer.
struct Upload {
    Upload(Parts& parts, std::optional<std::uint64_t> expected)
        : parts(parts), disk(parts.disks.for_writing()), expected(expected) {}
    ~Upload() {
        if (settle != 0) disk.segments().settle(settle);
    }
    void begin_file() { file.emplace(parts, disk, expected); }
    void append(const std::string& bytes) {
        if (!small.empty()) file->append(std::exchange(small, {}));
        file->append(bytes);
    }

    Parts& parts;
    Disk& disk;
    const std::optional<std::uint64_t> expected;
    std::optional<Encryption> encryption;
    std::string small;
    std::uint64_t length = 0;
    std::uint64_t settle = 0;  // the segment that waits to hear whether the blob is owned
    std::optional<FileUpload> file;
};

// Gathers a small blob in memory; one that grows gets a file.
class LocalWriter final : public BlobWriter {
public:
    LocalWriter(Parts& parts, const WriteOptions& options)
        : upload_(std::make_shared<Upload>(parts, options.expected)) {
        if (parts.options.encrypt) upload_->encryption.emplace(*parts.keys, options.scope);
        if (options.expected && *options.expected > parts.options.small_bytes) upload_->begin_file();
    }
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
        upload.disk.run([held = upload_, bytes = std::move(piece)] { held->append(bytes); }, std::move(done));
    }
    void finish(std::function<void(Finished)> done) override {
        auto tell = [held = upload_, done = std::move(done)](Finished finished) {
            if (held->encryption) held->encryption->mark(finished.blob);
            done(std::move(finished));
        };
        if (upload_->file) return finish_file(std::move(tell));
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
    void finish_file(std::function<void(Finished)> tell) {
        auto blob = std::make_shared<Blob>();
        auto work = [held = upload_, blob] { *blob = held->file->make_durable(); };
        upload_->disk.run(std::move(work), [blob, tell = std::move(tell)](std::exception_ptr error) {
            tell({error, error ? Blob{} : std::move(*blob)});
        });
    }

    std::shared_ptr<Upload> upload_;
};

}  // namespace

std::unique_ptr<BlobWriter> make_local_writer(Parts& parts, const WriteOptions& options) {
    return std::make_unique<LocalWriter>(parts, options);
}

}  // namespace cumulet::objectstore
