#include "compute/agent/network/netlink.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <functional>
#include <system_error>
#include <utility>
#include <vector>

namespace cumulet::compute::agent::network {

// A message with its attributes.
class Netlink::Request {
public:
    Request(int type, int flags) : message_(nlmsg_alloc_simple(type, flags)) {
        if (!message_) throw std::bad_alloc();
    }
    ~Request() { nlmsg_free(message_); }
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;

    template <class Header>
    Request& header(Header header) {
        nlmsg_append(message_, &header, sizeof header, NLMSG_ALIGNTO);
        return *this;
    }
    Request& text(int type, const std::string& value) {
        nla_put_string(message_, type, value.c_str());
        return *this;
    }
    Request& number(int type, std::uint32_t value) {
        nla_put_u32(message_, type, value);
        return *this;
    }
    Request& byte(int type, std::uint8_t value) {
        nla_put_u8(message_, type, value);
        return *this;
    }
    Request& bytes(int type, const void* data, std::size_t size) {
        nla_put(message_, type, static_cast<int>(size), data);
        return *this;
    }
    Request& nested(int type, const std::function<void(Request&)>& inside) {
        auto* start = nla_nest_start(message_, type);
        inside(*this);
        nla_nest_end(message_, start);
        return *this;
    }
    nl_msg* take() { return std::exchange(message_, nullptr); }

private:
    nl_msg* message_;
};

namespace {

[[noreturn]] void fail(int error, const std::string& about) {
    throw std::system_error(error, std::generic_category(), about);
}

ifinfomsg link_header(int index = 0, unsigned flags = 0, unsigned change = 0) {
    ifinfomsg header{};
    header.ifi_family = AF_UNSPEC;
    header.ifi_index = index;
    header.ifi_flags = flags;
    header.ifi_change = change;
    return header;
}

std::array<std::uint8_t, 6> mac_bytes(const std::string& text) {
    std::array<unsigned, 6> parts{};
    std::array<std::uint8_t, 6> bytes{};
    if (std::sscanf(text.c_str(), "%x:%x:%x:%x:%x:%x", &parts[0], &parts[1], &parts[2], &parts[3], &parts[4],
                    &parts[5]) != 6)
        fail(EINVAL, "the MAC address " + text);
    for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(parts[i]);
    return bytes;
}

struct IpPrefix {
    int family = AF_INET;
    std::array<std::uint8_t, 16> bytes{};
    std::size_t size = 4;
    int prefix = 32;
};

IpPrefix parse_prefix(const std::string& text) {
    IpPrefix out;
    const auto slash = text.find('/');
    const auto address = text.substr(0, slash);
    if (address.find(':') != std::string::npos) out = {AF_INET6, {}, 16, 128};
    if (::inet_pton(out.family, address.c_str(), out.bytes.data()) != 1) fail(EINVAL, "the address " + text);
    if (slash != std::string::npos) out.prefix = std::stoi(text.substr(slash + 1));
    return out;
}

std::string print_address(int family, const void* bytes) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(family, bytes, text.data(), text.size());
    return text.data();
}

using Parse = std::function<void(nlmsghdr*)>;

int on_message(nl_msg* message, void* parse) {
    (*static_cast<Parse*>(parse))(nlmsg_hdr(message));
    return NL_OK;
}

int on_error(sockaddr_nl*, nlmsgerr* error, void* into) {
    *static_cast<int*>(into) = -error->error;
    return NL_STOP;
}

// One answer of the kernel to the question for everything of a kind; libnl's code when it broke off.
template <class Header>
int dump_once(nl_sock* socket, int type, Header header, const Parse& parse) {
    auto* message = nlmsg_alloc_simple(type, NLM_F_DUMP);
    nlmsg_append(message, &header, sizeof header, NLMSG_ALIGNTO);
    const int sent = nl_send_auto(socket, message);
    nlmsg_free(message);
    if (sent < 0) fail(EIO, "asking the kernel for its network");
    nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, on_message, const_cast<Parse*>(&parse));
    const int received = nl_recvmsgs_default(socket);
    nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_DEFAULT, nullptr, nullptr);
    return received;
}

// Asks for everything of a kind and hands each message to `parse`.
template <class Header>
void dump(nl_sock* socket, int type, Header header, const Parse& parse) {
    // Somebody may change the network while the kernel tells of it; it then says that its answer does not fit together.
    constexpr int kAttempts = 50;
    std::vector<std::vector<char>> messages;
    const Parse keep = [&](nlmsghdr* each) {
        const auto* bytes = reinterpret_cast<const char*>(each);
        messages.emplace_back(bytes, bytes + each->nlmsg_len);
    };
    int received = -NLE_DUMP_INTR;
    for (int attempt = 0; attempt < kAttempts && received == -NLE_DUMP_INTR; ++attempt) {
        messages.clear();
        received = dump_once(socket, type, header, keep);
    }
    if (received < 0) fail(EIO, std::string("reading the kernel's network: ") + nl_geterror(received));
    for (auto& each : messages) parse(reinterpret_cast<nlmsghdr*>(each.data()));
}

Link read_link(nlmsghdr* header) {
    Link link;
    const auto* info = static_cast<ifinfomsg*>(nlmsg_data(header));
    link.index = info->ifi_index;
    link.up = (info->ifi_flags & IFF_UP) != 0;
    std::array<nlattr*, IFLA_MAX + 1> attributes{};
    nlmsg_parse(header, sizeof *info, attributes.data(), IFLA_MAX, nullptr);
    if (auto* name = attributes[IFLA_IFNAME]) link.name = nla_get_string(name);
    if (auto* alias = attributes[IFLA_IFALIAS]) link.alias = nla_get_string(alias);
    if (auto* master = attributes[IFLA_MASTER]) link.master = static_cast<int>(nla_get_u32(master));
    if (auto* mtu = attributes[IFLA_MTU]) link.mtu = nla_get_u32(mtu);
    if (auto* mac = attributes[IFLA_ADDRESS]; mac && nla_len(mac) == 6) {
        const auto* b = static_cast<const std::uint8_t*>(nla_data(mac));
        link.mac = fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", b[0], b[1], b[2], b[3], b[4], b[5]);
    }
    if (auto* nest = attributes[IFLA_LINKINFO]) {
        std::array<nlattr*, IFLA_INFO_MAX + 1> inside{};
        nla_parse_nested(inside.data(), IFLA_INFO_MAX, nest, nullptr);
        if (inside[IFLA_INFO_KIND]) link.kind = nla_get_string(inside[IFLA_INFO_KIND]);
    }
    return link;
}

constexpr int kCreate = NLM_F_CREATE | NLM_F_EXCL;

}  // namespace

Netlink::Netlink() : socket_(nl_socket_alloc()) {
    if (!socket_) throw std::bad_alloc();
    if (nl_connect(socket_, NETLINK_ROUTE) < 0) {
        nl_socket_free(socket_);
        fail(errno, "a netlink socket");
    }
}
Netlink::~Netlink() { nl_socket_free(socket_); }

void Netlink::send(Request& request, const std::string& about, std::initializer_list<int> fine) {
    int error = 0;
    auto* message = request.take();
    const int sent = nl_send_auto(socket_, message);
    nlmsg_free(message);
    if (sent < 0) fail(EIO, about);
    nl_socket_modify_err_cb(socket_, NL_CB_CUSTOM, on_error, &error);
    const int waited = nl_wait_for_ack(socket_);
    nl_socket_modify_err_cb(socket_, NL_CB_DEFAULT, nullptr, nullptr);
    if (error == 0 && waited < 0) fail(EIO, about + ": " + nl_geterror(waited));
    if (error == 0) return;
    for (int code : fine)
        if (code == error) return;
    fail(error, about);
}

std::map<std::string, Link> Netlink::links() {
    std::map<std::string, Link> links;
    dump(socket_, RTM_GETLINK, link_header(), [&](nlmsghdr* header) {
        if (header->nlmsg_type != RTM_NEWLINK) return;
        auto link = read_link(header);
        links.emplace(link.name, std::move(link));
    });
    return links;
}

std::optional<Link> Netlink::link(const std::string& name) {
    auto all = links();
    auto found = all.find(name);
    return found == all.end() ? std::nullopt : std::optional(found->second);
}

int Netlink::index_of(const std::string& name) {
    // Of this thread's namespace, as everything here.
    const unsigned index = ::if_nametoindex(name.c_str());
    if (index == 0) fail(errno, name);
    return static_cast<int>(index);
}

void Netlink::make_bridge(const std::string& name) {
    Request request(RTM_NEWLINK, kCreate);
    request.header(link_header()).text(IFLA_IFNAME, name).nested(IFLA_LINKINFO, [](Request& info) {
        info.text(IFLA_INFO_KIND, "bridge").nested(IFLA_INFO_DATA, [](Request& data) {
            data.number(IFLA_BR_FORWARD_DELAY, 0).number(IFLA_BR_STP_STATE, 0);
        });
    });
    send(request, name, {EEXIST});
}

void Netlink::filter_bridge(const std::string& name) {
    Request request(RTM_NEWLINK, 0);
    request.header(link_header(index_of(name))).nested(IFLA_LINKINFO, [](Request& info) {
        info.text(IFLA_INFO_KIND, "bridge").nested(IFLA_INFO_DATA, [](Request& data) {
            data.byte(IFLA_BR_NF_CALL_IPTABLES, 1).byte(IFLA_BR_NF_CALL_IP6TABLES, 1);
        });
    });
    send(request, name + ": filtering of bridged traffic");
}

void Netlink::make_veth(const VethSpec& spec) {
    const auto mac = mac_bytes(spec.inner_mac);
    Request request(RTM_NEWLINK, kCreate);
    request.header(link_header()).text(IFLA_IFNAME, spec.name).number(IFLA_MTU, spec.mtu);
    request.nested(IFLA_LINKINFO, [&](Request& info) {
        info.text(IFLA_INFO_KIND, "veth").nested(IFLA_INFO_DATA, [&](Request& data) {
            data.nested(VETH_INFO_PEER, [&](Request& peer) {
                peer.header(link_header()).text(IFLA_IFNAME, spec.inner_name).number(IFLA_MTU, spec.mtu);
                peer.bytes(IFLA_ADDRESS, mac.data(), mac.size());
                peer.number(IFLA_NET_NS_FD, static_cast<std::uint32_t>(spec.inner_namespace));
            });
        });
    });
    send(request, spec.name);
}

void Netlink::remove_link(const std::string& name) {
    const unsigned index = ::if_nametoindex(name.c_str());
    if (index == 0) return;
    Request request(RTM_DELLINK, 0);
    request.header(link_header(static_cast<int>(index)));
    send(request, "removing " + name, {ENODEV});
}

void Netlink::set_up(const std::string& name) {
    Request request(RTM_NEWLINK, 0);
    request.header(link_header(index_of(name), IFF_UP, IFF_UP));
    send(request, name);
}
void Netlink::set_alias(const std::string& name, const std::string& alias) {
    Request request(RTM_NEWLINK, 0);
    request.header(link_header(index_of(name))).bytes(IFLA_IFALIAS, alias.data(), alias.size());
    send(request, name);
}
void Netlink::set_mtu(const std::string& name, std::uint32_t mtu) {
    Request request(RTM_NEWLINK, 0);
    request.header(link_header(index_of(name))).number(IFLA_MTU, mtu);
    send(request, name);
}
void Netlink::set_mac(const std::string& name, const std::string& mac) {
    const auto bytes = mac_bytes(mac);
    Request request(RTM_NEWLINK, 0);
    request.header(link_header(index_of(name))).bytes(IFLA_ADDRESS, bytes.data(), bytes.size());
    send(request, name);
}
void Netlink::set_master(const std::string& name, int master_index) {
    Request request(RTM_NEWLINK, 0);
    request.header(link_header(index_of(name))).number(IFLA_MASTER, static_cast<std::uint32_t>(master_index));
    send(request, name);
}

void Netlink::converge_addresses(const std::string& name, const std::set<std::string>& wanted) {
    const int index = index_of(name);
    std::set<std::string> present;
    dump(socket_, RTM_GETADDR, ifaddrmsg{}, [&](nlmsghdr* header) {
        const auto* info = static_cast<ifaddrmsg*>(nlmsg_data(header));
        if (header->nlmsg_type != RTM_NEWADDR || static_cast<int>(info->ifa_index) != index) return;
        if (info->ifa_scope == RT_SCOPE_LINK && info->ifa_family == AF_INET6) return;
        std::array<nlattr*, IFA_MAX + 1> attributes{};
        nlmsg_parse(header, sizeof *info, attributes.data(), IFA_MAX, nullptr);
        auto* address = attributes[IFA_LOCAL] ? attributes[IFA_LOCAL] : attributes[IFA_ADDRESS];
        if (address)
            present.insert(print_address(info->ifa_family, nla_data(address)) + "/" +
                           std::to_string(info->ifa_prefixlen));
    });
    auto change = [&](int type, int flags, const std::string& text) {
        const auto parsed = parse_prefix(text);
        ifaddrmsg header{};
        header.ifa_family = static_cast<std::uint8_t>(parsed.family);
        header.ifa_prefixlen = static_cast<std::uint8_t>(parsed.prefix);
        header.ifa_flags =
            parsed.family == AF_INET6 ? IFA_F_NODAD : 0;  // ours by the allocation: no need to ask around
        header.ifa_index = static_cast<unsigned>(index);
        Request request(type, flags);
        request.header(header)
            .bytes(IFA_LOCAL, parsed.bytes.data(), parsed.size)
            .bytes(IFA_ADDRESS, parsed.bytes.data(), parsed.size);
        send(request, name + " " + text, {EEXIST, EADDRNOTAVAIL});
    };
    for (const auto& text : present)
        if (!wanted.contains(text)) change(RTM_DELADDR, 0, text);
    for (const auto& text : wanted)
        if (!present.contains(text)) change(RTM_NEWADDR, kCreate, text);
}

void Netlink::converge_routes(const std::set<RouteSpec>& wanted) {
    std::set<RouteSpec> present;
    dump(socket_, RTM_GETROUTE, rtmsg{}, [&](nlmsghdr* header) {
        const auto* info = static_cast<rtmsg*>(nlmsg_data(header));
        if (header->nlmsg_type != RTM_NEWROUTE || info->rtm_protocol != RTPROT_STATIC ||
            info->rtm_table != RT_TABLE_MAIN)
            return;
        std::array<nlattr*, RTA_MAX + 1> attributes{};
        nlmsg_parse(header, sizeof *info, attributes.data(), RTA_MAX, nullptr);
        if (!attributes[RTA_GATEWAY]) return;
        const std::string any = info->rtm_family == AF_INET6 ? "::" : "0.0.0.0";
        auto* destination = attributes[RTA_DST];
        present.insert({(destination ? print_address(info->rtm_family, nla_data(destination)) : any) + "/" +
                            std::to_string(info->rtm_dst_len),
                        print_address(info->rtm_family, nla_data(attributes[RTA_GATEWAY]))});
    });
    auto change = [&](int type, int flags, const RouteSpec& route) {
        const auto destination = parse_prefix(route.destination), nexthop = parse_prefix(route.nexthop);
        rtmsg header{};
        header.rtm_family = static_cast<std::uint8_t>(destination.family);
        header.rtm_dst_len = static_cast<std::uint8_t>(destination.prefix);
        header.rtm_table = RT_TABLE_MAIN;
        header.rtm_protocol = RTPROT_STATIC;
        header.rtm_type = RTN_UNICAST;
        Request request(type, flags);
        request.header(header).bytes(RTA_DST, destination.bytes.data(), destination.size);
        request.bytes(RTA_GATEWAY, nexthop.bytes.data(), nexthop.size);
        send(request, "the route to " + route.destination + " via " + route.nexthop, {EEXIST, ESRCH});
    };
    for (const auto& route : present)
        if (!wanted.contains(route)) change(RTM_DELROUTE, 0, route);
    for (const auto& route : wanted)
        if (!present.contains(route)) change(RTM_NEWROUTE, kCreate, route);
}

}  // namespace cumulet::compute::agent::network
