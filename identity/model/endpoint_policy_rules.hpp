// Rules over what ties policy documents to endpoints.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/store/transaction.hpp"
#include "identity/model/catalog.hpp"
#include "identity/model/endpoint_policies.hpp"

namespace cumulet::identity {

// The endpoints that the policy is for.
std::vector<EndpointEntry> endpoints_of_policy(store::Transaction& txn, std::string_view policy_id);
// The policy that is for the endpoint: the nearest of its own, that of its service in its region or one above, that of
// its service.
std::optional<std::string> policy_of_endpoint(store::Transaction& txn, const EndpointEntry& endpoint);

void remove_associations_of_policy(store::Transaction& txn, std::string_view policy_id);
void remove_associations_of_endpoint(store::Transaction& txn, std::string_view endpoint_id);
void remove_associations_of_service(store::Transaction& txn, std::string_view service_id);
void remove_associations_of_region(store::Transaction& txn, std::string_view region_id);

}  // namespace cumulet::identity
