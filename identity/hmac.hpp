// Keyed digests (OpenSSL) that client signatures and one-time passwords are made of.
#pragma once

#include <string>
#include <string_view>

namespace cumulet::identity {

// Raw bytes. Any thread.
std::string hmac_sha1(std::string_view key, std::string_view data);
std::string hmac_sha256(std::string_view key, std::string_view data);

}  // namespace cumulet::identity
