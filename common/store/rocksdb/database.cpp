#include "common/store/rocksdb/database.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/sst_partitioner.h>
#include <rocksdb/table.h>

#include <algorithm>

#include "common/store/rocksdb/backup.hpp"

namespace cumulet::store::rocks {

namespace {

constexpr std::array<const char*, 4> kFamilies{"default", "values", "counters", "log"};
constexpr std::size_t kCollectionPrefix = 2;  // bytes of a key: row or index, and its collection's first letter

rocksdb::DBOptions database_options(const RocksdbOptions& options) {
    rocksdb::DBOptions made;
    made.create_if_missing = true;
    made.create_missing_column_families = true;
    made.db_write_buffer_size = options.write_buffer_bytes;
    // A family that is seldom written must not hold every old log file.
    made.max_total_wal_size = 4 * options.write_buffer_bytes;
    made.max_background_jobs = 2;
    made.max_open_files = 512;
    // The holder opens the store anew after an error (holder.hpp).
    made.max_bgerror_resume_count = 0;
    made.track_and_verify_wals_in_manifest = true;
    // RocksDB's own notes: small.
    made.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
    made.max_log_file_size = 1u << 20;
    made.keep_log_file_num = 2;
    made.stats_dump_period_sec = 0;
    made.stats_persist_period_sec = 0;
    made.max_manifest_file_size = 8u << 20;
    return made;
}

rocksdb::ColumnFamilyOptions family_options(const RocksdbOptions& options) {
    rocksdb::BlockBasedTableOptions table;
    // Indexes and filters are in pieces, so that a read takes the piece it needs into the cache and not those of a
    // whole file: a store that outgrew its cache would otherwise spend its time reading and unpacking them. They stay
    // longer than data.
    rocksdb::LRUCacheOptions cache;
    cache.capacity = options.cache_bytes;
    cache.high_pri_pool_ratio = 0.5;
    table.block_cache = rocksdb::NewLRUCache(cache);
    table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
    table.partition_filters = true;
    table.metadata_block_size = 4096;
    table.enable_index_compression = false;
    table.pin_top_level_index_and_filter = true;
    table.cache_index_and_filter_blocks = true;
    table.cache_index_and_filter_blocks_with_high_priority = true;
    table.pin_l0_filter_and_index_blocks_in_cache = true;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    rocksdb::ColumnFamilyOptions made;
    made.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    made.write_buffer_size = options.write_buffer_bytes / 2;
    made.arena_block_size = 64u << 10;
    made.level_compaction_dynamic_level_bytes = true;
    // A commit writes to several collections, so what a memtable becomes spans nearly all keys, and moving it one level
    // down rewrites nearly all of that level: it must stay small. Below it files hold one collection each, or the one
    // that spans two would make all rows between them be written again and again.
    made.max_bytes_for_level_base = options.write_buffer_bytes;
    made.target_file_size_base = options.write_buffer_bytes / 2;
    made.target_file_size_multiplier = 2;
    made.sst_partitioner_factory = rocksdb::NewSstPartitionerFixedPrefixFactory(kCollectionPrefix);
    const auto supported = rocksdb::GetSupportedCompressions();
    const bool lz4 = std::find(supported.begin(), supported.end(), rocksdb::kLZ4Compression) != supported.end();
    made.compression = lz4 ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
    return made;
}

}  // namespace

void require(const rocksdb::Status& status, std::string_view doing) {
    if (!status.ok()) throw StoreError("cannot " + std::string(doing) + ": " + status.ToString());
}

Database::Database(const RocksdbOptions& options, bool read_only) {
    prepare_folder(options.folder);
    // One object for all families: they share the cache.
    const auto family = family_options(options);
    std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
    for (const char* name : kFamilies) descriptors.emplace_back(name, family);
    const auto database = database_options(options);
    const std::string folder = database_folder(options.folder).string();
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* opened = nullptr;
    require(read_only ? rocksdb::DB::OpenForReadOnly(database, folder, descriptors, &handles, &opened)
                      : rocksdb::DB::Open(database, folder, descriptors, &handles, &opened),
            "open the store " + options.folder.string());
    db_.reset(opened);
    std::copy(handles.begin(), handles.end(), families_.begin());
}

Database::~Database() {
    for (auto* family : families_)
        if (family) static_cast<void>(db_->DestroyColumnFamilyHandle(family));
    static_cast<void>(db_->Close());
}

std::uint64_t Database::number(rocksdb::ColumnFamilyHandle* family, std::string_view key, std::uint64_t otherwise,
                               const rocksdb::ReadOptions& options) {
    rocksdb::PinnableSlice bytes;
    const auto status = db_->Get(options, family, slice(key), &bytes);
    if (status.IsNotFound()) return otherwise;
    require(status, "read");
    return from_fixed(view(bytes));
}

}  // namespace cumulet::store::rocks
