// Where the bytes of images are. Each piece of data is written once under a key of its own and never changed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/http/message.hpp"

namespace cumulet::compute::images {

// The store has no room left.
class StoreFull : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// One upload. Destroying it without finish() leaves nothing behind. One thread at a time; the calls block.
class ImageWriter {
public:
    virtual ~ImageWriter() = default;
    // Throws StoreFull, or std::system_error.
    virtual void write(std::string_view bytes) = 0;
    // Makes the data durable under its key. Throws as write().
    virtual void finish() = 0;
};

using Body = decltype(http::Response::body);

// Any thread; the calls block for as long as the file system or the object store does.
class ImageStore {
public:
    virtual ~ImageStore() = default;
    // `key`: letters, digits and dashes.
    virtual std::unique_ptr<ImageWriter> create(const std::string& key) = 0;
    // `length` bytes from `offset`; nullopt when there is no such data.
    virtual std::optional<Body> open(const std::string& key, std::uint64_t offset, std::uint64_t length) = 0;
    // No such data is fine.
    virtual void remove(const std::string& key) = 0;
    virtual std::vector<std::string> keys() = 0;
};

// Files under `folder`, which is made. What an interrupted process was writing there is removed.
std::unique_ptr<ImageStore> make_file_store(const std::filesystem::path& folder);

}  // namespace cumulet::compute::images
