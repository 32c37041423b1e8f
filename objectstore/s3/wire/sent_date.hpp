// Dates as clients send them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/runtime/clock.hpp"

namespace cumulet::objectstore::s3 {

// An HTTP date; some write its zone as a number.
inline std::optional<Timestamp> sent_date(std::string_view text) {
    std::string date(text);
    if (date.ends_with(" +0000") || date.ends_with(" -0000")) date.replace(date.size() - 5, 5, "GMT");
    return parse_http_date(date);
}

}  // namespace cumulet::objectstore::s3
