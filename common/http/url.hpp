// Absolute http and https URLs, as the client needs them. Free of I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cumulet::http {

struct Url {
    bool secure = false;
    std::string host;  // without the brackets of an IPv6 address
    std::uint16_t port = 80;
    std::string authority;  // as the Host header wants it
    std::string target;     // path and query, at least "/"; a fragment is dropped
};

// nullopt when it is not such a URL, holds user information, or bytes that may not stand in a request line.
std::optional<Url> parse_url(std::string_view text);

}  // namespace cumulet::http
