// Named places where a test may kill the process: every commit of the store is one, named after its reason.
#pragma once

#include <string_view>

namespace cumulet::runtime {

// Kills this process (SIGKILL, nothing is flushed) when CUMULET_CRASH_AT is "<name>" or "<name>:<n>" (the n-th passage, from
// 1). Costs one load when the variable is unset. Any thread.
void crash_point(std::string_view name, std::string_view moment);

}  // namespace cumulet::runtime
