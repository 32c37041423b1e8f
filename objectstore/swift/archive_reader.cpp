#include "objectstore/swift/archive_reader.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <vector>

namespace cumulet::objectstore::swift {

namespace {

constexpr std::size_t kBlockBytes = 64 * 1024;

std::string plain_name(std::string_view name) {
    for (;;) {
        if (name.starts_with("./"))
            name.remove_prefix(2);
        else if (name.starts_with('/'))
            name.remove_prefix(1);
        else
            return std::string(name);
    }
}

}  // namespace

struct ArchiveReader::State {
    State(std::shared_ptr<http::BodySource> bytes, std::uint64_t most) : bytes(std::move(bytes)), left(most) {}

    static la_ssize_t take(archive*, void* self, const void** block) {
        auto& state = *static_cast<State*>(self);
        *block = state.buffer.data();
        try {
            return static_cast<la_ssize_t>(state.read_block());
        } catch (const std::exception&) {
            return ARCHIVE_FATAL;
        }
    }
    // libarchive asks from within a call, so this thread waits for the source.
    std::size_t read_block() {
        std::size_t count = 0;
        std::exception_ptr failure;
        loop.restart();
        boost::asio::co_spawn(loop, bytes->read(buffer), [&](std::exception_ptr error, std::size_t got) {
            failure = error;
            count = got;
        });
        loop.run();
        if (failure) std::rethrow_exception(failure);
        return count;
    }
    void check(int result) const {
        if (result < ARCHIVE_WARN) {
            const char* why = archive_error_string(reader.get());
            throw ArchiveError(why ? why : "the archive cannot be read");
        }
    }

    void count(std::size_t size) {
        if (size > left) throw ArchiveError("it unpacks to far more than it is");
        left -= size;
    }
    // What of an entry nobody read. Left to libarchive it would be unpacked in one go, however much it is.
    void pass_over() {
        const void* piece = nullptr;
        std::size_t size = 0;
        la_int64_t offset = 0;
        for (;;) {
            const int result = archive_read_data_block(reader.get(), &piece, &size, &offset);
            if (result == ARCHIVE_EOF) return;
            check(result);
            count(size);
        }
    }

    std::shared_ptr<http::BodySource> bytes;
    std::uint64_t left;
    bool in_entry = false;
    boost::asio::io_context loop{1};
    std::vector<char> buffer = std::vector<char>(kBlockBytes);
    std::unique_ptr<archive, decltype(&archive_read_free)> reader{archive_read_new(), archive_read_free};
};

bool ArchiveReader::is_format(std::string_view format) {
    return format == "tar" || format == "tar.gz" || format == "tar.bz2";
}

ArchiveReader::ArchiveReader(std::shared_ptr<http::BodySource> bytes, std::string_view format, std::uint64_t most)
    : state_(std::make_unique<State>(std::move(bytes), most)) {
    auto* reader = state_->reader.get();
    archive_read_support_format_tar(reader);
    // Not "supported" but appended: what was compressed again and again would be unpacked again and again.
    if (format == "tar.gz") state_->check(archive_read_append_filter(reader, ARCHIVE_FILTER_GZIP));
    if (format == "tar.bz2") state_->check(archive_read_append_filter(reader, ARCHIVE_FILTER_BZIP2));
    state_->check(archive_read_open(reader, state_.get(), nullptr, State::take, nullptr));
}

ArchiveReader::~ArchiveReader() = default;

std::optional<ArchivedFile> ArchiveReader::next() {
    archive_entry* entry = nullptr;
    for (;;) {
        if (std::exchange(state_->in_entry, false)) state_->pass_over();
        const int result = archive_read_next_header(state_->reader.get(), &entry);
        if (result == ARCHIVE_EOF) return std::nullopt;
        state_->check(result);
        state_->in_entry = true;
        if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry)) continue;
        const char* name = archive_entry_pathname(entry);
        ArchivedFile file{.name = plain_name(name ? name : ""), .length = 0, .attributes = {}};
        if (archive_entry_size_is_set(entry)) file.length = static_cast<std::uint64_t>(archive_entry_size(entry));
        archive_entry_xattr_reset(entry);
        const char* key = nullptr;
        const void* value = nullptr;
        std::size_t size = 0;
        while (archive_entry_xattr_next(entry, &key, &value, &size) == ARCHIVE_OK)
            file.attributes[key] = std::string(static_cast<const char*>(value), size);
        return file;
    }
}

std::string ArchiveReader::read(std::size_t limit) {
    std::string piece(limit, '\0');
    const auto count = archive_read_data(state_->reader.get(), piece.data(), piece.size());
    if (count < 0) state_->check(static_cast<int>(count));
    piece.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    state_->count(piece.size());
    return piece;
}

}  // namespace cumulet::objectstore::swift
