// The endpoint tables of the internal API, a subject each.
#pragma once

#include "common/api/endpoint.hpp"

namespace cumulet::compute::internal {

api::EndpointTable host_endpoints();
api::EndpointTable image_endpoints();

}  // namespace cumulet::compute::internal
