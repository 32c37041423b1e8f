// Finding what a call names, as the actor may see it.
#pragma once

#include <string_view>

#include "common/api/call.hpp"
#include "common/store/transaction.hpp"
#include "compute/model/server.hpp"

namespace cumulet::compute::servers {

// Fault 404 when there is no such server or it belongs to another project (administrators see all).
Server find_visible(store::Transaction& txn, const api::Call& call, std::string_view id);
// The same for changes: Fault 409 while the server is locked and the actor may not override the lock.
Server find_changeable(store::Transaction& txn, const api::Call& call, std::string_view id);

// Fault 400 when the driver of the server's host says that it cannot do this ("snapshot": a member of Capabilities).
void require_of_host(store::Transaction& txn, const Server& server, const std::string& capability);

}  // namespace cumulet::compute::servers
