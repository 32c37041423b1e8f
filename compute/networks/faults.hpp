// The network service's faults, by the type names that clients match on.
#pragma once

#include <string_view>

#include "common/api/fault.hpp"

namespace cumulet::compute::networks {

api::Fault network_not_found(std::string_view id);
api::Fault subnet_not_found(std::string_view id);
api::Fault port_not_found(std::string_view id);
api::Fault router_not_found(std::string_view id);
api::Fault floating_ip_not_found(std::string_view id);
api::Fault security_group_not_found(std::string_view id);
api::Fault security_group_rule_not_found(std::string_view id);

api::Fault network_in_use(std::string_view id);
api::Fault subnet_in_use(std::string_view id);
api::Fault router_in_use(std::string_view id, std::string_view why);
api::Fault security_group_in_use(std::string_view id);
api::Fault address_in_use(std::string_view network_id, std::string_view address);
api::Fault mac_in_use(std::string_view network_id, std::string_view mac);
api::Fault addresses_exhausted(std::string_view network_id);
api::Fault invalid_address_for_network(std::string_view address);
api::Fault invalid_input(std::string_view message);  // 400 InvalidInput
api::Fault bad_request(std::string_view resource, std::string_view message);
api::Fault over_quota(std::string_view resource);
// quota_take's refusal in this service's words.
bool is_over_quota(const api::Fault& fault);

}  // namespace cumulet::compute::networks
