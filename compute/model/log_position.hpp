// How far a reader of the change log has made it into records of its own.
#pragma once

#include <cstdint>
#include <string>

#include "common/store/record.hpp"

namespace cumulet::compute {

struct LogPosition {
    std::string reader;
    std::uint64_t revision = 0;
};

}  // namespace cumulet::compute

template <>
struct cumulet::store::Describe<cumulet::compute::LogPosition> {
    using LogPosition = cumulet::compute::LogPosition;
    static constexpr std::string_view collection = "log_position";
    static constexpr int version = 1;
    static constexpr auto key = List{&LogPosition::reader};
    static constexpr auto fields =
        List{field("reader", &LogPosition::reader), field("revision", &LogPosition::revision)};
    static constexpr auto indexes = List{};
};
