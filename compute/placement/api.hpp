// The Placement API over hosts and allocations: hosts are resource providers, servers are consumers. Reading only: what
// is written here comes from agents and from servers.
#pragma once

#include "common/api/service.hpp"

namespace cumulet::compute::placement {

inline constexpr api::Version kMinVersion{1, 0};
inline constexpr api::Version kMaxVersion{1, 39};

api::EndpointTable provider_endpoints();
api::EndpointTable consumer_endpoints();

api::ServiceDescription placement_service();

}  // namespace cumulet::compute::placement
