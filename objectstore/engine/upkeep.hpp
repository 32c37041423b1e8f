// What goes on by itself: compaction and scrubbing, within a bound of bytes per second.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "objectstore/engine/parts.hpp"

namespace cumulet::objectstore {

// Thrown out of work that is to end early.
struct Stopped {};

// Lets work go at a bounded speed, and end early.
class Pace {
public:
    explicit Pace(std::uint64_t bytes_per_s) : bytes_per_s_(bytes_per_s) {}
    // So much was read: waits until more may be. Throws Stopped. Small amounts add up before they are waited for.
    void spend(std::uint64_t bytes);
    void wait(std::chrono::milliseconds time);
    void stop();
    void restart();

private:
    const std::uint64_t bytes_per_s_;
    std::mutex mutex_;
    std::condition_variable woken_;
    bool stopped_ = false;
    std::chrono::steady_clock::time_point due_{};  // when all that was read so far may have been
};

class Upkeep {
public:
    explicit Upkeep(Parts& parts);
    ~Upkeep();  // stop()
    Upkeep(const Upkeep&) = delete;
    Upkeep& operator=(const Upkeep&) = delete;

    std::uint64_t compact();
    ScrubReport scrub(std::uint64_t blobs);
    void start(std::chrono::seconds pause, std::chrono::seconds scrub_pause);
    void stop();

private:
    struct Meters;

    std::uint64_t compact_disk(Disk& disk);
    bool move_blobs(Disk& disk, std::uint64_t segment);
    void note_rotten(const BlobRow& row);
    bool look_at(const BlobRow& row, ScrubReport& report);
    void run(std::chrono::seconds pause, std::chrono::seconds scrub_pause);
    void measure();

    Parts& parts_;
    Pace pace_;
    std::mutex compacting_, scrubbing_;  // one of each at a time
    std::unique_ptr<Meters> meters_;
    std::thread thread_;
};

}  // namespace cumulet::objectstore
