// One-time passwords of authenticator applications (RFC 6238: six digits, thirty seconds, SHA-1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/runtime/clock.hpp"

namespace cumulet::identity {

// nullopt when it is no base32 (RFC 4648; padding may be left out).
std::optional<std::string> from_base32(std::string_view text);
std::string totp_passcode(std::string_view secret, Timestamp at);
// Whether `passcode` is that of now or of one of the `windows` half minutes before.
bool totp_fits(std::string_view secret, std::string_view passcode, Timestamp now, int windows);

}  // namespace cumulet::identity
