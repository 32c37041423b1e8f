// What `cumulet status` tells.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cli/state_folder.hpp"

namespace cumulet::cli {

// {"state": "ready"|"starting"|"stopping"|"stopped", "supervisor": {…}, "processes": [{"name", "pid", "state", "ports",
// "restarts", "resident_bytes"}]}; a process that is gone although the supervisor has not noticed yet is "gone". Throws
// CommandError.
nlohmann::ordered_json cloud_status(const StateFolder& state);

// The same as a table for people.
std::string to_table(const nlohmann::ordered_json& status);

// The `status` command: 0 when the cloud is ready, 3 when not.
int print_status(const StateFolder& state, bool as_json);

}  // namespace cumulet::cli
