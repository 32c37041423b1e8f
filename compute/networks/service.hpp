// The network service (Neutron v2.0): its endpoint tables and everything else that a daemon needs to serve it.
#pragma once

#include <vector>

#include "common/api/service.hpp"

namespace cumulet::compute::networks {

// Needs no modules.
api::ServiceDescription service_description();
// Rules that no endpoint names but handlers ask ("create_network:shared"): to be given to the PolicyEngine beside
// api::policy_rules(tables).
std::vector<auth::RuleDefault> attribute_rules();

api::EndpointTable network_endpoints();
api::EndpointTable subnet_endpoints();
api::EndpointTable port_endpoints();
api::EndpointTable router_endpoints();
api::EndpointTable floating_ip_endpoints();
api::EndpointTable security_group_endpoints();
api::EndpointTable security_group_rule_endpoints();
api::EndpointTable quota_endpoints();
api::EndpointTable agent_endpoints();
api::EndpointTable extension_endpoints();
api::EndpointTable tag_endpoints();

}  // namespace cumulet::compute::networks
