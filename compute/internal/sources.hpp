// What a host's desired state is made of, from the modules that know.
#pragma once

#include "compute/converge/desired.hpp"

namespace cumulet::compute::internal {

// Images and networks; `instance` is what the metadata module tells a guest (paths of a config drive and their
// contents).
converge::DesiredSources desired_sources(
    std::function<nlohmann::json(store::Transaction&, const Server&)> instance = nullptr);

}  // namespace cumulet::compute::internal
