// Numbers as the engine keeps them: eight bytes, most significant first, so that log keys sort by revision.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/store/engine.hpp"

namespace cumulet::store::rocks {

inline std::string to_fixed(std::uint64_t value) {
    std::string bytes(8, '\0');
    for (int i = 7; i >= 0; --i, value >>= 8) bytes[static_cast<std::size_t>(i)] = static_cast<char>(value);
    return bytes;
}

// Throws StoreError when there are fewer than eight bytes.
inline std::uint64_t from_fixed(std::string_view bytes) {
    if (bytes.size() < 8) throw StoreError("the store is damaged: a value is too short");
    std::uint64_t value = 0;
    for (char c : bytes.substr(0, 8)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
}

}  // namespace cumulet::store::rocks
