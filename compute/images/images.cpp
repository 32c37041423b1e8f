#include "compute/images/images.hpp"

#include <set>

#include "common/runtime/log.hpp"
#include "compute/images/access.hpp"
#include "compute/images/for_servers.hpp"

namespace cumulet::compute::images {

std::optional<Image> find_image(store::Transaction& txn, const std::string& id) { return txn.get<Image>(id); }

std::optional<Body> open_data(ImageStore& store, const Image& image, std::uint64_t offset, std::uint64_t length) {
    if (image.data_key.empty()) return std::nullopt;
    return store.open(image.data_key, offset, length);
}

std::optional<BootImage> find_boot_image(store::Transaction& txn, const std::string& id, const auth::Context& actor) {
    const auto image = txn.get<Image>(id);
    if (!image || !is_visible(txn, *image, actor)) return std::nullopt;
    BootImage boot;
    boot.id = image->id;
    boot.name = image->name;
    boot.status = store::enum_name(image->status);
    boot.disk_format = image->disk_format;
    boot.container_format = image->container_format;
    boot.checksum = image->sha512;
    boot.size = image->size.value_or(0);
    boot.virtual_size = image->virtual_size.value_or(0);
    boot.min_disk_gib = image->min_disk_gib;
    boot.min_memory_mib = image->min_ram_mib;
    boot.properties = image->properties;
    return boot;
}

void sweep(store::Engine& engine, ImageStore& store, Timestamp now) {
    std::set<std::string> used;
    const store::Cause cause{
        .time = now, .request_id = "", .user_id = "", .project_id = "", .operation = "images.sweep"};
    store::transact(engine, cause, [&](store::Transaction& txn) {
        used.clear();
        for (auto& image : txn.scan<Image>({})) {
            if (!image.data_key.empty()) used.insert(image.data_key);
            if (image.upload_id.empty()) continue;
            image.upload_id.clear();
            image.status = Status::queued;
            image.updated_at = now;
            txn.put(image, "upload ended with its process");
        }
    });
    for (const auto& key : store.keys()) {
        if (used.contains(key)) continue;
        log::info("image data {} belongs to no image and is removed", key);
        store.remove(key);
    }
}

void erase_image(store::Transaction& txn, const Image& image, std::string_view reason) {
    if (!image.data_key.empty()) txn.put(UnusedData{.data_key = image.data_key, .since = txn.now()}, "unused");
    for (const auto& member : txn.scan<ImageMember>({}, image.id)) txn.erase(member, "image deleted");
    for (const auto& import : txn.scan<ImageImport>({}, image.id)) txn.erase(import, "image deleted");
    txn.erase(image, reason);
}

}  // namespace cumulet::compute::images
