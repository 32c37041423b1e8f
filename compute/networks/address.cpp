#include "compute/networks/address.hpp"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cstdint>

#include "common/runtime/text.hpp"

namespace cumulet::compute::networks {

namespace {

int width(int version) { return version == 4 ? 32 : 128; }

Bits128 host_mask(int version, int prefix) {
    const int bits = width(version) - prefix;
    if (bits >= 128) return ~Bits128{0};
    return (Bits128{1} << bits) - 1;
}

std::optional<std::array<std::uint8_t, 6>> mac_bytes(std::string_view text) {
    std::array<std::uint8_t, 6> bytes{};
    if (text.size() != 17) return std::nullopt;
    for (std::size_t i = 0; i < 6; ++i) {
        const auto part = text.substr(i * 3, 2);
        unsigned value = 0;
        auto [end, error] = std::from_chars(part.data(), part.data() + 2, value, 16);
        if (error != std::errc{} || end != part.data() + 2) return std::nullopt;
        if (i < 5 && text[i * 3 + 2] != ':' && text[i * 3 + 2] != '-') return std::nullopt;
        bytes[i] = static_cast<std::uint8_t>(value);
    }
    return bytes;
}

}  // namespace

std::string Address::text() const {
    std::array<std::uint8_t, 16> bytes{};
    const int size = version == 4 ? 4 : 16;
    for (int i = 0; i < size; ++i)
        bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(value >> (8 * (size - 1 - i)));
    std::array<char, INET6_ADDRSTRLEN> out{};
    ::inet_ntop(version == 4 ? AF_INET : AF_INET6, bytes.data(), out.data(), out.size());
    return out.data();
}

std::optional<Address> parse_address(std::string_view text) {
    if (text.size() >= INET6_ADDRSTRLEN) return std::nullopt;
    const std::string copy(text);
    std::array<std::uint8_t, 16> bytes{};
    Address address;
    address.version = copy.find(':') == std::string::npos ? 4 : 6;
    if (::inet_pton(address.version == 4 ? AF_INET : AF_INET6, copy.c_str(), bytes.data()) != 1) return std::nullopt;
    for (int i = 0; i < width(address.version) / 8; ++i)
        address.value = address.value << 8 | bytes[static_cast<std::size_t>(i)];
    return address;
}

Address Block::last() const { return {first.version, first.value | host_mask(first.version, prefix)}; }

bool Block::contains(const Address& address) const {
    return address.version == first.version && address.value >= first.value && address.value <= last().value;
}

bool Block::overlaps(const Block& other) const {
    return version() == other.version() && first.value <= other.last().value && other.first.value <= last().value;
}

std::string Block::text() const { return first.text() + "/" + std::to_string(prefix); }

std::optional<Block> parse_block(std::string_view text, Address* given) {
    const auto slash = text.find('/');
    auto address = parse_address(text.substr(0, slash));
    if (!address) return std::nullopt;
    Block block{*address, width(address->version)};
    if (slash != std::string_view::npos) {
        const auto digits = text.substr(slash + 1);
        auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), block.prefix);
        if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
        if (block.prefix < 0 || block.prefix > width(address->version)) return std::nullopt;
    }
    if (given) *given = *address;
    block.first.value &= ~host_mask(address->version, block.prefix);
    return block;
}

std::optional<std::string> parse_mac(std::string_view text) {
    auto bytes = mac_bytes(text);
    if (!bytes || ((*bytes)[0] & 1) != 0) return std::nullopt;
    std::string mac = text::to_lower(text);
    for (auto& c : mac)
        if (c == '-') c = ':';
    return mac == "00:00:00:00:00:00" ? std::nullopt : std::optional(mac);
}

Address eui64_address(const Block& block, std::string_view mac) {
    const auto bytes = mac_bytes(mac).value_or(std::array<std::uint8_t, 6>{});
    Bits128 id = 0;
    for (std::uint8_t byte : {static_cast<std::uint8_t>(bytes[0] ^ 2), bytes[1], bytes[2], std::uint8_t{0xff},
                              std::uint8_t{0xfe}, bytes[3], bytes[4], bytes[5]})
        id = id << 8 | byte;
    return {6, block.first.value | id};
}

}  // namespace cumulet::compute::networks
