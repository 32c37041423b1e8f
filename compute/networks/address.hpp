// IPv4 and IPv6 addresses and blocks as numbers.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace cumulet::compute::networks {

__extension__ using Bits128 = unsigned __int128;

struct Address {
    int version = 4;
    Bits128 value = 0;
    auto operator<=>(const Address&) const = default;
    // Canonical text, as inet_ntop writes it.
    std::string text() const;
    Address plus(Bits128 by) const { return {version, value + by}; }
};

// nullopt when it is no plain address of either family.
std::optional<Address> parse_address(std::string_view text);

struct Block {
    Address first;  // host bits cleared
    int prefix = 0;
    int version() const { return first.version; }
    Address last() const;
    bool contains(const Address& address) const;
    bool overlaps(const Block& other) const;
    std::string text() const;
};

// "10.0.0.0/24" or a bare address (a block of one). `given` (optional) takes the address as it was written, host bits
// and all.
std::optional<Block> parse_block(std::string_view text, Address* given = nullptr);

// "fa:16:3e:…" in lower case with colons; nullopt when it is none or is a multicast address.
std::optional<std::string> parse_mac(std::string_view text);

// The interface identifier of RFC 4291 in this /64: what a host makes of its MAC under SLAAC.
Address eui64_address(const Block& block, std::string_view mac);

}  // namespace cumulet::compute::networks
