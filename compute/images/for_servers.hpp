// What the servers module asks of the images module, inside its own transaction.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "common/auth/context.hpp"
#include "common/store/transaction.hpp"

namespace cumulet::compute::images {

struct BootImage {
    std::string id, name, status;
    std::string disk_format, container_format;
    std::string checksum;  // sha512 of the data
    std::int64_t size = 0;
    std::int64_t virtual_size = 0;
    std::int64_t min_disk_gib = 0, min_memory_mib = 0;
    std::map<std::string, std::string> properties;
};

// The image, when it exists and the actor may see it.
std::optional<BootImage> find_boot_image(store::Transaction& txn, const std::string& id, const auth::Context& actor);

}  // namespace cumulet::compute::images
