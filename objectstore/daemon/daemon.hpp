#pragma once

#include "common/daemon/daemon.hpp"

namespace cumulet::objectstore {

daemon::Components build_components(daemon::Platform& platform);

// `cumulet-objectstore --restore FOLDER`.
void restore(const runtime::Config& config, const std::filesystem::path& from);

}  // namespace cumulet::objectstore
