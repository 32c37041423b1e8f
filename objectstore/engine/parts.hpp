// What the pieces of the local engine share.
#pragma once

#include <memory>
#include <optional>

#include "objectstore/engine/blob_row.hpp"
#include "objectstore/engine/blocks.hpp"
#include "objectstore/engine/crypt.hpp"
#include "objectstore/engine/disks.hpp"
#include "objectstore/engine/local_engine.hpp"
#include "objectstore/engine/removals.hpp"
#include "objectstore/engine/trusted.hpp"

namespace cumulet::objectstore {

// Outlives the writers that are at work.
struct Parts {
    // Throws EngineError.
    Parts(store::Engine& store, const LocalOptions& options);

    store::Engine& store;
    const LocalOptions options;
    Numbers numbers;
    const std::uint64_t first_new;
    std::optional<KeyRing> keys;
    Budget budget;
    Trusted trusted;
    Removals removals;
    Disks disks;
};

// The counter of bytes that live in a segment.
std::string live_counter(std::uint64_t segment);
// The counter of blobs that the scrubber found rotten.
constexpr std::string_view kRottenCounter = "blobs/rotten";

// Where a blob is now: its row when it was moved. Throws EngineError "missing" when it is no more.
BlobRow find_blob(Parts& parts, const Blob& blob);

// Removes a segment in which nothing lives and nothing can come to live; does nothing to others.
bool remove_if_dead(Parts& parts, Disk& disk, std::uint64_t segment);

std::unique_ptr<BlobWriter> make_local_writer(Parts& parts, const WriteOptions& options);
BlobBody open_blob(Parts& parts, const Blob& blob, std::uint64_t offset, std::uint64_t length);
bool verify_row(Parts& parts, const BlobRow& row, const ReadSoFar& read = nullptr);

}  // namespace cumulet::objectstore
