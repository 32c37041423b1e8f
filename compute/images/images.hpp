// What other modules and the internal API ask of images.
#pragma once

#include <optional>
#include <string>

#include "common/store/transaction.hpp"
#include "compute/images/image.hpp"
#include "compute/images/image_store.hpp"

namespace cumulet::compute::images {

// Whoever owns it; no access is checked.
std::optional<Image> find_image(store::Transaction& txn, const std::string& id);

// `length` bytes of the image's data from `offset`, for a Response; nullopt when it has none. Opens a file: not in a
// handler that must not do I/O.
std::optional<Body> open_data(ImageStore& store, const Image& image, std::uint64_t offset, std::uint64_t length);

// The image's records go; its data is removed after the commit (snapshots.hpp, remove_unused).
void erase_image(store::Transaction& txn, const Image& image, std::string_view reason);

// Once, before the API listens: ends uploads that died with an earlier process and removes data that no image has. Only
// one daemon at a time may work on a store and its image data.
void sweep(store::Engine& engine, ImageStore& store, Timestamp now);

}  // namespace cumulet::compute::images
