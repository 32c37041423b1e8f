#include "compute/images/snapshots.hpp"

#include <algorithm>

#include "compute/images/images.hpp"

namespace cumulet::compute::images {

std::string make_snapshot(store::Transaction& txn, Random& random, const Snapshot& snapshot) {
    Image image;
    image.id = random.uuid();
    image.name = snapshot.name;
    image.owner = snapshot.project_id;
    image.status = Status::queued;
    image.visibility = Visibility::is_private;
    image.disk_format = "qcow2";
    image.container_format = "bare";
    image.min_disk_gib = snapshot.min_disk_gib;
    if (const auto base = txn.peek<Image>(snapshot.base_image_id)) {
        image.properties = base->properties;
        image.min_ram_mib = base->min_ram_mib;
    }
    for (const auto& [name, value] : snapshot.metadata) image.properties[name] = value;
    image.properties["image_type"] = snapshot.backup_type.empty() ? kSnapshotType : kBackupType;
    if (!snapshot.backup_type.empty()) image.properties["backup_type"] = snapshot.backup_type;
    image.properties["instance_uuid"] = snapshot.server_id;
    image.properties["base_image_ref"] = snapshot.base_image_id;
    image.properties["user_id"] = snapshot.user_id;
    image.properties["owner_id"] = snapshot.project_id;
    image.created_at = image.updated_at = txn.now();
    txn.put(image, "snapshot begun");
    return image.id;
}

bool is_snapshot_of(const Image& image, const std::string& server_id) {
    const auto type = image.properties.find("image_type");
    const auto of = image.properties.find("instance_uuid");
    return type != image.properties.end() && (type->second == kSnapshotType || type->second == kBackupType) &&
           of != image.properties.end() && of->second == server_id;
}

void rotate_backups(store::Transaction& txn, const std::string& project_id, const std::string& server_id,
                    const std::string& backup_type, std::size_t keep) {
    std::vector<Image> backups;
    for (auto& image : txn.scan<Image>({.index = "owner"}, project_id)) {
        const auto type = image.properties.find("backup_type");
        if (is_snapshot_of(image, server_id) && type != image.properties.end() && type->second == backup_type)
            backups.push_back(std::move(image));
    }
    std::sort(backups.begin(), backups.end(), [](const Image& a, const Image& b) {
        return std::pair(a.created_at, a.id) > std::pair(b.created_at, b.id);
    });
    for (auto at = keep; at < backups.size(); ++at) drop_snapshot(txn, backups[at].id);
}

void drop_snapshot(store::Transaction& txn, const std::string& image_id) {
    auto image = txn.get<Image>(image_id);
    if (image && !image->is_protected) erase_image(txn, *image, "snapshot dropped");
}

void remove_unused(store::Engine& engine, ImageStore& store, Timestamp now) {
    const store::Cause cause{.time = now, .operation = "images.remove_unused"};
    const auto unused =
        store::transact(engine, cause, [](store::Transaction& txn) { return txn.scan<UnusedData>({.limit = 100}); });
    for (const auto& data : unused) {
        store.remove(data.data_key);
        store::transact(engine, cause, [&](store::Transaction& txn) { txn.erase(data, "removed"); });
    }
}

}  // namespace cumulet::compute::images
