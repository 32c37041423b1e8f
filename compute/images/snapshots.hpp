// Images made of servers. The servers module makes the record in its own transaction, the server's host sends the data.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "common/runtime/ids.hpp"
#include "common/store/transaction.hpp"
#include "compute/images/image.hpp"
#include "compute/images/image_store.hpp"

namespace cumulet::compute::images {

// The property image_type.
inline constexpr std::string_view kSnapshotType = "snapshot", kBackupType = "backup";

struct Snapshot {
    std::string name;
    std::string server_id, project_id, user_id;
    std::string base_image_id;  // whose properties it inherits
    std::int64_t min_disk_gib = 0;
    std::map<std::string, std::string> metadata;
    std::string backup_type;  // "daily" …: a backup, one of a rotation; empty: a snapshot that stays
};

// A queued image without data yet; its id.
std::string make_snapshot(store::Transaction& txn, Random& random, const Snapshot& snapshot);
bool is_snapshot_of(const Image& image, const std::string& server_id);
// The image goes, whether its data came or not; its bytes are removed by remove_unused(). None, or a protected one:
// nothing happens.
void drop_snapshot(store::Transaction& txn, const std::string& image_id);

// Of the server's backups of that type only the newest `keep` stay.
void rotate_backups(store::Transaction& txn, const std::string& project_id, const std::string& server_id,
                    const std::string& backup_type, std::size_t keep);

// Removes the bytes of images that were dropped within transactions. Killed anywhere, the next call goes on.
void remove_unused(store::Engine& engine, ImageStore& store, Timestamp now);

}  // namespace cumulet::compute::images
