// Networks and their subnets.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/store/record.hpp"

namespace cumulet::compute::networks {

// What every resource of the network API has.
struct Resource {
    std::string id, project_id, name, description;
    std::vector<std::string> tags;
    Timestamp created_at{}, updated_at{};
    std::int64_t revision_number = 0;
};

struct Network : Resource {
    bool admin_state_up = true;
    bool shared = false;
    bool external = false;
    bool is_default = false;
    bool port_security_enabled = true;
    std::int64_t mtu = 1450;
    std::string network_type = "vxlan";  // or "flat"
    std::string physical_network;        // of a flat one
    std::int64_t segmentation_id = 0;    // 0: none
    std::string dns_domain;
    std::vector<std::string> subnet_ids;  // in the order of their making; rewritten with each, which serialises them
};

struct AddressPool {
    std::string start, end;
};
struct Route {
    std::string destination, nexthop;
    bool operator==(const Route&) const = default;
};

struct Subnet : Resource {
    std::string network_id;
    int ip_version = 4;
    std::string cidr;
    std::string gateway_ip;  // empty: none
    bool enable_dhcp = true;
    std::vector<AddressPool> allocation_pools;
    std::vector<std::string> dns_nameservers;
    std::vector<Route> host_routes;
    std::string ipv6_ra_mode, ipv6_address_mode;  // empty: not set
    std::vector<std::string> service_types;
};

inline constexpr auto kResourceFields = store::List{store::field("id", &Resource::id),
                                                    store::field("project_id", &Resource::project_id),
                                                    store::field("name", &Resource::name),
                                                    store::field("description", &Resource::description),
                                                    store::field("tags", &Resource::tags),
                                                    store::field("created_at", &Resource::created_at),
                                                    store::field("updated_at", &Resource::updated_at),
                                                    store::field("revision_number", &Resource::revision_number)};

}  // namespace cumulet::compute::networks

template <>
struct cumulet::store::Describe<cumulet::compute::networks::AddressPool> {
    using Pool = cumulet::compute::networks::AddressPool;
    static constexpr auto fields = List{field("start", &Pool::start), field("end", &Pool::end)};
};
template <>
struct cumulet::store::Describe<cumulet::compute::networks::Route> {
    using Route = cumulet::compute::networks::Route;
    static constexpr auto fields = List{field("destination", &Route::destination), field("nexthop", &Route::nexthop)};
};

template <>
struct cumulet::store::Describe<cumulet::compute::networks::Network> {
    using Network = cumulet::compute::networks::Network;
    static constexpr std::string_view collection = "network";
    static constexpr int version = 1;
    static constexpr auto key = List{&Network::id};
    static constexpr auto fields =
        join(cumulet::compute::networks::kResourceFields,
             List{field("admin_state_up", &Network::admin_state_up), field("shared", &Network::shared),
                  field("external", &Network::external), field("is_default", &Network::is_default),
                  field("port_security_enabled", &Network::port_security_enabled), field("mtu", &Network::mtu),
                  field("network_type", &Network::network_type), field("physical_network", &Network::physical_network),
                  field("segmentation_id", &Network::segmentation_id), field("dns_domain", &Network::dns_domain),
                  field("subnet_ids", &Network::subnet_ids)});
    // Networks that others than their project see.
    static constexpr auto open_to_all = [](const Network& network) {
        return std::string(network.shared || network.external ? "open" : "own");
    };
    // One network a VNI, one a physical network.
    static constexpr auto segment = [](const Network& network) {
        if (network.segmentation_id != 0) return network.network_type + ":" + std::to_string(network.segmentation_id);
        return network.physical_network.empty() ? std::string() : "flat:" + network.physical_network;
    };
    static constexpr auto indexes =
        List{index("project", &Network::project_id), index("open", open_to_all), unique("segment", segment)};
};

template <>
struct cumulet::store::Describe<cumulet::compute::networks::Subnet> {
    using Subnet = cumulet::compute::networks::Subnet;
    static constexpr std::string_view collection = "subnet";
    static constexpr int version = 1;
    static constexpr auto key = List{&Subnet::id};
    static constexpr auto fields =
        join(cumulet::compute::networks::kResourceFields,
             List{field("network_id", &Subnet::network_id), field("ip_version", &Subnet::ip_version),
                  field("cidr", &Subnet::cidr), field("gateway_ip", &Subnet::gateway_ip),
                  field("enable_dhcp", &Subnet::enable_dhcp), field("allocation_pools", &Subnet::allocation_pools),
                  field("dns_nameservers", &Subnet::dns_nameservers), field("host_routes", &Subnet::host_routes),
                  field("ipv6_ra_mode", &Subnet::ipv6_ra_mode), field("ipv6_address_mode", &Subnet::ipv6_address_mode),
                  field("service_types", &Subnet::service_types)});
    static constexpr auto indexes = List{index("project", &Subnet::project_id), index("network", &Subnet::network_id)};
};
