// Nova's endpoint tables, one a resource, and the service they make together.
#pragma once

#include <string>
#include <vector>

#include "common/api/service.hpp"

namespace cumulet::compute::servers {

inline constexpr api::Version kMinVersion{2, 1};
inline constexpr api::Version kMaxVersion{2, 93};

api::EndpointTable version_endpoints();
api::EndpointTable flavor_endpoints();
api::EndpointTable flavor_spec_endpoints();
api::EndpointTable keypair_endpoints();
api::EndpointTable server_endpoints();
api::EndpointTable server_action_endpoints();
api::EndpointTable server_change_endpoints();
api::EndpointTable server_snapshot_endpoints();
api::EndpointTable server_metadata_endpoints();
api::EndpointTable server_tag_endpoints();
api::EndpointTable server_network_endpoints();
api::EndpointTable instance_action_endpoints();
api::EndpointTable console_endpoints();
api::EndpointTable server_group_endpoints();
api::EndpointTable host_endpoints();
api::EndpointTable older_host_endpoints();
api::EndpointTable aggregate_endpoints();
api::EndpointTable operator_endpoints();
api::EndpointTable migration_endpoints();
api::EndpointTable image_proxy_endpoints();
api::EndpointTable group_proxy_endpoints();
api::EndpointTable address_proxy_endpoints();
api::EndpointTable quota_endpoints();
api::EndpointTable usage_endpoints();

// Settings that handlers read; registered as a module.
struct Settings {
    std::string default_zone = "nova";
    std::size_t max_page = 1000;  // osapi_max_limit
    Duration host_down_after = std::chrono::seconds(60);
    std::size_t max_servers_per_call = 1000;  // upper bound of max_count
};

// Every table above.
std::vector<api::EndpointTable> nova_tables();
// Rules that no endpoint names but handlers ask.
std::vector<auth::RuleDefault> handler_rules();
api::ServiceDescription nova_service();

}  // namespace cumulet::compute::servers
