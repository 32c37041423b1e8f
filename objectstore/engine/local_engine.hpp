// The engine of one machine: files in folders, rows in the store beside.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/runtime/metrics.hpp"
#include "common/store/engine.hpp"
#include "objectstore/engine/blob_row.hpp"
#include "objectstore/engine/engine.hpp"

namespace cumulet::objectstore {

struct LocalOptions {
    std::filesystem::path folder;                     // created when missing
    std::vector<std::filesystem::path> more_folders;  // on other disks
    std::size_t small_bytes = 64 * 1024;              // up to here a blob goes to a segment
    std::uint64_t segment_bytes = 64u << 20;          // a segment past this size is closed
    std::uint64_t min_free_bytes = 64u << 20;         // a disk with less room takes no new objects
    unsigned threads = 8;                             // a disk: for writing and syncing own files
    std::chrono::seconds trust{600};                  // so long bytes that were checked are sent without another look
    std::filesystem::path key_file;                   // root secrets; empty: encrypted blobs cannot be read
    bool encrypt = false;                             // what is written from now on; needs the key file
    double compact_below = 0.5;                       // a segment with a smaller part alive is compacted
    std::uint64_t upkeep_bytes_per_s = 0;             // bound of compaction, and of scrubbing; 0: none
    std::uint64_t upload_memory_bytes = 64u << 20;    // for bytes on their way from clients to disks
    runtime::Metrics* metrics = nullptr;              // outlives the engine
};

struct ScrubReport {
    std::uint64_t blobs = 0, bytes = 0, rotten = 0;
    bool round_finished = false;
};

// All members: any thread; those that block may be broken off by stop_upkeep().
class LocalEngine : public ObjectEngine {
public:
    // Blocks. Moves what lives out of segments that are mostly dead; the bytes that came free.
    virtual std::uint64_t compact() = 0;
    // Blocks. Goes on with comparing stored bytes with their checksums, for `blobs` blobs at most.
    virtual ScrubReport scrub(std::uint64_t blobs) = 0;
    // Both of them from now on, on a thread of the engine: compaction each `pause`, scrubbing all the time, a round at
    // most each `scrub_pause`.
    virtual void start_upkeep(std::chrono::seconds pause, std::chrono::seconds scrub_pause) = 0;
    virtual void stop_upkeep() = 0;
    // Blobs that were found rotten and not replaced or removed since; those behind `after`, null: from the beginning.
    virtual std::vector<RottenRow> rotten(const RottenRow* after, std::size_t limit) = 0;
    // What an operator should see to: disks that fail, rot; nullopt when all is well.
    virtual std::optional<std::string> complaint() = 0;
};

// Throws EngineError. `store` outlives the engine.
std::unique_ptr<LocalEngine> make_local_engine(store::Engine& store, const LocalOptions& options);

}  // namespace cumulet::objectstore
