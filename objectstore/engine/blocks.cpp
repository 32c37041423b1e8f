#include "objectstore/engine/blocks.hpp"

#include <algorithm>
#include <cstring>

#include "objectstore/engine/engine_error.hpp"

namespace cumulet::objectstore {

namespace {

constexpr std::uint64_t kWindow = 512;  // checksums read at once

std::uint64_t seed_of(std::uint64_t number, std::uint64_t index) { return number * 0x9E3779B97F4A7C15u + index; }

void append_sum(std::string& to, std::uint64_t sum) {
    for (int byte = 0; byte < 8; ++byte) to += static_cast<char>(sum >> (8 * byte) & 0xff);
}

std::uint64_t parse_sum(std::string_view bytes) {
    std::uint64_t sum = 0;
    for (std::size_t byte = 0; byte < 8; ++byte)
        sum |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[byte])) << (8 * byte);
    return sum;
}

}  // namespace

std::uint64_t block_sum(std::uint64_t number, std::uint64_t index, std::string_view bytes) {
    return hash_of(bytes, seed_of(number, index));
}

BlockSums::BlockSums(std::uint64_t number) : number_(number), block_(seed_of(number, 0)) {}

void BlockSums::add(std::string_view bytes) {
    while (!bytes.empty()) {
        if (filled_ == 0 && bytes.size() >= kBlockBytes) {
            append_sum(ready_, block_sum(number_, index_++, bytes.substr(0, kBlockBytes)));
            bytes.remove_prefix(kBlockBytes);
            continue;
        }
        if (filled_ == 0) block_.restart(seed_of(number_, index_));
        const auto count = std::min<std::size_t>(bytes.size(), kBlockBytes - filled_);
        block_.add(bytes.substr(0, count));
        filled_ += count;
        bytes.remove_prefix(count);
        if (filled_ == kBlockBytes) close_block();
    }
}

void BlockSums::close_block() {
    append_sum(ready_, block_.value());
    ++index_;
    filled_ = 0;
}

std::string BlockSums::take() {
    all_.add(ready_);
    taken_ += ready_.size();
    return std::exchange(ready_, {});
}

std::string BlockSums::take_complete() { return take(); }

std::string BlockSums::take_rest() {
    if (filled_ > 0) close_block();
    return take();
}

BlockChecker::BlockChecker(File file, std::uint64_t number, std::uint64_t length)
    : file_(std::move(file)), number_(number), length_(length) {}

std::size_t BlockChecker::size_of_block(std::uint64_t index) const {
    return static_cast<std::size_t>(std::min(kBlockBytes, length_ - index * kBlockBytes));
}

std::size_t BlockChecker::read(std::uint64_t index, char* to) {
    const auto size = size_of_block(index);
    read_exactly(file_, to, size, index * kBlockBytes);
    if (!has_sum(index)) {
        std::string window(begin_window(index), '\0');
        read_exactly(file_, window.data(), window.size(), length_ + 8 * index);
        window_ = std::move(window);
    }
    check(index, {to, size});
    return size;
}

bool BlockChecker::read_cached(std::uint64_t index, char* to) {
    const auto size = size_of_block(index);
    if (!objectstore::read_cached(file_, to, size, index * kBlockBytes)) return false;
    if (!has_sum(index)) {
        std::string window(begin_window(index), '\0');
        if (!objectstore::read_cached(file_, window.data(), window.size(), length_ + 8 * index)) return false;
        window_ = std::move(window);
    }
    check(index, {to, size});
    return true;
}

bool BlockChecker::has_sum(std::uint64_t index) const {
    return index >= window_first_ && index - window_first_ < window_.size() / 8;
}

// The size of a window that begins with this block; none is there until it is filled.
std::size_t BlockChecker::begin_window(std::uint64_t index) {
    window_.clear();
    window_first_ = index;
    return static_cast<std::size_t>(8 * std::min(kWindow, blocks_in(length_) - index));
}

void BlockChecker::check(std::uint64_t index, std::string_view bytes) const {
    const auto at = static_cast<std::size_t>(8 * (index - window_first_));
    if (block_sum(number_, index, bytes) != parse_sum(std::string_view(window_).substr(at, 8)))
        throw EngineError(EngineError::Kind::damaged, "a block of an object is not what was written");
}

bool check_file(const File& file, std::uint64_t number, std::uint64_t length, std::uint64_t checksum,
                const ReadSoFar& read) {
    if (size_of(file) != stored_bytes(length)) return false;
    Hasher all;
    std::string piece(4 * kBlockBytes, '\0'), sums;
    const auto blocks = blocks_in(length);
    for (std::uint64_t index = 0; index < blocks;) {
        const auto count =
            static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), length - index * kBlockBytes));
        read_exactly(file, piece.data(), count, index * kBlockBytes);
        sums.resize(static_cast<std::size_t>(8 * blocks_in(count)));
        read_exactly(file, sums.data(), sums.size(), length + 8 * index);
        if (read) read(count);
        all.add(sums);
        for (std::size_t at = 0; at < count; at += kBlockBytes, ++index) {
            const auto block = std::string_view(piece).substr(at, std::min<std::size_t>(kBlockBytes, count - at));
            if (block_sum(number, index, block) != parse_sum(std::string_view(sums).substr(at / kBlockBytes * 8, 8)))
                return false;
        }
    }
    return all.value() == checksum;
}

}  // namespace cumulet::objectstore
