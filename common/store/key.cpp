#include "common/store/key.hpp"

namespace cumulet::store {

namespace {

// A NUL inside a string becomes 00 FF, its end is 00 01: the end sorts before every continuation.
constexpr char kNul = '\0';
constexpr char kEscapedNul = '\xff';
constexpr char kEnd = '\x01';

void append_big_endian(std::string& key, std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<char>(value >> shift));
}

// Negative numbers sort before positive ones once the sign bit is turned over.
std::uint64_t ordered(std::int64_t value) { return static_cast<std::uint64_t>(value) ^ (std::uint64_t{1} << 63); }

}  // namespace

void append_key(std::string& key, std::string_view part) {
    for (char c : part) {
        key.push_back(c);
        if (c == kNul) key.push_back(kEscapedNul);
    }
    key.push_back(kNul);
    key.push_back(kEnd);
}

void append_key(std::string& key, std::int64_t part) { append_big_endian(key, ordered(part)); }

void append_key_descending(std::string& key, std::int64_t part) { append_big_endian(key, ~ordered(part)); }

std::string take_key_string(std::string_view& key) {
    std::string part;
    std::size_t at = 0;
    for (; at < key.size(); ++at) {
        const bool nul = key[at] == kNul;
        if (nul && (++at == key.size() || key[at] != kEscapedNul)) break;
        part.push_back(nul ? kNul : key[at]);
    }
    key.remove_prefix(std::min(key.size(), at + 1));
    return part;
}

std::string prefix_end(std::string prefix) {
    while (!prefix.empty() && prefix.back() == '\xff') prefix.pop_back();
    if (!prefix.empty()) prefix.back() = static_cast<char>(prefix.back() + 1);
    return prefix;
}

}  // namespace cumulet::store
