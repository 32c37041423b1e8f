#include "common/store/rocksdb/row_cache.hpp"

#include <algorithm>

namespace cumulet::store::rocks {

namespace {

// What an entry costs beside its bytes: the node, the string, its share of the table.
constexpr std::size_t kEntryBytes = 128;

}  // namespace

bool RowCache::get(std::string_view key, Revision seen, std::optional<Value>& value) {
    auto& shard = shard_of(key);
    std::lock_guard lock(shard.mutex);
    const auto* entry = find(shard, key, seen);
    if (!entry) return false;
    value.reset();
    if (entry->exists) value = Value{entry->bytes, entry->since};
    return true;
}

std::optional<Revision> RowCache::revision_of(std::string_view key, Revision seen) {
    auto& shard = shard_of(key);
    std::lock_guard lock(shard.mutex);
    const auto* entry = find(shard, key, seen);
    if (!entry) return std::nullopt;
    return entry->exists ? entry->since : 0;
}

const RowCache::Entry* RowCache::find(Shard& shard, std::string_view key, Revision seen) const {
    auto found = shard.recent.find(key);
    if (found == shard.recent.end()) {
        const auto old = shard.older.find(key);
        if (old == shard.older.end()) return nullptr;
        auto node = shard.older.extract(old);
        make_room(shard, kEntryBytes + node.key().size() + node.mapped().bytes.size());
        found = shard.recent.insert(std::move(node)).position;
    }
    // An entry of later may have held something else then.
    return found->second.since > seen ? nullptr : &found->second;
}

void RowCache::put(std::string_view key, Revision seen, const std::optional<Value>& value) {
    const std::size_t bytes = kEntryBytes + key.size() + (value ? value->bytes.size() : 0);
    if (bytes > shelf_bytes_ / 8) return;
    auto& shard = shard_of(key);
    std::lock_guard lock(shard.mutex);
    if (seen < shard.written) return;
    make_room(shard, bytes);
    shard.recent.insert_or_assign(std::string(key), value ? Entry{value->bytes, value->revision, true}
                                                          : Entry{.bytes = {}, .since = seen, .exists = false});
}

void RowCache::forget(std::string_view key, Revision revision) {
    auto& shard = shard_of(key);
    std::lock_guard lock(shard.mutex);
    shard.written = std::max(shard.written, revision);
    for (auto* shelf : {&shard.recent, &shard.older})
        if (const auto found = shelf->find(key); found != shelf->end()) shelf->erase(found);
}

void RowCache::make_room(Shard& shard, std::size_t bytes) const {
    shard.recent_bytes += bytes;
    if (shard.recent_bytes <= shelf_bytes_) return;
    shard.older = std::move(shard.recent);
    shard.recent = Shelf{};
    shard.recent_bytes = bytes;
}

}  // namespace cumulet::store::rocks
