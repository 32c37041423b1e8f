// Checksums of a file of its own, block by block, so that a range can be checked without the rest. Behind the bytes
// stand eight bytes for each block: its XXH3, seeded with what it belongs to, so that a block at the wrong place is
// found as well.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "objectstore/engine/files.hpp"
#include "objectstore/engine/hash.hpp"

namespace cumulet::objectstore {

constexpr std::uint64_t kBlockBytes = 64 * 1024;

constexpr std::uint64_t blocks_in(std::uint64_t length) { return (length + kBlockBytes - 1) / kBlockBytes; }
// Of the whole file, its checksums included.
constexpr std::uint64_t stored_bytes(std::uint64_t length) { return length + 8 * blocks_in(length); }

std::uint64_t block_sum(std::uint64_t number, std::uint64_t index, std::string_view bytes);

// Gathers the checksums while a file is written.
class BlockSums {
public:
    explicit BlockSums(std::uint64_t number);
    void add(std::string_view bytes);
    // The checksums of the blocks that are complete and were not taken before, as they are stored.
    std::string take_complete();
    // The same at the end: the last block may be a short one.
    std::string take_rest();
    // XXH3 of all that were taken: the blob's checksum.
    std::uint64_t value() const { return all_.value(); }
    // How many bytes of checksums were taken.
    std::uint64_t taken() const { return taken_; }

private:
    void close_block();
    std::string take();

    const std::uint64_t number_;
    std::uint64_t index_ = 0;
    std::size_t filled_ = 0;  // of the block that is open
    std::uint64_t taken_ = 0;
    Hasher block_, all_;
    std::string ready_;
};

// Checks blocks of a file that stays open. One thread at a time.
class BlockChecker {
public:
    BlockChecker(File file, std::uint64_t number, std::uint64_t length);
    // Reads block `index` into `to`, which has room for it, and checks it. Its size. Throws EngineError.
    std::size_t read(std::uint64_t index, char* to);
    // The same, but false where that had to wait for the disk.
    bool read_cached(std::uint64_t index, char* to);
    std::size_t size_of_block(std::uint64_t index) const;

private:
    bool has_sum(std::uint64_t index) const;
    std::size_t begin_window(std::uint64_t index);
    void check(std::uint64_t index, std::string_view bytes) const;

    File file_;
    const std::uint64_t number_, length_;
    std::string window_;  // checksums that were read ahead
    std::uint64_t window_first_ = 0;
};

// Told of each piece that was read; may wait, and may throw to end the reading.
using ReadSoFar = std::function<void(std::uint64_t bytes)>;

// Blocks. Reads all and compares it with `checksum`.
bool check_file(const File& file, std::uint64_t number, std::uint64_t length, std::uint64_t checksum,
                const ReadSoFar& read = nullptr);

}  // namespace cumulet::objectstore
