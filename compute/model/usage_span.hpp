// A time in which a server had one size: what is paid for. Made from the change log (compute/metering), never by hand.
#pragma once

#include <limits>
#include <optional>
#include <string>

#include "common/store/record.hpp"

namespace cumulet::compute {

struct UsageSpan {
    std::string server_id, project_id;
    Timestamp launched_at{};  // of the server: the beginning of its first span
    Timestamp since{};
    std::optional<Timestamp> until;  // absent: it goes on
    bool last = false;               // the server ended with it
    std::string name;                // of the server, as the span ended
    std::string flavor;              // the flavor's name
    std::int64_t vcpus = 0, memory_mib = 0, disk_gib = 0;
};

}  // namespace cumulet::compute

template <>
struct cumulet::store::Describe<cumulet::compute::UsageSpan> {
    using UsageSpan = cumulet::compute::UsageSpan;
    static constexpr std::string_view collection = "usage_span";
    static constexpr int version = 1;
    static constexpr auto key = List{&UsageSpan::server_id, &UsageSpan::since};
    static constexpr auto fields = List{field("server_id", &UsageSpan::server_id),
                                        field("project_id", &UsageSpan::project_id),
                                        field("launched_at", &UsageSpan::launched_at),
                                        field("since", &UsageSpan::since),
                                        field("until", &UsageSpan::until),
                                        field("last", &UsageSpan::last),
                                        field("name", &UsageSpan::name),
                                        field("flavor", &UsageSpan::flavor),
                                        field("vcpus", &UsageSpan::vcpus),
                                        field("memory_mib", &UsageSpan::memory_mib),
                                        field("disk_gib", &UsageSpan::disk_gib)};
    // Those that go on first, then the latest ended: a report of the present month reads no older one.
    static constexpr auto newest_end = [](const UsageSpan& span) {
        return span.until ? std::numeric_limits<std::int64_t>::max() - span.until->time_since_epoch().count()
                          : std::int64_t{0};
    };
    static constexpr auto indexes =
        List{index("project", &UsageSpan::project_id, newest_end), index("end", newest_end)};
};
