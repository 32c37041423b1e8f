#include "compute/agent/network/router_rules.hpp"

#include <fmt/format.h>

#include "compute/agent/network/checked.hpp"
#include "compute/agent/network/names.hpp"

namespace cumulet::compute::agent::network {

namespace {

std::string first_v4(const std::vector<std::string>& addresses) {
    for (const auto& address : addresses)
        if (address_version(address) == 4) return std::string(without_prefix(address));
    return "";
}

std::string metadata_line(std::string_view interfaces) {
    return fmt::format("  iifname \"{}\" ip daddr {} tcp dport 80 redirect to :{}\n", interfaces, kMetadataAddress,
                       kMetadataPort);
}

}  // namespace

std::string router_rules(const protocol::RouterState& router) {
    std::string in =
        " chain prerouting {\n  type nat hook prerouting priority -100; policy accept;\n" + metadata_line("qr-*");
    std::string local = " chain output {\n  type nat hook output priority -100; policy accept;\n";
    std::string out = " chain postrouting {\n  type nat hook postrouting priority 100; policy accept;\n";
    const auto gateway = router.gateway ? gateway_inner_end(router.gateway->port_id) : std::string();
    const auto address = router.gateway ? first_v4(router.gateway->addresses) : std::string();
    if (!gateway.empty()) {
        for (const auto& floating : router.floating_ips) {
            if (address_version(floating.floating) != 4 || address_version(floating.fixed) != 4) continue;
            in += fmt::format("  ip daddr {} dnat to {}\n", floating.floating, floating.fixed);
            local += fmt::format("  ip daddr {} dnat to {}\n", floating.floating, floating.fixed);
            out += fmt::format("  oifname \"{}\" ip saddr {} snat to {}\n", gateway, floating.fixed, floating.floating);
        }
        if (!address.empty()) {
            // A guest that asks for a neighbour by its floating IP: the answer must come back through here.
            out += fmt::format("  iifname \"qr-*\" oifname \"qr-*\" ct status dnat snat to {}\n", address);
            if (router.snat)
                out += fmt::format("  oifname \"{}\" ip saddr != {} snat to {}\n", gateway, address, address);
        }
    }
    return in + " }\n" + local + " }\n" + out + " }\n";
}

std::string dhcp_rules() {
    return " chain prerouting {\n  type nat hook prerouting priority -100; policy accept;\n" + metadata_line("ns-*") +
           " }\n";
}

}  // namespace cumulet::compute::agent::network
