// Reads as of a RocksDB snapshot.
#pragma once

#include <memory>

#include "common/store/rocksdb/database.hpp"

namespace cumulet::store::rocks {

std::unique_ptr<Snapshot> take_snapshot(std::shared_ptr<Database> database);

}  // namespace cumulet::store::rocks
