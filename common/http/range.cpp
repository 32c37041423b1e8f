#include "common/http/range.hpp"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <limits>
#include <optional>

namespace cumulet::http {

namespace {

std::string_view without_blanks(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

// A number too large for us is as good as the largest one: it only ever means "to the end" or "beyond the end".
std::optional<std::uint64_t> parse_position(std::string_view digits) {
    if (digits.empty()) return std::nullopt;
    constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t value = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9') return std::nullopt;
        const auto digit = static_cast<std::uint64_t>(c - '0');
        value = value > (kMax - digit) / 10 ? kMax : value * 10 + digit;
    }
    return value;
}

// False: broken syntax. `out` stays empty when the range lies outside of the length.
bool parse_one(std::string_view spec, std::uint64_t length, std::optional<ByteRange>& out) {
    const auto dash = spec.find('-');
    if (dash == std::string_view::npos) return false;
    const auto from = without_blanks(spec.substr(0, dash));
    const auto to = without_blanks(spec.substr(dash + 1));
    if (from.empty()) {
        const auto suffix = parse_position(to);
        if (!suffix) return false;
        if (*suffix > 0 && length > 0) out = ByteRange{length - std::min(*suffix, length), length - 1};
        return true;
    }
    const auto first = parse_position(from);
    const auto last = to.empty() ? std::optional(std::numeric_limits<std::uint64_t>::max()) : parse_position(to);
    if (!first || !last || *last < *first) return false;
    if (*first < length) out = ByteRange{*first, std::min(*last, length - 1)};
    return true;
}

}  // namespace

RangeResult parse_range(std::string_view header, std::uint64_t length, std::size_t max_ranges) {
    header = without_blanks(header);
    constexpr std::string_view kUnit = "bytes";
    if (header.size() <= kUnit.size() || strncasecmp(header.data(), kUnit.data(), kUnit.size()) != 0) return {};
    header = without_blanks(header.substr(kUnit.size()));
    if (header.empty() || header.front() != '=') return {};
    header.remove_prefix(1);

    RangeResult result;
    std::size_t specs = 0;
    for (bool more = true; more;) {
        const auto comma = header.find(',');
        const auto spec = without_blanks(header.substr(0, comma));
        more = comma != std::string_view::npos;
        if (more) header.remove_prefix(comma + 1);
        if (spec.empty()) continue;
        if (++specs > max_ranges) return {};
        std::optional<ByteRange> range;
        if (!parse_one(spec, length, range)) return {};
        if (range) result.ranges.push_back(*range);
    }
    if (specs == 0) return {};
    result.kind = result.ranges.empty() ? RangeKind::unsatisfiable : RangeKind::partial;
    return result;
}

std::string content_range(const ByteRange& range, std::uint64_t length) {
    return fmt::format("bytes {}-{}/{}", range.first, range.last, length);
}

std::string content_range_unsatisfied(std::uint64_t length) { return fmt::format("bytes */{}", length); }

}  // namespace cumulet::http
