// Reads as of a RocksDB snapshot.
#pragma once

#include <memory>

#include "common/store/rocksdb/database.hpp"
#include "common/store/rocksdb/row_cache.hpp"

namespace cumulet::store::rocks {

// `seen`: the last revision from before the call. Reads by key go through `rows`.
std::unique_ptr<Snapshot> take_snapshot(std::shared_ptr<Database> database, std::shared_ptr<RowCache> rows,
                                        Revision seen);

}  // namespace cumulet::store::rocks
