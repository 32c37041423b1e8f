// The engine of one machine: files in a folder, rows in the store beside.
#pragma once

#include <filesystem>
#include <memory>

#include "common/store/engine.hpp"
#include "objectstore/engine/engine.hpp"

namespace cumulet::objectstore {

struct LocalOptions {
    std::filesystem::path folder;              // created when missing
    std::size_t small_bytes = 64 * 1024;       // up to here a blob goes to a segment
    std::uint64_t segment_bytes = 64u << 20;   // a segment past this size is closed
    std::uint64_t min_free_bytes = 64u << 20;  // with less room on the disk new objects are refused
    unsigned threads = 8;                      // for writing and syncing own files
};

// Throws EngineError. `store` outlives the engine.
std::unique_ptr<ObjectEngine> make_local_engine(store::Engine& store, const LocalOptions& options);

}  // namespace cumulet::objectstore
