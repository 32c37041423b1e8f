// A server's way to another size or another host, as os-migrations shows it.
#pragma once

#include <string>

#include "common/store/record.hpp"

namespace cumulet::compute {

struct Migration {
    std::int64_t id = 0;
    std::string uuid;
    std::string server_id, project_id, user_id;
    std::string task_id;  // of the task that began it
    std::string type;     // "resize", "migration", "evacuation"
    std::string status;   // Nova's: "migrating", "finished", "confirmed", "reverted", "done", "error"
    std::string source, target;
    std::string old_flavor_id, new_flavor_id;
    Timestamp created_at{}, updated_at{};
};

}  // namespace cumulet::compute

template <>
struct cumulet::store::Describe<cumulet::compute::Migration> {
    using Migration = cumulet::compute::Migration;
    static constexpr std::string_view collection = "migration";
    static constexpr int version = 1;
    static constexpr auto key = List{&Migration::id};
    static constexpr auto fields = List{field("id", &Migration::id),
                                        field("uuid", &Migration::uuid),
                                        field("server_id", &Migration::server_id),
                                        field("project_id", &Migration::project_id),
                                        field("user_id", &Migration::user_id),
                                        field("task_id", &Migration::task_id),
                                        field("type", &Migration::type),
                                        field("status", &Migration::status),
                                        field("source", &Migration::source),
                                        field("target", &Migration::target),
                                        field("old_flavor_id", &Migration::old_flavor_id),
                                        field("new_flavor_id", &Migration::new_flavor_id),
                                        field("created_at", &Migration::created_at),
                                        field("updated_at", &Migration::updated_at)};
    static constexpr auto indexes = List{index("server", &Migration::server_id)};
};
