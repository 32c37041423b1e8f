// `cumulet backup` and `cumulet restore`: everything of a cloud but guests' disks, in one folder.
#pragma once

#include "cli/state_folder.hpp"

namespace cumulet::cli {

// Writes a copy of the running cloud into `target`, which must not exist: each daemon's state as of one moment of it,
// and the passwords, certificates and choices of the state folder. A failed backup leaves nothing behind. Throws
// CommandError.
int backup(const StateFolder& state, const fs::path& target);

// Makes the state folder, which must not exist or be empty, from a backup. `cumulet up` then starts the cloud. Throws
// CommandError.
int restore(const StateFolder& state, const fs::path& source, const fs::path& programs);

}  // namespace cumulet::cli
