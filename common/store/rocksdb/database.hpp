// The open RocksDB database of a store.
#pragma once

#include <rocksdb/db.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "common/store/rocksdb/encoding.hpp"
#include "common/store/rocksdb/rocksdb_engine.hpp"

namespace cumulet::store::rocks {

inline rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline std::string_view view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

// Throws StoreError unless `status` is good; `doing` completes "cannot …".
void require(const rocksdb::Status& status, std::string_view doing);

// Keys of the meta family.
inline constexpr std::string_view kLastRevision = "last_revision";
inline constexpr std::string_view kLogStart = "log_start";

// Shared by its holder and the snapshots; closed with the last of them. Any thread.
class Database {
public:
    Database(const RocksdbOptions& options, bool read_only);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    rocksdb::DB& db() { return *db_; }
    // values: revision, then the bytes of a key. counters: a number. log: an entry under its revision. meta: the above.
    rocksdb::ColumnFamilyHandle* meta() { return families_[0]; }
    rocksdb::ColumnFamilyHandle* values() { return families_[1]; }
    rocksdb::ColumnFamilyHandle* counters() { return families_[2]; }
    rocksdb::ColumnFamilyHandle* log() { return families_[3]; }

    // The number under `key`, or `otherwise`.
    std::uint64_t number(rocksdb::ColumnFamilyHandle* family, std::string_view key, std::uint64_t otherwise,
                         const rocksdb::ReadOptions& options = {});

private:
    std::unique_ptr<rocksdb::DB> db_;
    std::array<rocksdb::ColumnFamilyHandle*, 4> families_{};
};

}  // namespace cumulet::store::rocks
