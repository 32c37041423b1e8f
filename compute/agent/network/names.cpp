#include "compute/agent/network/names.hpp"

#include <cstdint>
#include <filesystem>

#include "compute/agent/network/engine.hpp"

namespace cumulet::compute::agent::network {

namespace {
std::string named(std::string_view prefix, std::string_view id) {
    return std::string(prefix) + std::string(id.substr(0, 11));
}
}  // namespace

std::string bridge_name(std::string_view network_id) { return named("brq", network_id); }
std::string tap_name(std::string_view port_id) { return named("tap", port_id); }
std::string dhcp_host_end(std::string_view port_id) { return named("vd-", port_id); }
std::string dhcp_inner_end(std::string_view port_id) { return named("ns-", port_id); }
std::string router_host_end(std::string_view port_id) { return named("vr-", port_id); }
std::string router_inner_end(std::string_view port_id) { return named("qr-", port_id); }
std::string gateway_inner_end(std::string_view port_id) { return named("qg-", port_id); }

std::string namespace_prefix(std::string_view cloud) { return "cu" + std::string(cloud) + "-"; }
std::string dhcp_namespace(std::string_view cloud, std::string_view network_id) {
    return namespace_prefix(cloud) + "qdhcp-" + std::string(network_id);
}
std::string router_namespace(std::string_view cloud, std::string_view router_id) {
    return namespace_prefix(cloud) + "qrouter-" + std::string(router_id);
}
std::string alias_prefix(std::string_view cloud) { return "cumulet:" + std::string(cloud) + ":"; }
std::string table_name(std::string_view cloud) { return "cumulet_" + std::string(cloud); }

std::string cloud_id(std::string_view state_folder) {
    // FNV-1a: stable over builds and machines, which std::hash is not.
    std::uint32_t hash = 2166136261u;
    const auto path = std::filesystem::absolute(state_folder).lexically_normal().string();
    for (unsigned char c : path) hash = (hash ^ c) * 16777619u;
    constexpr std::string_view kDigits = "abcdefghijklmnopqrstuvwxyz012345";
    std::string id;
    for (int i = 0; i < 6; ++i) id += kDigits[hash >> (5 * i) & 31];
    return id;
}

}  // namespace cumulet::compute::agent::network
