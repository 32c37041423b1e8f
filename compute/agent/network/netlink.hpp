// Interfaces, addresses and routes of the calling thread's network namespace, by rtnetlink.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

struct nl_sock;
struct nl_msg;

namespace cumulet::compute::agent::network {

struct Link {
    int index = 0;
    std::string name, kind, alias, mac;
    int master = 0;
    std::uint32_t mtu = 0;
    bool up = false;
};

// One end of a pair of virtual Ethernet devices is made here, the other in the namespace of `inner_namespace`.
struct VethSpec {
    std::string name, inner_name, inner_mac;
    int inner_namespace = -1;  // descriptor
    std::uint32_t mtu = 1500;
};

struct RouteSpec {
    std::string destination;  // "10.0.0.0/24"; "0.0.0.0/0" and "::/0" for the default
    std::string nexthop;
    auto operator<=>(const RouteSpec&) const = default;
};

// One thread, the one whose namespace it was made in. Errors are std::system_error naming the interface.
class Netlink {
public:
    Netlink();
    ~Netlink();
    Netlink(const Netlink&) = delete;
    Netlink& operator=(const Netlink&) = delete;

    std::map<std::string, Link> links();
    std::optional<Link> link(const std::string& name);

    // Bridged IPv4 and IPv6 pass through the host's inet filters (security groups live there).
    void make_bridge(const std::string& name);
    void filter_bridge(const std::string& name);
    void make_veth(const VethSpec& spec);
    void remove_link(const std::string& name);  // absent already is fine
    void set_up(const std::string& name);
    void set_alias(const std::string& name, const std::string& alias);
    void set_mtu(const std::string& name, std::uint32_t mtu);
    void set_mac(const std::string& name, const std::string& mac);
    void set_master(const std::string& name, int master_index);

    // The interface has exactly these addresses ("10.0.0.1/24"), link-local ones of IPv6 apart.
    void converge_addresses(const std::string& name, const std::set<std::string>& wanted);
    // The namespace has exactly these static routes (those of the kernel's own making apart).
    void converge_routes(const std::set<RouteSpec>& wanted);

private:
    class Request;
    void send(Request& request, const std::string& about, std::initializer_list<int> fine = {});
    int index_of(const std::string& name);
    nl_sock* socket_;
};

}  // namespace cumulet::compute::agent::network
