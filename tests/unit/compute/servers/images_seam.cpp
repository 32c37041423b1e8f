// An image service with one image, "image-1".
#include "compute/images/for_servers.hpp"

namespace cumulet::compute::images {

std::optional<BootImage> find_boot_image(store::Transaction&, const std::string& id, const auth::Context&) {
    if (id != "image-1") return std::nullopt;
    return BootImage{.id = id,
                     .name = "tiny",
                     .status = "active",
                     .disk_format = "qcow2",
                     .container_format = "bare",
                     .checksum = "",
                     .size = 1 << 20,
                     .virtual_size = 1 << 20,
                     .properties = {}};
}

}  // namespace cumulet::compute::images
