// How hosts are shown, wherever they are.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "common/api/call.hpp"
#include "common/store/transaction.hpp"
#include "compute/model/host.hpp"

namespace cumulet::compute::servers {

bool is_up(const api::Call& call, store::Transaction& txn, const Host& host);
// Numbers stood for ids before 2.53; the place in the order of names (from 0) serves as one.
nlohmann::json id_of(const api::Call& call, const std::string& uuid, std::size_t place);
nlohmann::json hypervisor_summary(const api::Call& call, store::Transaction& txn, const Host& host, std::size_t place);
// [{"uuid", "name"}] of what is on the host.
nlohmann::json servers_on(store::Transaction& txn, const Host& host);

}  // namespace cumulet::compute::servers
