// File descriptors and the few calls on them that the engine needs, with errors as EngineError.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

namespace cumulet::objectstore {

// Closes when the last holder goes; the form that http::FileBody wants.
using File = std::shared_ptr<int>;

// `flags` as open(2), O_CLOEXEC is added. Throws EngineError.
File open_file(const std::filesystem::path& path, int flags);
void write_at(const File& file, std::string_view bytes, std::uint64_t offset);
// Fewer bytes only at the end of the file.
std::size_t read_at(const File& file, char* to, std::size_t count, std::uint64_t offset);
// All of them; EngineError "damaged" when the file ends before.
void read_exactly(const File& file, char* to, std::size_t count, std::uint64_t offset);
// Never waits for a disk: false when memory does not hold all of it.
bool read_cached(const File& file, char* to, std::size_t count, std::uint64_t offset);
// Whether memory holds all of it just now.
bool is_cached(const File& file, std::uint64_t offset, std::uint64_t length);
// Lets the disk read what will be asked for next.
void read_ahead(const File& file, std::uint64_t offset, std::uint64_t length);
void sync_data(const File& file);
void sync_folder(const std::filesystem::path& folder);
// Makes it, durably, where it is not there yet; what is above it exists.
void make_folder(const std::filesystem::path& folder);
std::uint64_t size_of(const File& file);
// Bytes that may still be written below the folder; 0 when it cannot be asked.
std::uint64_t free_bytes_at(const std::filesystem::path& folder);

// How a test lets disks fail: asked before every call on a file while a FaultInjection lives.
enum class FileOp { open, read, write, sync, sync_folder, free_bytes };
struct FileFault {
    int error = 0;                                       // what the call fails with, as errno
    std::size_t at_most = static_cast<std::size_t>(-1);  // so many bytes are moved first: a short or torn write
};
using FaultHook = std::function<FileFault(FileOp op, const std::filesystem::path& path, std::size_t bytes)>;

// One at a time in a process. The hook is called on any thread.
class FaultInjection {
public:
    explicit FaultInjection(FaultHook hook);
    ~FaultInjection();
    FaultInjection(const FaultInjection&) = delete;
    FaultInjection& operator=(const FaultInjection&) = delete;
};

}  // namespace cumulet::objectstore
