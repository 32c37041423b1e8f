// Texts from outside that may go into rules and configuration files, looked at before they do.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cumulet::compute::agent::network {

// 4 or 6 for an address or a block ("10.0.0.0/24"); 0 for anything else.
int address_version(std::string_view text);
bool is_mac(std::string_view text);
// Letters, digits, dashes: names of guests, ids.
bool is_plain_name(std::string_view text);
// "10.0.0.0/24" -> "10.0.0.0"
std::string_view without_prefix(std::string_view text);
// The IPv6 link-local address that the MAC makes.
std::string link_local(std::string_view mac);
// The number of an IP protocol by its name or number; nullopt when it is none.
std::optional<int> protocol_number(std::string_view text);

}  // namespace cumulet::compute::agent::network
