#include "compute/networks/service.hpp"

namespace cumulet::compute::networks {

api::ServiceDescription service_description() {
    api::ServiceDescription description;
    description.name = "neutron";
    description.tables = {network_endpoints(),
                          subnet_endpoints(),
                          port_endpoints(),
                          router_endpoints(),
                          floating_ip_endpoints(),
                          security_group_endpoints(),
                          security_group_rule_endpoints(),
                          quota_endpoints(),
                          agent_endpoints(),
                          extension_endpoints(),
                          tag_endpoints()};
    description.fault = api::neutron_fault;
    return description;
}

std::vector<auth::RuleDefault> attribute_rules() {
    const std::string admin = "rule:context_is_admin", owner = "rule:admin_or_network_owner";
    std::vector<auth::RuleDefault> rules{
        {"get_network:provider:network_type", admin, {}},
        {"get_port:binding:host_id", admin, {}},
    };
    auto add = [&](std::string_view action, std::initializer_list<std::string_view> attributes,
                   const std::string& check) {
        for (auto attribute : attributes)
            for (std::string_view verb : {"create_", "update_"})
                rules.push_back({std::string(verb) + std::string(action) + ":" + std::string(attribute), check, {}});
    };
    add("network",
        {"shared", "router:external", "is_default", "provider:network_type", "provider:physical_network",
         "provider:segmentation_id"},
        admin);
    add("port", {"binding:host_id", "binding:profile"}, admin);
    add("port",
        {"mac_address", "port_security_enabled", "allowed_address_pairs", "device_owner", "fixed_ips:ip_address"},
        owner);
    add("router", {"external_gateway_info:enable_snat", "external_gateway_info:external_fixed_ips"}, admin);
    rules.push_back({"create_floatingip:floating_ip_address", admin, {}});
    return rules;
}

}  // namespace cumulet::compute::networks
