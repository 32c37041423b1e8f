// What the steps note of a server's way to another size or host (compute/model/migration.hpp).
#pragma once

#include <string>

#include "compute/converge/task_table.hpp"

namespace cumulet::compute::converge::migrations {

// Once a task, however often its step runs.
void begin(StepContext& context, const std::string& type, const std::string& new_flavor_id);
// Of the newest migration of the server that is not at its end; `target`: the server's host now.
void note(StepContext& context, const std::string& status);
// The server is forgotten.
void forget(store::Transaction& txn, const std::string& server_id);

}  // namespace cumulet::compute::converge::migrations
