// What every object engine must hold.
#pragma once

#include <functional>

#include "common/store/engine.hpp"
#include "objectstore/engine/engine.hpp"

namespace cumulet::objectstore::testing {

// Writes, adopts and keeps.
Blob store_bytes(store::Engine& store, ObjectEngine& engine, const std::string& bytes, std::size_t piece);

// `open` opens the same engine each time; to be called in a TEST_CASE.
void check_engine(const std::function<std::unique_ptr<ObjectEngine>(store::Engine&)>& open, store::Engine& store);

}  // namespace cumulet::objectstore::testing
