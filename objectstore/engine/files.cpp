#include "objectstore/engine/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <shared_mutex>
#include <system_error>

#include "objectstore/engine/engine_error.hpp"

namespace cumulet::objectstore {

namespace {

[[noreturn]] void refuse(const std::string& doing, int error = errno) {
    using Kind = EngineError::Kind;
    auto kind = Kind::failed;
    if (error == ENOSPC || error == EDQUOT) kind = Kind::full;
    if (error == ENOENT) kind = Kind::missing;
    if (error == EMFILE || error == ENFILE || error == ENOMEM) kind = Kind::busy;  // not the disk's fault
    throw EngineError(kind, "cannot " + doing + ": " + std::generic_category().message(error));
}

std::atomic<bool> faults_wanted{false};
std::shared_mutex faults_mutex;
FaultHook fault_hook;

FileFault ask_hook(FileOp op, const std::filesystem::path& path, std::size_t bytes) {
    std::shared_lock lock(faults_mutex);
    return fault_hook ? fault_hook(op, path, bytes) : FileFault{};
}

FileFault fault_for(FileOp op, const std::filesystem::path& path, std::size_t bytes = 0) {
    if (!faults_wanted.load(std::memory_order_relaxed)) return {};
    return ask_hook(op, path, bytes);
}

FileFault fault_for(FileOp op, const File& file, std::size_t bytes = 0) {
    if (!faults_wanted.load(std::memory_order_relaxed)) return {};
    std::error_code none;
    return ask_hook(op, std::filesystem::read_symlink(fmt::format("/proc/self/fd/{}", *file), none), bytes);
}

}  // namespace

FaultInjection::FaultInjection(FaultHook hook) {
    std::unique_lock lock(faults_mutex);
    fault_hook = std::move(hook);
    faults_wanted = true;
}

FaultInjection::~FaultInjection() {
    std::unique_lock lock(faults_mutex);
    fault_hook = nullptr;
    faults_wanted = false;
}

File open_file(const std::filesystem::path& path, int flags) {
    if (const auto fault = fault_for(FileOp::open, path); fault.error != 0)
        refuse("open " + path.string(), fault.error);
    const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (descriptor < 0) refuse("open " + path.string());
    return File(new int(descriptor), [](int* held) {
        ::close(*held);
        delete held;
    });
}

void write_at(const File& file, std::string_view bytes, std::uint64_t offset) {
    while (!bytes.empty()) {
        const auto fault = fault_for(FileOp::write, file, bytes.size());
        const auto wanted = std::min(bytes.size(), fault.at_most);
        if (fault.error != 0 && fault.at_most > bytes.size()) refuse("write an object", fault.error);
        const auto count = ::pwrite(*file, bytes.data(), wanted, static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) refuse("write an object");
        if (fault.error != 0) refuse("write an object", fault.error);
        bytes.remove_prefix(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
}

std::size_t read_at(const File& file, char* to, std::size_t count, std::uint64_t offset) {
    if (const auto fault = fault_for(FileOp::read, file, count); fault.error != 0)
        refuse("read an object", fault.error);
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

void read_exactly(const File& file, char* to, std::size_t count, std::uint64_t offset) {
    if (read_at(file, to, count, offset) < count)
        throw EngineError(EngineError::Kind::damaged, "an object is shorter than it was written");
}

bool read_cached(const File& file, char* to, std::size_t count, std::uint64_t offset) {
    if (fault_for(FileOp::read, file, count).error != 0) return false;
    const iovec into{to, count};
    const auto got = ::preadv2(*file, &into, 1, static_cast<off_t>(offset), RWF_NOWAIT);
    return got >= 0 && static_cast<std::size_t>(got) == count;
}

bool is_cached(const File& file, std::uint64_t offset, std::uint64_t length) {
    static const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    std::array<unsigned char, 4096> pages;
    const std::uint64_t window = pages.size() * page;
    for (auto at = offset / page * page; at < offset + length; at += window) {
        const auto size = static_cast<std::size_t>(std::min(window, offset + length - at));
        // Maps, but touches nothing: no page is read for it.
        void* const mapped = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, *file, static_cast<off_t>(at));
        if (mapped == MAP_FAILED) return false;
        const bool known = ::mincore(mapped, size, pages.data()) == 0;
        ::munmap(mapped, size);
        const auto count = static_cast<std::ptrdiff_t>((size + page - 1) / page);
        const auto is_there = [](unsigned char each) { return (each & 1) != 0; };
        if (!known || !std::all_of(pages.begin(), pages.begin() + count, is_there)) return false;
    }
    return true;
}

void read_ahead(const File& file, std::uint64_t offset, std::uint64_t length) {
    ::posix_fadvise(*file, static_cast<off_t>(offset), static_cast<off_t>(length), POSIX_FADV_WILLNEED);
}

void sync_data(const File& file) {
    if (const auto fault = fault_for(FileOp::sync, file); fault.error != 0) refuse("sync an object", fault.error);
    if (::fdatasync(*file) != 0) refuse("sync an object");
}

void sync_folder(const std::filesystem::path& folder) {
    if (const auto fault = fault_for(FileOp::sync_folder, folder); fault.error != 0)
        refuse("sync " + folder.string(), fault.error);
    const File opened = open_file(folder, O_RDONLY | O_DIRECTORY);
    if (::fsync(*opened) != 0) refuse("sync " + folder.string());
}

void make_folder(const std::filesystem::path& folder) {
    if (::mkdir(folder.c_str(), 0700) == 0) return sync_folder(folder.parent_path());
    if (errno != EEXIST) refuse("make the folder " + folder.string());
}

std::uint64_t size_of(const File& file) {
    struct stat status {};
    if (::fstat(*file, &status) != 0) refuse("look at a file");
    return static_cast<std::uint64_t>(status.st_size);
}

std::uint64_t free_bytes_at(const std::filesystem::path& folder) {
    if (fault_for(FileOp::free_bytes, folder).error != 0) return 0;
    struct statvfs status {};
    if (::statvfs(folder.c_str(), &status) != 0) return 0;
    return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

}  // namespace cumulet::objectstore
