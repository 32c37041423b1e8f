// Keys whose byte order is the order of what they hold.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "common/runtime/clock.hpp"
#include "common/store/codec.hpp"

namespace cumulet::store {

// Appends one part to a key. Strings are terminated so that "a" sorts before "ab" whatever follows, and may hold NUL.
void append_key(std::string& key, std::string_view part);
inline constexpr std::size_t kKeyEndBytes = 2;  // of that terminator
void append_key(std::string& key, std::int64_t part);
// The same, sorting from large to small.
void append_key_descending(std::string& key, std::int64_t part);

// The string that `key` begins with; `key` then begins behind it.
std::string take_key_string(std::string_view& key);
inline constexpr std::size_t kKeyNumberBytes = 8;  // of integers and times

template <class T>
void append_key_part(std::string& key, const T& part) {
    if constexpr (std::is_convertible_v<const T&, std::string_view>)
        append_key(key, std::string_view(part));
    else if constexpr (std::is_same_v<T, Timestamp>)
        append_key(key, static_cast<std::int64_t>(part.time_since_epoch().count()));
    else if constexpr (std::is_enum_v<T>)
        append_key(key, enum_name(part));
    else if constexpr (detail::is_optional<T>::value)
        part ? append_key_part(key, *part) : append_key(key, std::string_view(""));
    else {
        static_assert(std::is_integral_v<T>, "keys are made of strings, integers, enums, booleans and times");
        append_key(key, static_cast<std::int64_t>(part));
    }
}

// The smallest key that is greater than every key starting with `prefix`.
std::string prefix_end(std::string prefix);

}  // namespace cumulet::store
