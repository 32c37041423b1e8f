// Named places where a test may kill the process: every commit of the store is one, named after its reason.
#pragma once

#include <string_view>

namespace cumulet::runtime {

// Whether CUMULET_CRASH_AT or CUMULET_CRASH_LOG is set. Costs one load. Any thread.
bool crash_points_enabled();

// Passes the point `name` at `moment` ("before" or "after" a commit).
// Kills this process (SIGKILL, nothing is flushed) when CUMULET_CRASH_AT is "<name>" or "<name>/<moment>", with ":<n>"
// behind it for the n-th passage instead of the first. Appends "<name>/<moment>" to the file CUMULET_CRASH_LOG at its
// first passage, so that a suite can learn which points a run has. Any thread.
void crash_point(std::string_view name, std::string_view moment);

}  // namespace cumulet::runtime
