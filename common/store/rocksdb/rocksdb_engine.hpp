// The embedded engine: RocksDB with a synced write-ahead log. One process a folder.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>

#include "common/store/engine.hpp"

namespace cumulet::store {

struct RocksdbOptions {
    std::filesystem::path folder;               // created when missing; held by one process at a time
    std::size_t cache_bytes = 16u << 20;        // of blocks, and of rows that are read by key
    std::size_t write_buffer_bytes = 8u << 20;  // memtables, all together
    std::size_t max_waiting_commits = 10'000;   // more fail at once
    std::size_t min_free_bytes = 16u << 20;     // with less room on the disk commits fail before they do harm
    bool sync = true;                           // false only where losing the last commits is fine (benchmarks)
};

// Throws StoreError when the folder cannot be opened (another process holds it, damaged, newer format). Commits under
// way when the engine is destroyed are finished first. Snapshots may outlive the engine, but hold its folder.
std::unique_ptr<Engine> make_rocksdb_engine(const RocksdbOptions& options);

// After a bulk load, while nobody else has the store open: its rows become one sorted run, so that a scan looks into
// one file where it would look into one a level. Takes the time of reading and writing them once. Throws StoreError.
void tidy_rocksdb(const RocksdbOptions& options);

// Puts the copy made by Engine::backup() into `folder`, which must not exist or be empty. Killed half-way it leaves
// `folder` as it was. Throws StoreError.
void restore_rocksdb(const std::filesystem::path& backup, const std::filesystem::path& folder);

}  // namespace cumulet::store
