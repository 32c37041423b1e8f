// Texts joined while compiling: schemas of several endpoints that share parts.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace cumulet::api {

template <const std::string_view&... parts>
struct Joined {
    static constexpr auto kCharacters = [] {
        std::array<char, (parts.size() + ...)> all{};
        auto at = all.begin();
        ((at = std::copy(parts.begin(), parts.end(), at)), ...);
        return all;
    }();
};

// The parts one behind the other.
template <const std::string_view&... parts>
inline constexpr std::string_view joined{Joined<parts...>::kCharacters.data(), Joined<parts...>::kCharacters.size()};

}  // namespace cumulet::api
