#include "objectstore/engine/disk.hpp"

#include <chrono>

#include "common/runtime/log.hpp"
#include "objectstore/engine/files.hpp"

namespace cumulet::objectstore {

namespace {

constexpr std::int64_t kLookEveryMs = 100;  // while there is room: nothing is refused for what an older look saw
constexpr std::int64_t kFullForMs = 5'000;  // after the disk itself said so
constexpr std::size_t kMaxQueued = 10'000;

std::int64_t now_ms() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

std::string_view to_string(DiskState state) {
    switch (state) {
        case DiskState::writing:
            return "writing";
        case DiskState::full:
            return "full";
        case DiskState::failed:
            return "failed";
    }
    return "";
}

Disk::Disk(const DiskOptions& options, Numbers& numbers) : options_(options) {
    files_ = std::make_unique<OwnFiles>(options.folder / "files");
    segments_ =
        std::make_unique<Segments>(options.folder / "segments", numbers,
                                   SegmentOptions{.segment_bytes = options.segment_bytes,
                                                  .disk = options.number,
                                                  .on_error = [this](const EngineError& error) { note(error); }});
    workers_ = std::make_unique<runtime::WorkerPool>(runtime::WorkerPoolOptions{
        .name = "disk" + std::to_string(options.number), .threads = options.threads, .max_queued = kMaxQueued});
    readers_ = std::make_unique<runtime::WorkerPool>(runtime::WorkerPoolOptions{
        .name = "read" + std::to_string(options.number), .threads = options.threads, .max_queued = kMaxQueued});
}

Disk::Disk(std::uint32_t number, std::filesystem::path folder, std::string why)
    : options_{.number = number, .folder = std::move(folder)}, unusable_(std::move(why)), failed_(true) {}

DiskState Disk::state() const {
    if (failed_) return DiskState::failed;
    return room() == 0 ? DiskState::full : DiskState::writing;
}

std::uint64_t Disk::free_bytes() const {
    const auto now = now_ms();
    if (now - looked_at_ms_ < kLookEveryMs && free_ > options_.min_free_bytes) return free_;
    free_ = free_bytes_at(options_.folder);
    looked_at_ms_ = now;
    return free_;
}

std::uint64_t Disk::room() const {
    if (failed_ || now_ms() < full_until_ms_) return 0;
    const auto free = free_bytes();
    return free > options_.min_free_bytes ? free - options_.min_free_bytes : 0;
}

void Disk::note(const EngineError& error) {
    using Kind = EngineError::Kind;
    if (error.kind == Kind::full && full_until_ms_.exchange(now_ms() + kFullForMs) < now_ms())
        log::warning("disk {} ({}) is full: {}", options_.number, options_.folder.string(), error.what());
    if ((error.kind == Kind::failed || error.kind == Kind::missing) && !failed_.exchange(true))
        log::error("disk {} ({}) fails and takes no new objects until the next start: {}", options_.number,
                   options_.folder.string(), error.what());
}

void Disk::require_usable() const {
    if (!files_)
        throw EngineError(EngineError::Kind::failed,
                          "disk " + std::to_string(options_.number) + " cannot be used: " + unusable_);
}

OwnFiles& Disk::files() {
    require_usable();
    return *files_;
}

Segments& Disk::segments() {
    require_usable();
    return *segments_;
}

void Disk::run(std::function<void()> work, Done done) {
    auto guarded = [this, work = std::move(work), done] {
        std::exception_ptr failure;
        try {
            work();
        } catch (const EngineError& error) {
            note(error);
            failure = std::current_exception();
        } catch (...) {
            failure = std::current_exception();
        }
        done(failure);
    };
    if (!try_post(std::move(guarded)))
        done(std::make_exception_ptr(EngineError(EngineError::Kind::busy, "too much waits for the disk")));
}

void Disk::run_reading(std::function<void()> work, Done done) {
    require_usable();
    const bool taken = readers_->try_post([work = std::move(work), done] {
        std::exception_ptr failure;
        try {
            work();
        } catch (...) {
            failure = std::current_exception();
        }
        done(failure);
    });
    if (!taken) done(std::make_exception_ptr(EngineError(EngineError::Kind::busy, "too much waits for the disk")));
}

bool Disk::try_post(std::function<void()> work) {
    require_usable();
    return workers_->try_post(std::move(work));
}

}  // namespace cumulet::objectstore
