#include "compute/metadata/documents.hpp"

#include <arpa/inet.h>

#include <set>
#include <span>

#include "common/runtime/text.hpp"
#include "compute/networks/network.hpp"
#include "compute/networks/port.hpp"
#include "compute/networks/router.hpp"

namespace cumulet::compute::metadata {
namespace {

using networks::FixedIp;
using networks::FloatingIp;
using networks::Network;
using networks::Port;
using networks::Subnet;
using nlohmann::json;

constexpr std::string_view kDomain = ".novalocal";
constexpr std::size_t kSeedBytes = 512;

std::string host_name(const Server& server) {
    const auto& name = server.hostname.empty() ? server.name : server.hostname;
    return name + std::string(kDomain);
}

std::vector<Port> ports_of(store::Transaction& txn, const Server& server) {
    return txn.scan<Port>({.index = "device"}, server.id);
}

// "255.255.255.0" of "10.0.0.0/24"; IPv6 keeps the length.
std::string netmask_of(const Subnet& subnet) {
    const auto slash = subnet.cidr.find('/');
    if (slash == std::string::npos) return "";
    const int length = std::atoi(subnet.cidr.c_str() + slash + 1);
    if (subnet.ip_version != 4) return std::to_string(length);
    in_addr mask{};
    mask.s_addr = length <= 0 ? 0 : htonl(~std::uint32_t{0} << (32 - std::min(length, 32)));
    char text[INET_ADDRSTRLEN];
    return inet_ntop(AF_INET, &mask, text, sizeof text) ? text : "";
}

json route(const std::string& network, const std::string& netmask, const std::string& gateway) {
    return {{"network", network}, {"netmask", netmask}, {"gateway", gateway}};
}

// One address of a NIC: taken by DHCP, or told here where the subnet has none.
json address_entry(const Port& port, const Subnet& subnet, const FixedIp& address, const std::string& link,
                   std::size_t number) {
    const std::string family = subnet.ip_version == 6 ? "ipv6" : "ipv4";
    json entry{{"id", "network" + std::to_string(number)},
               {"link", link},
               {"network_id", port.network_id},
               {"type", subnet.enable_dhcp ? family + "_dhcp" : family}};
    if (subnet.enable_dhcp) return entry;
    entry["ip_address"] = address.ip_address;
    entry["netmask"] = netmask_of(subnet);
    entry["routes"] = json::array();
    if (!subnet.gateway_ip.empty())
        entry["routes"].push_back(subnet.ip_version == 6 ? route("::", "::", subnet.gateway_ip)
                                                         : route("0.0.0.0", "0.0.0.0", subnet.gateway_ip));
    return entry;
}

std::string first_ipv4(const std::vector<Port>& ports) {
    for (const auto& port : ports)
        for (const auto& address : port.fixed_ips)
            if (address.ip_address.find(':') == std::string::npos) return address.ip_address;
    return "";
}

std::string first_floating(store::Transaction& txn, const std::vector<Port>& ports) {
    for (const auto& port : ports)
        for (const auto& floating : txn.scan<FloatingIp>({.index = "port"}, port.id))
            return floating.floating_ip_address;
    return "";
}

std::string joined(const std::vector<std::string>& items) {
    std::string out;
    for (const auto& item : items) out += (out.empty() ? "" : "\n") + item;
    return out;
}

}  // namespace

json meta_data(const Server& server, Random& random) {
    std::string seed(kSeedBytes, '\0');
    random.fill(std::as_writable_bytes(std::span(seed.data(), seed.size())));
    json document{{"uuid", server.id},
                  {"name", server.name},
                  {"hostname", host_name(server)},
                  {"launch_index", server.launch_index},
                  {"availability_zone", server.availability_zone},
                  {"project_id", server.project_id},
                  {"meta", server.metadata},
                  {"random_seed", text::to_base64(seed)},
                  {"devices", json::array()},
                  {"dedicated_cpus", json::array()}};
    if (!server.key_public.empty()) {
        document["public_keys"] = {{server.key_name, server.key_public}};
        document["keys"] = json::array({{{"name", server.key_name}, {"type", "ssh"}, {"data", server.key_public}}});
    }
    return document;
}

json network_data(store::Transaction& txn, const Server& server) {
    json links = json::array(), entries = json::array(), services = json::array();
    std::set<std::string> resolvers;
    for (const auto& port : ports_of(txn, server)) {
        const std::string link = "tap" + port.id.substr(0, 11);
        const auto network = txn.peek<Network>(port.network_id);
        links.push_back({{"id", link},
                         {"vif_id", port.id},
                         {"type", "bridge"},
                         {"mtu", network ? json(network->mtu) : json(nullptr)},
                         {"ethernet_mac_address", port.mac_address}});
        for (const auto& address : port.fixed_ips) {
            const auto subnet = txn.peek<Subnet>(address.subnet_id);
            if (!subnet) continue;
            entries.push_back(address_entry(port, *subnet, address, link, entries.size()));
            for (const auto& resolver : subnet->dns_nameservers)
                if (resolvers.insert(resolver).second) services.push_back({{"type", "dns"}, {"address", resolver}});
        }
    }
    return {{"links", links}, {"networks", entries}, {"services", services}};
}

std::optional<std::string> user_data(const Server& server) {
    if (server.user_data.empty()) return std::nullopt;
    return text::from_base64(server.user_data);
}

json ec2_tree(store::Transaction& txn, const Server& server) {
    const auto ports = ports_of(txn, server);
    const std::string short_id = server.id.substr(0, 8);
    json tree{{"ami-id", "ami-" + server.image_id.substr(0, 8)},
              {"ami-launch-index", std::to_string(server.launch_index)},
              {"ami-manifest-path", "FIXED"},
              {"block-device-mapping", {{"ami", "vda"}, {"root", "/dev/vda"}}},
              {"hostname", host_name(server)},
              {"instance-action", "none"},
              {"instance-id", "i-" + short_id},
              {"instance-type", server.flavor.name},
              {"local-hostname", host_name(server)},
              {"local-ipv4", first_ipv4(ports)},
              {"placement", {{"availability-zone", server.availability_zone}}},
              {"public-hostname", host_name(server)},
              {"public-ipv4", first_floating(txn, ports)},
              {"reservation-id", server.reservation_id},
              {"security-groups", joined(server.security_groups)}};
    if (!server.key_public.empty())
        tree["public-keys"] = {{"0", {{"_name", "0=" + server.key_name}, {"openssh-key", server.key_public}}}};
    return tree;
}

}  // namespace cumulet::compute::metadata
