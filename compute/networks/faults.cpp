#include "compute/networks/faults.hpp"

namespace cumulet::compute::networks {

using api::Errc;
using api::Fault;

Fault network_not_found(std::string_view id) {
    return Fault(Errc::not_found, "Network {} could not be found.", id).kind("NetworkNotFound");
}
Fault subnet_not_found(std::string_view id) {
    return Fault(Errc::not_found, "Subnet {} could not be found.", id).kind("SubnetNotFound");
}
Fault port_not_found(std::string_view id) {
    return Fault(Errc::not_found, "Port {} could not be found.", id).kind("PortNotFound");
}
Fault router_not_found(std::string_view id) {
    return Fault(Errc::not_found, "Router {} could not be found.", id).kind("RouterNotFound");
}
Fault floating_ip_not_found(std::string_view id) {
    return Fault(Errc::not_found, "Floating IP {} could not be found.", id).kind("FloatingIPNotFound");
}
Fault security_group_not_found(std::string_view id) {
    return Fault(Errc::not_found, "Security group {} does not exist.", id).kind("SecurityGroupNotFound");
}
Fault security_group_rule_not_found(std::string_view id) {
    return Fault(Errc::not_found, "Security group rule {} does not exist.", id).kind("SecurityGroupRuleNotFound");
}

Fault network_in_use(std::string_view id) {
    return Fault(Errc::conflict, "Network {} still has ports: delete or detach them first.", id).kind("NetworkInUse");
}
Fault subnet_in_use(std::string_view id) {
    return Fault(Errc::conflict, "Subnet {} still has ports with addresses of it: delete or detach them first.", id)
        .kind("SubnetInUse");
}
Fault router_in_use(std::string_view id, std::string_view why) {
    return Fault(Errc::conflict, "Router {} {}", id, why).kind("RouterInUse");
}
Fault security_group_in_use(std::string_view id) {
    return Fault(Errc::conflict, "Security Group {} in use.", id).kind("SecurityGroupInUse");
}
Fault address_in_use(std::string_view network_id, std::string_view address) {
    return Fault(Errc::conflict, "The IP address {} is already in use on network {}.", address, network_id)
        .kind("IpAddressInUse");
}
Fault mac_in_use(std::string_view network_id, std::string_view mac) {
    return Fault(Errc::conflict, "The MAC address {} is already in use on network {}.", mac, network_id)
        .kind("MacAddressInUse");
}
Fault addresses_exhausted(std::string_view network_id) {
    return Fault(Errc::conflict, "No more IP addresses available on network {}.", network_id)
        .kind("IpAddressGenerationFailure");
}
Fault invalid_address_for_network(std::string_view address) {
    return Fault(Errc::bad_request, "IP address {} is not a valid IP for any of the subnets on the specified network.",
                 address)
        .kind("InvalidIpForNetwork");
}
Fault invalid_input(std::string_view message) {
    return Fault(Errc::bad_request, "Invalid input for operation: {}", message).kind("InvalidInput");
}
Fault bad_request(std::string_view resource, std::string_view message) {
    return Fault(Errc::bad_request, "Bad {} request: {}", resource, message).kind("BadRequest");
}
Fault over_quota(std::string_view resource) {
    return Fault(Errc::conflict, "Quota exceeded for resources: ['{}'].", resource).kind("OverQuota");
}
bool is_over_quota(const Fault& fault) { return fault.code() == Errc::over_limit; }

}  // namespace cumulet::compute::networks
