// Blobs with a file of their own: files/<two digits>/<number>.
#pragma once

#include <filesystem>
#include <vector>

#include "objectstore/engine/files.hpp"
#include "objectstore/engine/numbers.hpp"

namespace cumulet::objectstore {

// Any thread.
class OwnFiles {
public:
    // Makes the folders. Throws EngineError.
    explicit OwnFiles(std::filesystem::path root);

    // A new empty file with a number of `numbers`, not yet durable.
    std::pair<File, std::uint64_t> create(Numbers& numbers) const;
    // Makes a file written so far, and its name, durable. Blocks.
    void make_durable(const File& file, std::uint64_t number) const;
    File open(std::uint64_t number) const;
    // A file that is not there is fine.
    void remove(std::uint64_t number) const;
    std::vector<std::uint64_t> all() const;

private:
    std::filesystem::path folder_of(std::uint64_t number) const;
    std::filesystem::path root_;
};

}  // namespace cumulet::objectstore
