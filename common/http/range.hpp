// The Range header against a length that is known (RFC 9110, 14): what images and objects need to answer 206 and 416.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cumulet::http {

struct ByteRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;  // included
    std::uint64_t length() const { return last - first + 1; }
    bool operator==(const ByteRange&) const = default;
};

enum class RangeKind {
    whole,          // no header, another unit, broken syntax or too many ranges: answer 200 with everything
    partial,        // answer 206 with `ranges`, in the order asked
    unsatisfiable,  // answer 416 with content_range_unsatisfied()
};

struct RangeResult {
    RangeKind kind = RangeKind::whole;
    std::vector<ByteRange> ranges;
};

// Ranges beyond the end are dropped or cut; `max_ranges` bounds what one request may ask. Never throws.
RangeResult parse_range(std::string_view header, std::uint64_t length, std::size_t max_ranges = 50);

std::string content_range(const ByteRange& range, std::uint64_t length);  // "bytes 0-9/100"
std::string content_range_unsatisfied(std::uint64_t length);              // "bytes */100"

}  // namespace cumulet::http
