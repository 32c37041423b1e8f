// Operations on servers as tasks: the entry points for API handlers. What a task does stands in task_table.hpp.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "common/runtime/ids.hpp"
#include "common/store/transaction.hpp"
#include "compute/model/server.hpp"
#include "compute/model/task.hpp"

namespace cumulet::compute::converge {

// Begins `name` ("create", "delete", "stop", "start", "reboot", "pause", "unpause", "suspend", "resume",
// "attach_interface", "detach_interface", …) on the server: checks the table of allowed vm_states and that no other
// task runs (Fault 409 in Nova's words: "Cannot 'pause' instance <id> while it is in vm_state stopped" / "...
// task_state powering-off"), sets task_state, writes task and server. `create` places the server in this same
// transaction; when no host fits, the server goes to ERROR with the explanation as its fault and the task fails, in
// this same commit. `delete` is allowed in every state and ends an unfinished task. The server is put() by this
// function.
Task start_task(store::Transaction& txn, Random& random, Server& server, std::string_view name,
                nlohmann::json args = nlohmann::json::object());

// Keeps `name` ("lock", "unlock") among the server's actions: something that was done at once, in this transaction.
void note_action(store::Transaction& txn, Random& random, const Server& server, std::string_view name);

}  // namespace cumulet::compute::converge
