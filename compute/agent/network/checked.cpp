#include "compute/agent/network/checked.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace cumulet::compute::agent::network {

namespace {

std::optional<int> small_number(std::string_view text, int most) {
    int value = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 0 || value > most) return std::nullopt;
    return value;
}

struct Named {
    std::string_view name;
    int number;
};
constexpr Named kProtocols[] = {
    {"icmp", 1},  {"igmp", 2},        {"ipip", 4},        {"tcp", 6},        {"egp", 8},         {"udp", 17},
    {"dccp", 33}, {"ipv6-encap", 41}, {"ipv6-route", 43}, {"ipv6-frag", 44}, {"rsvp", 46},       {"gre", 47},
    {"esp", 50},  {"ah", 51},         {"ipv6-icmp", 58},  {"icmpv6", 58},    {"ipv6-nonxt", 59}, {"ipv6-opts", 60},
    {"ospf", 89}, {"vrrp", 112},      {"pgm", 113},       {"sctp", 132},     {"udplite", 136}};

}  // namespace

int address_version(std::string_view text) {
    const auto slash = text.find('/');
    const std::string address(text.substr(0, slash));
    const int version = address.find(':') == std::string::npos ? 4 : 6;
    std::array<unsigned char, 16> bytes{};
    if (::inet_pton(version == 4 ? AF_INET : AF_INET6, address.c_str(), bytes.data()) != 1) return 0;
    if (slash != std::string_view::npos && !small_number(text.substr(slash + 1), version == 4 ? 32 : 128)) return 0;
    return version;
}

bool is_mac(std::string_view text) {
    if (text.size() != 17) return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (i % 3 == 2 ? text[i] != ':' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
    return true;
}

bool is_plain_name(std::string_view text) {
    return !text.empty() && text.size() <= 63 &&
           std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; });
}

std::string_view without_prefix(std::string_view text) { return text.substr(0, text.find('/')); }

std::string link_local(std::string_view mac) {
    unsigned b[6] = {};
    if (std::sscanf(std::string(mac).c_str(), "%x:%x:%x:%x:%x:%x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]) != 6)
        return "";
    return fmt::format("fe80::{:x}:{:x}:{:x}:{:x}", (b[0] ^ 2u) << 8 | b[1], b[2] << 8 | 0xffu, 0xfe00u | b[3],
                       b[4] << 8 | b[5]);
}

std::optional<int> protocol_number(std::string_view text) {
    for (const auto& [name, number] : kProtocols)
        if (name == text) return number;
    return small_number(text, 255);
}

}  // namespace cumulet::compute::agent::network
