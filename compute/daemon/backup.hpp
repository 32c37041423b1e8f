// Copying what the compute daemon keeps, and bringing it back.
#pragma once

#include <filesystem>

#include "common/runtime/config.hpp"
#include "common/store/engine.hpp"

namespace cumulet::compute::daemon {

// Writes the store as of one moment, and the data of every image of that moment, into the new folder `target`, while
// the daemon works. Throws StoreError or std::filesystem::filesystem_error.
void back_up(store::Engine& engine, const std::filesystem::path& state_folder, const std::filesystem::path& target);

// The other way, into folders that must not exist yet; `from` is the backup of this daemon.
void restore(const runtime::Config& config, const std::filesystem::path& from);

}  // namespace cumulet::compute::daemon
