// Folders for what nobody else on the machine is to read: stores, data, keys, backups.
#pragma once

#include <filesystem>

namespace cumulet::runtime {

// Creates the folder and those above it; the folder itself opens to its owner only. One that exists is left as it is:
// whoever made it chose. True when it was made. Throws std::filesystem::filesystem_error.
bool make_private_folder(const std::filesystem::path& folder);

}  // namespace cumulet::runtime
