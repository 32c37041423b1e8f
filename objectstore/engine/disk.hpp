// One folder that holds blobs, with the threads that work on it. A disk that is full or refuses to write is left out of
// writing; what is on it is read as long as it can be.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "common/runtime/worker_pool.hpp"
#include "objectstore/engine/own_files.hpp"
#include "objectstore/engine/segments.hpp"

namespace cumulet::objectstore {

struct DiskOptions {
    std::uint32_t number = 0;
    std::filesystem::path folder;
    std::uint64_t segment_bytes = 0;
    std::uint64_t min_free_bytes = 0;
    unsigned threads = 8;
};

enum class DiskState { writing, full, failed };
std::string_view to_string(DiskState state);

// Any thread.
class Disk {
public:
    // Throws EngineError.
    Disk(const DiskOptions& options, Numbers& numbers);
    // One that cannot be used at all, and why.
    Disk(std::uint32_t number, std::filesystem::path folder, std::string why);

    std::uint32_t number() const { return options_.number; }
    const std::filesystem::path& folder() const { return options_.folder; }
    DiskState state() const;
    // Room for new objects; 0 when nothing may be written.
    std::uint64_t room() const;
    std::uint64_t free_bytes() const;
    // An error of writing: takes the disk out of writing where it says so.
    void note(const EngineError& error);
    // Throws EngineError when the disk cannot be used.
    OwnFiles& files();
    Segments& segments();
    // Runs `work` on a thread of the disk and tells `done` how it went. Errors of the disk are noted.
    void run(std::function<void()> work, Done done);
    bool try_post(std::function<void()> work);
    // The same on threads that only read: none of them waits behind a sync.
    void run_reading(std::function<void()> work, Done done);
    bool usable() const { return files_ != nullptr; }

private:
    void require_usable() const;

    const DiskOptions options_;
    std::string unusable_;
    std::atomic<bool> failed_{false};
    std::atomic<std::int64_t> full_until_ms_{0};
    mutable std::atomic<std::int64_t> looked_at_ms_{-1'000'000};
    mutable std::atomic<std::uint64_t> free_{0};
    std::unique_ptr<OwnFiles> files_;
    std::unique_ptr<Segments> segments_;
    std::unique_ptr<runtime::WorkerPool> workers_, readers_;
};

}  // namespace cumulet::objectstore
