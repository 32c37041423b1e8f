// What every object engine must hold.
#pragma once

#include <functional>

#include "common/store/engine.hpp"
#include "objectstore/engine/engine.hpp"

namespace cumulet::objectstore::testing {

// Writes, adopts and keeps. Throws EngineError.
Blob store_bytes(store::Engine& store, ObjectEngine& engine, const std::string& bytes, std::size_t piece,
                 std::optional<std::uint64_t> expected = std::nullopt);
// Makes a writer's bytes durable.
Blob finish(BlobWriter& writer);
// Releases and discards.
void remove_blob(store::Engine& store, ObjectEngine& engine, const Blob& blob);
// All bytes of a body, read in pieces of this size. Throws EngineError.
std::string read_body(BlobBody body, std::size_t piece = 65'536);

// `open` opens the same engine each time; to be called in a TEST_CASE.
void check_engine(const std::function<std::unique_ptr<ObjectEngine>(store::Engine&)>& open, store::Engine& store);

}  // namespace cumulet::objectstore::testing
