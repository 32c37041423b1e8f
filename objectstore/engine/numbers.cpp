#include "objectstore/engine/numbers.hpp"

#include <fmt/format.h>

#include <charconv>

namespace cumulet::objectstore {

std::string name_of(std::uint64_t number) { return fmt::format("{:016x}", number); }

std::optional<std::uint64_t> number_of(std::string_view name) {
    std::uint64_t number = 0;
    const auto end = name.data() + name.size();
    const auto result = std::from_chars(name.data(), end, number, 16);
    if (name.size() != 16 || result.ec != std::errc{} || result.ptr != end) return std::nullopt;
    return number;
}

}  // namespace cumulet::objectstore
