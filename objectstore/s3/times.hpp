// Times as S3 shows them: whole seconds, so that a listing, a header and a condition never disagree.
#pragma once

#include <string>

#include "common/runtime/clock.hpp"

namespace cumulet::objectstore::s3 {

inline Timestamp whole_seconds(Timestamp time) { return std::chrono::floor<std::chrono::seconds>(time); }

// "2026-11-22T02:48:12.000Z".
inline std::string iso_millis(Timestamp time) {
    auto text = to_iso_seconds(whole_seconds(time));
    text.insert(text.size() - 1, ".000");
    return text;
}

// Where a lock ends: not sooner than it does.
inline std::string iso_until(Timestamp time) {
    auto text = to_iso_micros(std::chrono::ceil<std::chrono::milliseconds>(time));
    return text.erase(text.size() - 4, 3);
}

inline std::string http_date(Timestamp time) { return to_http_date(whole_seconds(time)); }

}  // namespace cumulet::objectstore::s3
