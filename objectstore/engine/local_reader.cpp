// Reading blobs: every byte is compared with its checksum before it is given, but for whole files that were found well
// a short while ago and that memory still holds, which go to the socket without being looked at. What memory holds is
// read on the caller's thread, for the rest a thread of the disk waits.
#include "common/http/awaiting.hpp"
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

// Waits on a thread of the disk until `work` is done.
http::Task<void> on_disk(Disk& disk, std::function<void()> work) {
    auto start = [&](auto done) { disk.run_reading(std::move(work), std::move(done)); };
    if (const auto error = co_await http::wait_for<std::exception_ptr>(std::move(start))) std::rethrow_exception(error);
}

constexpr std::uint64_t kAheadBytes = 1u << 20;

// A range of a file of its own.
class FileSource final : public http::BodySource {
public:
    FileSource(Parts& parts, const Blob& blob, File file, std::uint64_t offset, std::uint64_t length,
               std::optional<BlobCipher> cipher)
        : parts_(parts),
          disk_(parts.disks.at(blob.disk)),
          blob_(blob),
          file_(std::move(file)),
          checker_(file_, blob.file, blob.length),
          cipher_(std::move(cipher)),
          at_(offset),
          end_(offset + length),
          whole_(length == blob.length) {}

    std::optional<std::uint64_t> length() const override { return end_ - at_; }
    http::Task<std::size_t> read(std::span<char> buffer) override {
        if (at_ == end_ || buffer.empty()) co_return 0;
        const auto index = at_ / kBlockBytes;
        const auto skip = static_cast<std::size_t>(at_ % kBlockBytes);
        const auto size = checker_.size_of_block(index);
        std::size_t count = 0;
        if (skip == 0 && buffer.size() >= size) {
            co_await load(index, buffer.data());
            count = static_cast<std::size_t>(std::min<std::uint64_t>(size, end_ - at_));
        } else {
            if (loaded_ != index) {
                block_.resize(size);
                co_await load(index, block_.data());
                loaded_ = index;
            }
            count = static_cast<std::size_t>(std::min<std::uint64_t>({buffer.size(), size - skip, end_ - at_}));
            std::copy_n(block_.data() + skip, count, buffer.data());
        }
        if (cipher_) cipher_->apply(at_, buffer.data(), count);
        at_ += count;
        if (at_ == end_ && whole_) parts_.trusted.add(blob_.file);
        co_return count;
    }

private:
    http::Task<void> load(std::uint64_t index, char* to) {
        if (checker_.read_cached(index, to)) co_return;
        co_await on_disk(disk_, [this, index, to] {
            const auto next = (index + 1) * kBlockBytes;
            if (next < end_) read_ahead(file_, next, std::min(kAheadBytes, end_ - next));
            checker_.read(index, to);
        });
    }

    Parts& parts_;
    Disk& disk_;
    const Blob blob_;
    const File file_;
    BlockChecker checker_;
    std::optional<BlobCipher> cipher_;
    std::uint64_t at_, end_;
    const bool whole_;
    std::string block_;
    std::uint64_t loaded_ = ~std::uint64_t{0};
};

void check_small(const Blob& blob, std::string_view bytes) {
    if (hash_of(bytes) != blob.checksum)
        throw EngineError(EngineError::Kind::damaged, "an object is not what was written");
}

// A range of a blob in a segment, once all of the blob was read and checked.
std::string range_of(std::string bytes, std::uint64_t offset, std::uint64_t length, std::optional<BlobCipher>& cipher) {
    if (offset > 0 || length < bytes.size())
        bytes = bytes.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(length));
    if (cipher) cipher->apply(offset, bytes.data(), bytes.size());
    return bytes;
}

// A range of a blob in a segment that memory does not hold.
class ColdSource final : public http::BodySource {
public:
    ColdSource(Parts& parts, const Blob& blob, OpenBlob open, std::uint64_t offset, std::uint64_t length,
               std::optional<BlobCipher> cipher)
        : disk_(parts.disks.at(blob.disk)),
          blob_(blob),
          open_(std::move(open)),
          offset_(offset),
          length_(length),
          cipher_(std::move(cipher)) {}

    std::optional<std::uint64_t> length() const override { return length_; }
    http::Task<std::size_t> read(std::span<char> buffer) override {
        if (bytes_.empty()) co_await on_disk(disk_, [this] { load(); });
        const auto count = std::min(buffer.size(), bytes_.size() - taken_);
        std::copy_n(bytes_.data() + taken_, count, buffer.data());
        taken_ += count;
        co_return count;
    }

private:
    void load() {
        std::string bytes(static_cast<std::size_t>(blob_.length), '\0');
        read_exactly(open_.file, bytes.data(), bytes.size(), open_.offset);
        check_small(blob_, bytes);
        bytes_ = range_of(std::move(bytes), offset_, length_, cipher_);
    }

    Disk& disk_;
    const Blob blob_;
    const OpenBlob open_;
    const std::uint64_t offset_, length_;
    std::optional<BlobCipher> cipher_;
    std::string bytes_;
    std::size_t taken_ = 0;
};

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
        std::string bytes(static_cast<std::size_t>(blob.length), '\0');
        if (!read_cached(open.file, bytes.data(), bytes.size(), open.offset))
            return std::make_shared<ColdSource>(parts, blob, open, offset, length, std::move(cipher));
        check_small(blob, bytes);
        return range_of(std::move(bytes), offset, length, cipher);
    }
    if (!cipher && parts.trusted.holds(blob.file) && is_cached(open.file, offset, length))
        return http::FileBody{open.file, offset, length};
    return std::make_shared<FileSource>(parts, blob, open.file, offset, length, std::move(cipher));
}

bool verify_row(Parts& parts, const BlobRow& row, const ReadSoFar& read) {
    Disk& disk = parts.disks.at(row.disk);
    try {
        if (!row.shared) return check_file(disk.files().open(row.file), row.file, row.length, row.checksum, read);
        std::string bytes(static_cast<std::size_t>(row.length), '\0');
        read_exactly(disk.segments().open(row.at_file()), bytes.data(), bytes.size(), row.at_offset());
        if (read) read(bytes.size());
        return hash_of(bytes) == row.checksum;
    } catch (const EngineError& error) {
        if (error.kind == EngineError::Kind::damaged) return false;
        throw;
    }
}

}  // namespace cumulet::objectstore
