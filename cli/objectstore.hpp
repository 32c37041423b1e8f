// `cumulet objectstore`: what only the object store's operator asks.
#pragma once

#include "cli/state_folder.hpp"

namespace cumulet::cli {

// Prints the objects whose bytes are not those that were written, as the scrubber found them: one a line. 1 when there
// are any. Throws CommandError when no object store runs.
int print_rotten(const StateFolder& state, bool as_json);

}  // namespace cumulet::cli
