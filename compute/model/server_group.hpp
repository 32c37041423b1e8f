// Server groups: servers that should, or must, be on one host or on different ones.
#pragma once

#include <string>
#include <vector>

#include "common/store/record.hpp"

namespace cumulet::compute {

struct ServerGroup {
    std::string id, name;
    std::string project_id, user_id;
    std::string policy;                    // "affinity", "anti-affinity", "soft-affinity", "soft-anti-affinity"
    std::int64_t max_server_per_host = 0;  // of anti-affinity; 0: one
    std::vector<std::string> members;      // servers, the deleted ones taken out
    Timestamp created_at{};
};

}  // namespace cumulet::compute

template <>
struct cumulet::store::Describe<cumulet::compute::ServerGroup> {
    using Group = cumulet::compute::ServerGroup;
    static constexpr std::string_view collection = "server_group";
    static constexpr int version = 1;
    static constexpr auto key = List{&Group::id};
    static constexpr auto fields = List{field("id", &Group::id),
                                        field("name", &Group::name),
                                        field("project_id", &Group::project_id),
                                        field("user_id", &Group::user_id),
                                        field("policy", &Group::policy),
                                        field("max_server_per_host", &Group::max_server_per_host),
                                        field("members", &Group::members),
                                        field("created_at", &Group::created_at)};
    static constexpr auto indexes =
        List{index("project", &Group::project_id, &Group::created_at), each("member", &Group::members)};
};
