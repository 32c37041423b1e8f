// Lists of servers: filters, order, pages.
#pragma once

#include "common/api/call.hpp"
#include "common/store/transaction.hpp"

namespace cumulet::compute::servers {

api::Reply list_servers(api::Call& call, store::Transaction& txn, bool detail);

}  // namespace cumulet::compute::servers
