// Documents of the Placement API.
#pragma once

#include <nlohmann/json.hpp>

#include "common/api/call.hpp"
#include "common/store/transaction.hpp"
#include "compute/model/host.hpp"
#include "compute/placement/allocations.hpp"
#include "compute/placement/scheduler.hpp"

namespace cumulet::compute::placement {

nlohmann::json provider_view(const api::Call& call, const Host& host);
nlohmann::json inventories_of(const Host& host);  // by resource class
nlohmann::json usages_of(const HostUse& use);
nlohmann::json resources_of(const Allocation& allocation);

// The provider in the path. Fault 404.
Host find_provider(store::Transaction& txn, const api::Call& call);

}  // namespace cumulet::compute::placement
