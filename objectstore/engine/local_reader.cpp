// Reading blobs: every byte is compared with its checksum before it is given, but for whole files that were found well
// a short while ago, which go to the socket without being looked at.
#include "common/http/body.hpp"
#include "common/store/transaction.hpp"
#include "objectstore/engine/blocks.hpp"
#include "objectstore/engine/parts.hpp"

namespace cumulet::objectstore {

namespace {

struct OpenBlob {
    File file;
    std::uint64_t number = 0;  // of the file
    std::uint64_t offset = 0;
};

OpenBlob open_at(Parts& parts, const Blob& blob) {
    Disk& disk = parts.disks.at(blob.disk);
    if (!blob.shared) return {disk.files().open(blob.file), blob.file, 0};
    try {
        return {disk.segments().open(blob.file), blob.file, blob.offset};
    } catch (const EngineError& error) {
        if (error.kind != EngineError::Kind::missing) throw;
    }
    const auto row = find_blob(parts, blob);  // its segment went: compaction moved it
    return {parts.disks.at(row.disk).segments().open(row.at_file()), row.at_file(), row.at_offset()};
}

// A range of a file of its own.
class FileSource final : public http::BodySource {
public:
    FileSource(Parts& parts, const Blob& blob, File file, std::uint64_t offset, std::uint64_t length,
               std::optional<BlobCipher> cipher)
        : parts_(parts),
          blob_(blob),
          checker_(std::move(file), blob.file, blob.length),
          cipher_(std::move(cipher)),
          at_(offset),
          end_(offset + length),
          whole_(length == blob.length) {}

    std::optional<std::uint64_t> length() const override { return end_ - at_; }
    http::Task<std::size_t> read(std::span<char> buffer) override { co_return next(buffer); }

private:
    std::size_t next(std::span<char> buffer) {
        if (at_ == end_ || buffer.empty()) return 0;
        const auto index = at_ / kBlockBytes;
        const auto skip = static_cast<std::size_t>(at_ % kBlockBytes);
        const auto size = checker_.size_of_block(index);
        std::size_t count = 0;
        if (skip == 0 && buffer.size() >= size) {
            checker_.read(index, buffer.data());
            count = static_cast<std::size_t>(std::min<std::uint64_t>(size, end_ - at_));
        } else {
            if (loaded_ != index) {
                block_.resize(size);
                checker_.read(index, block_.data());
                loaded_ = index;
            }
            count = static_cast<std::size_t>(std::min<std::uint64_t>({buffer.size(), size - skip, end_ - at_}));
            std::copy_n(block_.data() + skip, count, buffer.data());
        }
        if (cipher_) cipher_->apply(at_, buffer.data(), count);
        at_ += count;
        if (at_ == end_ && whole_) parts_.trusted.add(blob_.file);
        return count;
    }

    Parts& parts_;
    const Blob blob_;
    BlockChecker checker_;
    std::optional<BlobCipher> cipher_;
    std::uint64_t at_, end_;
    const bool whole_;
    std::string block_;
    std::uint64_t loaded_ = ~std::uint64_t{0};
};

std::string read_small(const OpenBlob& open, const Blob& blob) {
    std::string bytes(static_cast<std::size_t>(blob.length), '\0');
    read_exactly(open.file, bytes.data(), bytes.size(), open.offset);
    if (hash_of(bytes) != blob.checksum)
        throw EngineError(EngineError::Kind::damaged, "an object is not what was written");
    return bytes;
}

std::optional<BlobCipher> cipher_of(Parts& parts, const Blob& blob) {
    if (blob.key.empty()) return std::nullopt;
    if (!parts.keys)
        throw EngineError(EngineError::Kind::failed, "an object is encrypted, and no key file is configured");
    return BlobCipher(parts.keys->open(blob));
}

}  // namespace

BlobRow find_blob(Parts& parts, const Blob& blob) {
    store::Transaction txn(parts.store, {});
    auto row = txn.peek<BlobRow>(blob.file, blob.offset);
    if (!row) throw EngineError(EngineError::Kind::missing, "the object is no more");
    return std::move(*row);
}

BlobBody open_blob(Parts& parts, const Blob& blob, std::uint64_t offset, std::uint64_t length) {
    if (offset > blob.length || length > blob.length - offset)
        throw EngineError(EngineError::Kind::failed, "a range outside of its blob");
    if (length == 0) return std::string();
    auto cipher = cipher_of(parts, blob);
    const auto open = open_at(parts, blob);
    if (blob.shared) {
        auto bytes = read_small(open, blob);
        if (offset > 0 || length < blob.length)
            bytes = bytes.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(length));
        if (cipher) cipher->apply(offset, bytes.data(), bytes.size());
        return bytes;
    }
    if (!cipher && parts.trusted.holds(blob.file)) return http::FileBody{open.file, offset, length};
    return std::make_shared<FileSource>(parts, blob, open.file, offset, length, std::move(cipher));
}

bool verify_row(Parts& parts, const BlobRow& row) {
    Disk& disk = parts.disks.at(row.disk);
    try {
        if (!row.shared) return check_file(disk.files().open(row.file), row.file, row.length, row.checksum);
        std::string bytes(static_cast<std::size_t>(row.length), '\0');
        read_exactly(disk.segments().open(row.at_file()), bytes.data(), bytes.size(), row.at_offset());
        return hash_of(bytes) == row.checksum;
    } catch (const EngineError& error) {
        if (error.kind == EngineError::Kind::damaged) return false;
        throw;
    }
}

}  // namespace cumulet::objectstore
