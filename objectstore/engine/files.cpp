#include "objectstore/engine/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "objectstore/engine/engine.hpp"
#include "objectstore/engine/hash.hpp"

namespace cumulet::objectstore {

namespace {

[[noreturn]] void refuse(const std::string& doing) {
    const int error = errno;
    using Kind = EngineError::Kind;
    auto kind = Kind::failed;
    if (error == ENOSPC || error == EDQUOT) kind = Kind::full;
    if (error == ENOENT) kind = Kind::missing;
    throw EngineError(kind, "cannot " + doing + ": " + std::generic_category().message(error));
}

}  // namespace

File open_file(const std::filesystem::path& path, int flags) {
    const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (descriptor < 0) refuse("open " + path.string());
    return File(new int(descriptor), [](int* held) {
        ::close(*held);
        delete held;
    });
}

void write_at(const File& file, std::string_view bytes, std::uint64_t offset) {
    while (!bytes.empty()) {
        const auto count = ::pwrite(*file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) refuse("write an object");
        bytes.remove_prefix(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
}

std::size_t read_at(const File& file, char* to, std::size_t count, std::uint64_t offset) {
    std::size_t done = 0;
    while (done < count) {
        const auto got = ::pread(*file, to + done, count - done, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) refuse("read an object");
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    return done;
}

void sync_data(const File& file) {
    if (::fdatasync(*file) != 0) refuse("sync an object");
}

void sync_folder(const std::filesystem::path& folder) {
    const File opened = open_file(folder, O_RDONLY | O_DIRECTORY);
    if (::fsync(*opened) != 0) refuse("sync " + folder.string());
}

std::uint64_t size_of(const File& file) {
    struct stat status {};
    if (::fstat(*file, &status) != 0) refuse("look at a file");
    return static_cast<std::uint64_t>(status.st_size);
}

std::uint64_t checksum_of(const File& file, std::uint64_t offset, std::uint64_t length) {
    Hasher hasher;
    std::string piece(256 * 1024, '\0');
    while (length > 0) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(length, piece.size()));
        const auto count = read_at(file, piece.data(), wanted, offset);
        if (count < wanted) throw EngineError(EngineError::Kind::failed, "an object is shorter than it was written");
        hasher.add({piece.data(), count});
        offset += count;
        length -= count;
    }
    return hasher.value();
}

}  // namespace cumulet::objectstore
