// A blob on its way into a file of its own.
#pragma once

#include <atomic>
#include <optional>

#include "objectstore/engine/blocks.hpp"
#include "objectstore/engine/parts.hpp"

namespace cumulet::objectstore {

// One thread at a time; on the threads of the disk. Destroyed before it was kept, it removes its file.
class FileUpload {
public:
    FileUpload(Parts& parts, Disk& disk, std::optional<std::uint64_t> expected)
        : parts_(parts), disk_(disk), expected_(expected) {}
    ~FileUpload();
    FileUpload(const FileUpload&) = delete;
    FileUpload& operator=(const FileUpload&) = delete;

    void append(std::string_view bytes);
    Blob make_durable();
    void keep() { kept_ = true; }

private:
    void flush();
    void forget_expectation();

    Parts& parts_;
    Disk& disk_;
    std::optional<std::uint64_t> expected_;
    File file_;
    std::uint64_t number_ = 0, length_ = 0, flushed_ = 0;
    std::optional<BlockSums> sums_;
    std::string early_sums_;  // that stood where the bytes do not end
    std::atomic<bool> kept_{false};
};

}  // namespace cumulet::objectstore
