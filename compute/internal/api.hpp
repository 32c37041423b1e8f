// The internal API of the compute daemon, for agents.
#pragma once

#include "common/api/service.hpp"

namespace cumulet::compute::internal {

// Its handlers use the modules converge::HostControl and images::ImageStore. To be served only by a listener that
// demands client certificates.
api::ServiceDescription service_description();

// Throws api::Fault forbidden unless the call's certificate may speak for the path's {host}.
std::string speaking_host(api::Call& call, store::Transaction& txn);

}  // namespace cumulet::compute::internal
