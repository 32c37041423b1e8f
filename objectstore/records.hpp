// Every record that the object service keeps in its store.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace cumulet::store {
class Engine;
}

namespace cumulet::objectstore {

// Indexes anew the rows of records whose declared indexes have changed since they were written; how many rows that
// were. First thing after the store is opened: lists are incomplete before. Throws StoreError.
std::size_t ensure_indexes(store::Engine& engine);
// What the rows look like (store::schema_of), a line a record.
std::vector<std::string> record_schemas();

}  // namespace cumulet::objectstore
