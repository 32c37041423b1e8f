// Ports and the addresses they hold.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/store/record.hpp"
#include "compute/networks/network.hpp"

namespace cumulet::compute::networks {

inline constexpr std::string_view kOwnerDhcp = "network:dhcp";
inline constexpr std::string_view kOwnerRouterInterface = "network:router_interface";
inline constexpr std::string_view kOwnerRouterGateway = "network:router_gateway";
inline constexpr std::string_view kOwnerFloatingIp = "network:floatingip";

struct FixedIp {
    std::string subnet_id, ip_address;
    bool operator==(const FixedIp&) const = default;
};
struct AddressPair {
    std::string ip_address, mac_address;
};
struct DhcpOption {
    std::string name, value;
    int ip_version = 4;
};

struct Port : Resource {
    std::string network_id;
    std::string mac_address;
    std::vector<FixedIp> fixed_ips;
    bool admin_state_up = true;
    std::string status = "DOWN";
    std::string device_id, device_owner;
    std::vector<std::string> security_groups;  // ids
    std::vector<AddressPair> allowed_address_pairs;
    bool port_security_enabled = true;
    std::vector<DhcpOption> extra_dhcp_opts;
    std::string host;  // binding:host_id
    std::string vnic_type = "normal";
    nlohmann::json binding_profile = nlohmann::json::object();
    std::string dns_name;
    bool made_for_server = false;  // goes with the server
    std::int64_t nic_index = 0;    // place among the server's ports
    std::string nic_tag;
};

// One row an address in use: two ports never hold the same one, because both would have to make this row.
struct AddressAllocation {
    std::string subnet_id, ip_address;
    std::string port_id, network_id;
};

}  // namespace cumulet::compute::networks

template <>
struct cumulet::store::Describe<cumulet::compute::networks::FixedIp> {
    using FixedIp = cumulet::compute::networks::FixedIp;
    static constexpr auto fields =
        List{field("subnet_id", &FixedIp::subnet_id), field("ip_address", &FixedIp::ip_address)};
};
template <>
struct cumulet::store::Describe<cumulet::compute::networks::AddressPair> {
    using Pair = cumulet::compute::networks::AddressPair;
    static constexpr auto fields =
        List{field("ip_address", &Pair::ip_address), field("mac_address", &Pair::mac_address)};
};
template <>
struct cumulet::store::Describe<cumulet::compute::networks::DhcpOption> {
    using Option = cumulet::compute::networks::DhcpOption;
    static constexpr auto fields =
        List{field("name", &Option::name), field("value", &Option::value), field("ip_version", &Option::ip_version)};
};

template <>
struct cumulet::store::Describe<cumulet::compute::networks::Port> {
    using Port = cumulet::compute::networks::Port;
    static constexpr std::string_view collection = "port";
    static constexpr int version = 1;
    static constexpr auto key = List{&Port::id};
    static constexpr auto fields =
        join(cumulet::compute::networks::kResourceFields,
             List{field("network_id", &Port::network_id), field("mac_address", &Port::mac_address),
                  field("fixed_ips", &Port::fixed_ips), field("admin_state_up", &Port::admin_state_up),
                  field("status", &Port::status), field("device_id", &Port::device_id),
                  field("device_owner", &Port::device_owner), field("security_groups", &Port::security_groups),
                  field("allowed_address_pairs", &Port::allowed_address_pairs),
                  field("port_security_enabled", &Port::port_security_enabled),
                  field("extra_dhcp_opts", &Port::extra_dhcp_opts), field("host", &Port::host),
                  field("vnic_type", &Port::vnic_type), field("binding_profile", &Port::binding_profile),
                  field("dns_name", &Port::dns_name), field("made_for_server", &Port::made_for_server),
                  field("nic_index", &Port::nic_index), field("nic_tag", &Port::nic_tag)});
    static constexpr auto indexes = List{index("project", &Port::project_id),
                                         index("network", &Port::network_id),
                                         index("device", &Port::device_id, &Port::nic_index),
                                         index("host", &Port::host),
                                         each("group", &Port::security_groups),
                                         unique("mac", &Port::network_id, &Port::mac_address)};
};

template <>
struct cumulet::store::Describe<cumulet::compute::networks::AddressAllocation> {
    using Allocation = cumulet::compute::networks::AddressAllocation;
    static constexpr std::string_view collection = "address_allocation";
    static constexpr int version = 1;
    static constexpr auto key = List{&Allocation::subnet_id, &Allocation::ip_address};
    static constexpr auto fields =
        List{field("subnet_id", &Allocation::subnet_id), field("ip_address", &Allocation::ip_address),
             field("port_id", &Allocation::port_id), field("network_id", &Allocation::network_id)};
    static constexpr auto indexes = List{};
};
