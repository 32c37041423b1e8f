// Servers that were deleted: gone from lists and GET, kept for a bounded time for os-instance-actions and usage
// reports.
#pragma once

#include <string>

#include "common/store/record.hpp"
#include "compute/model/server.hpp"

namespace cumulet::compute {

struct DeletedServer {
    std::string id;
    std::string project_id;
    Timestamp created_at{}, deleted_at{};
    Server server;  // as it last was
};

}  // namespace cumulet::compute

template <>
struct cumulet::store::Describe<cumulet::compute::DeletedServer> {
    using DeletedServer = cumulet::compute::DeletedServer;
    static constexpr std::string_view collection = "deleted_server";
    static constexpr int version = 1;
    static constexpr auto key = List{&DeletedServer::id};
    static constexpr auto fields =
        List{field("id", &DeletedServer::id), field("project_id", &DeletedServer::project_id),
             field("created_at", &DeletedServer::created_at), field("deleted_at", &DeletedServer::deleted_at),
             field("server", &DeletedServer::server)};
    static constexpr auto indexes = List{index("project", &DeletedServer::project_id, desc(&DeletedServer::deleted_at)),
                                         index("deleted", &DeletedServer::deleted_at)};
};
