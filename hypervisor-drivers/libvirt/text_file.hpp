// Reads the ends of files.
#pragma once

#include <string>
#include <vector>

namespace cumulet::hypervisor {

// The last `max_bytes` of the files taken together in this order (an older, rotated log first). Absent files are empty.
std::string last_bytes(const std::vector<std::string>& files, std::size_t max_bytes);

}  // namespace cumulet::hypervisor
