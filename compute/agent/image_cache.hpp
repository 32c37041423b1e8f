// Images on this host, by the checksum of their bytes: bases of root disks.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <set>
#include <string>

#include "compute/protocol/desired.hpp"

namespace cumulet::compute::agent {

// Any thread; calls block while an image is fetched, once however many ask for it.
class ImageCache {
public:
    using Download =
        std::function<void(const std::string& image_id, const std::function<void(std::string_view)>& sink)>;
    // `guests` is where the guests' folders are: an image that a guest there is based on is never dropped.
    ImageCache(std::filesystem::path folder, std::filesystem::path guests, std::uint64_t max_bytes, Download download);

    // Where the image is, fetched and verified when it was not there. The guest is noted as based on it. Throws
    // std::runtime_error: wrong bytes, no room, no answer.
    std::string ensure(const protocol::ImageRef& image, const std::string& guest_folder);

private:
    void fetch(const protocol::ImageRef& image, const std::filesystem::path& target);
    void make_room(std::uint64_t bytes);

    std::filesystem::path folder_, guests_;
    std::uint64_t max_bytes_;
    Download download_;
    std::mutex mutex_;
    std::condition_variable fetched_;
    std::set<std::string> fetching_;
};

}  // namespace cumulet::compute::agent
