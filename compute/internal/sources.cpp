#include "compute/internal/sources.hpp"

#include "compute/images/image.hpp"
#include "compute/networks/desired.hpp"

namespace cumulet::compute::internal {

namespace {

std::optional<protocol::ImageRef> image_ref(store::Transaction& txn, const std::string& id) {
    auto image = txn.peek<images::Image>(id);
    if (!image) return std::nullopt;
    return protocol::ImageRef{.id = image->id,
                              .disk_format = image->disk_format,
                              .sha512 = image->sha512,
                              .size_bytes = image->size.value_or(0)};
}

}  // namespace

converge::DesiredSources desired_sources(std::function<nlohmann::json(store::Transaction&, const Server&)> instance) {
    return {.image = image_ref, .instance = std::move(instance), .network = networks::network_state_for_host};
}

}  // namespace cumulet::compute::internal
