#include "compute/servers/api.hpp"

#include "compute/servers/rules.hpp"

namespace cumulet::compute::servers {

std::vector<api::EndpointTable> nova_tables() {
    return {
        version_endpoints(),         flavor_endpoints(),        flavor_spec_endpoints(),    keypair_endpoints(),
        server_endpoints(),          server_action_endpoints(), server_change_endpoints(),  server_snapshot_endpoints(),
        server_metadata_endpoints(), server_tag_endpoints(),    server_network_endpoints(), instance_action_endpoints(),
        console_endpoints(),         host_endpoints(),          older_host_endpoints(),     aggregate_endpoints(),
        operator_endpoints(),        migration_endpoints(),     image_proxy_endpoints(),    group_proxy_endpoints(),
        address_proxy_endpoints(),   server_group_endpoints(),  quota_endpoints(),          usage_endpoints()};
}

std::vector<auth::RuleDefault> handler_rules() {
    const std::string admin(kAdmin);
    return {{.name = "os_compute_api:servers:index:get_all_tenants", .check = admin, .scope_types = {}},
            {.name = "os_compute_api:os-shelve:unshelve_to_host", .check = admin, .scope_types = {}},
            {.name = "os_compute_api:os-lock-server:unlock:unlock_override", .check = admin, .scope_types = {}}};
}

api::ServiceDescription nova_service() {
    return {.name = "nova",
            .tables = nova_tables(),
            .fault = api::nova_fault,
            .microversions = {.type = "compute",
                              .min = kMinVersion,
                              .max = kMaxVersion,
                              .legacy_header = "X-OpenStack-Nova-API-Version",
                              .path_prefix = "/v2.1"},
            .request_id_headers = {"x-openstack-request-id", "x-compute-request-id"},
            .fixed_headers = {},
            .max_body_bytes = 1u << 20};
}

}  // namespace cumulet::compute::servers
