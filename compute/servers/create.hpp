// Creating servers: from a checked request to records, in one transaction.
#pragma once

#include <string>
#include <vector>

#include "common/api/call.hpp"
#include "common/store/transaction.hpp"
#include "compute/model/server.hpp"

namespace cumulet::compute::servers {

struct Created {
    std::vector<Server> servers;
    std::string admin_password;
    std::string reservation_id;
};

// `asked` is the body's "server". Takes quota, makes ports, places the servers and starts their create tasks. Faults as
// Nova words them; nothing is kept when one is thrown.
Created create_servers(api::Call& call, store::Transaction& txn, const nlohmann::json& asked);

}  // namespace cumulet::compute::servers
