// What servers hold on hosts: one row a server and host; the sums stand in counters "use/<host>/vcpu" (memory_mib,
// disk_gib, servers). scheduler.hpp has allocate() and release().
#pragma once

#include <string>

#include "common/store/record.hpp"

namespace cumulet::compute {

struct Allocation {
    std::string consumer_id;  // the server
    std::string host;
    std::string host_uuid;  // the resource provider
    std::string project_id, user_id;
    std::int64_t vcpus = 0, memory_mib = 0, disk_gib = 0;
    std::int64_t generation = 1;  // of the consumer
    Timestamp created_at{};
};

}  // namespace cumulet::compute

template <>
struct cumulet::store::Describe<cumulet::compute::Allocation> {
    using Allocation = cumulet::compute::Allocation;
    static constexpr std::string_view collection = "allocation";
    static constexpr int version = 1;
    static constexpr auto key = List{&Allocation::consumer_id, &Allocation::host};
    static constexpr auto fields =
        List{field("consumer_id", &Allocation::consumer_id), field("host", &Allocation::host),
             field("host_uuid", &Allocation::host_uuid),     field("project_id", &Allocation::project_id),
             field("user_id", &Allocation::user_id),         field("vcpus", &Allocation::vcpus),
             field("memory_mib", &Allocation::memory_mib),   field("disk_gib", &Allocation::disk_gib),
             field("generation", &Allocation::generation),   field("created_at", &Allocation::created_at)};
    static constexpr auto indexes = List{index("host", &Allocation::host), index("project", &Allocation::project_id)};
};
