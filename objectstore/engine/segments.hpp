// Small blobs, appended to shared files; many of them become durable by one sync. A full segment is never written
// again, and goes once nothing in it lives.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "objectstore/engine/engine.hpp"
#include "objectstore/engine/files.hpp"
#include "objectstore/engine/numbers.hpp"

namespace cumulet::objectstore {

struct SegmentOptions {
    std::uint64_t segment_bytes = 64u << 20;  // a segment that has grown past this is closed
    std::size_t max_waiting = 10'000;         // appends; more are refused as busy
    std::uint32_t disk = 0;                   // what blobs are to say
    std::function<void(const EngineError&)> on_error = [](const EngineError&) {};  // of each write that failed
};

// Any thread. `done` runs on the thread of the segments. Throws EngineError.
class Segments {
public:
    Segments(std::filesystem::path root, Numbers& numbers, SegmentOptions options);
    ~Segments();  // finishes what waits
    Segments(const Segments&) = delete;
    Segments& operator=(const Segments&) = delete;

    // Each append that succeeds is to be settled once its blob is owned by a record, or never will be.
    void append(std::string bytes, std::function<void(Finished)> done);
    void settle(std::uint64_t number);
    File open(std::uint64_t number);
    // Whether nothing will be added to this one any more, and what was added is settled.
    bool is_finished(std::uint64_t number) const;
    void remove(std::uint64_t number);
    std::vector<std::uint64_t> all() const;
    std::uint64_t bytes_in(std::uint64_t number) const;  // 0 when it is not there

private:
    struct Request {
        std::string bytes;
        std::function<void(Finished)> done;
    };
    void run();
    void append_group(std::vector<Request>& group);
    void begin_segment();

    const std::filesystem::path root_;
    Numbers& numbers_;
    const std::uint64_t first_new_;
    const SegmentOptions options_;
    std::uint64_t end_ = 0;  // of the current segment; only the thread's
    File current_;           // only the thread's
    std::atomic<std::uint64_t> current_number_{0};

    mutable std::mutex mutex_;
    std::condition_variable woken_;
    std::vector<Request> waiting_;
    std::map<std::uint64_t, std::size_t> unsettled_;
    bool stopping_ = false;

    std::mutex open_mutex_;
    std::map<std::uint64_t, File> open_;  // for reading, bounded
    std::thread thread_;
};

}  // namespace cumulet::objectstore
