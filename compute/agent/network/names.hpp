// Names of what the engine makes. Interface names come from ids alone (the kernel allows 15 characters); whose they are
// is in their alias, and in the names of namespaces and tables.
#pragma once

#include <string>
#include <string_view>

namespace cumulet::compute::agent::network {

std::string bridge_name(std::string_view network_id);  // brq…
std::string tap_name(std::string_view port_id);        // tap…: made by the hypervisor driver
std::string dhcp_host_end(std::string_view port_id);   // on the bridge
std::string dhcp_inner_end(std::string_view port_id);  // in the namespace
std::string router_host_end(std::string_view port_id);
std::string router_inner_end(std::string_view port_id);
std::string gateway_inner_end(std::string_view port_id);

std::string namespace_prefix(std::string_view cloud);  // of every namespace of ours
std::string dhcp_namespace(std::string_view cloud, std::string_view network_id);
std::string router_namespace(std::string_view cloud, std::string_view router_id);
std::string alias_prefix(std::string_view cloud);  // of every interface of ours
std::string table_name(std::string_view cloud);

}  // namespace cumulet::compute::agent::network
