// How servers are shown, microversion by microversion.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "common/api/call.hpp"
#include "common/store/transaction.hpp"
#include "compute/model/server.hpp"

namespace cumulet::compute::servers {

// Nova's status word: derived from vm_state and task_state.
std::string_view status_of(const Server& server);
// The status words a filter may name, as vm_states; empty for an unknown one.
std::vector<VmState> states_of(std::string_view status);

// The hash by which a project can tell its hosts apart without learning their names.
std::string host_id(const std::string& project_id, const std::string& host);
// "instance-00000001"-like name of the guest on its host: here, from the server's id.
std::string instance_name(const Server& server);

nlohmann::json server_summary(const api::Call& call, const Server& server);
nlohmann::json server_json(const api::Call& call, store::Transaction& txn, const Server& server);
// The answer to a change: up to 2.75 less than the show.
nlohmann::json changed_server_json(const api::Call& call, store::Transaction& txn, const Server& server);
// "addresses" of one server.
nlohmann::json addresses_json(store::Transaction& txn, const std::string& server_id);

}  // namespace cumulet::compute::servers
