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

inline constexpr std::string_view kSnapshotType = "snapshot";  // the property image_type

struct Snapshot {
    std::string name;
    std::string server_id, project_id, user_id;
    std::string base_image_id;  // whose properties it inherits
    std::int64_t min_disk_gib = 0;
    std::map<std::string, std::string> metadata;
};

// A queued image without data yet; its id.
std::string make_snapshot(store::Transaction& txn, Random& random, const Snapshot& snapshot);
bool is_snapshot_of(const Image& image, const std::string& server_id);
// The image goes, whether its data came or not; its bytes are removed by remove_unused(). None, or a protected one:
// nothing happens.
void drop_snapshot(store::Transaction& txn, const std::string& image_id);

// Removes the bytes of images that were dropped within transactions. Killed anywhere, the next call goes on.
void remove_unused(store::Engine& engine, ImageStore& store, Timestamp now);

}  // namespace cumulet::compute::images
