// Values that were read by key, kept so that a hot row costs the same however much lies in the files beneath: one look
// into a table, where RocksDB asks every level. The committer, the only writer, keeps it true.
#pragma once

#include <array>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/store/engine.hpp"

namespace cumulet::store::rocks {

// All members: any thread. "Seen" is a revision that the caller's snapshot holds for certain: Engine::last_revision()
// from before it was taken.
class RowCache {
public:
    explicit RowCache(std::size_t bytes) : shelf_bytes_(bytes / kShards / 2) {}

    // What `key` holds (nothing, perhaps) for whoever has seen `seen`; false when that is not known here.
    bool get(std::string_view key, Revision seen, std::optional<Value>& value);
    // As get, but only which commit wrote it, 0 when it holds nothing; nothing when that is not known here.
    std::optional<Revision> revision_of(std::string_view key, Revision seen);
    // Keeps what was read from a snapshot, unless a commit has begun to write the key since.
    void put(std::string_view key, Revision seen, const std::optional<Value>& value);
    // Before commits up to `revision` that write the key become visible to any snapshot.
    void forget(std::string_view key, Revision revision);

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    struct Entry {
        std::string bytes;
        Revision since = 0;  // this is what the key holds from here on
        bool exists = false;
    };
    using Shelf = std::unordered_map<std::string, Entry, Hash, std::equal_to<>>;
    struct Shard {
        std::mutex mutex;
        Revision written = 0;  // the last commit that wrote one of its keys
        // What is used moves to the first; when that is full it becomes the second and the old second goes.
        Shelf recent, older;
        std::size_t recent_bytes = 0;
    };

    static constexpr std::size_t kShards = 16;
    Shard& shard_of(std::string_view key) { return shards_[Hash{}(key) % kShards]; }
    // What is known of the key to whoever has seen `seen`; the shard's mutex is held.
    const Entry* find(Shard& shard, std::string_view key, Revision seen) const;
    void make_room(Shard& shard, std::size_t bytes) const;

    const std::size_t shelf_bytes_;
    std::array<Shard, kShards> shards_;
};

}  // namespace cumulet::store::rocks
