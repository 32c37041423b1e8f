#include "identity/totp.hpp"

#include <fmt/format.h>

#include "common/runtime/text.hpp"
#include "identity/hmac.hpp"

namespace cumulet::identity {
namespace {

constexpr auto kWindow = std::chrono::seconds(30);

}  // namespace

std::optional<std::string> from_base32(std::string_view text) {
    while (!text.empty() && text.back() == '=') text.remove_suffix(1);
    std::string bytes;
    std::uint32_t bits = 0;
    int held = 0;
    for (char c : text) {
        std::uint32_t value = 0;
        if (c >= 'A' && c <= 'Z')
            value = static_cast<std::uint32_t>(c - 'A');
        else if (c >= '2' && c <= '7')
            value = static_cast<std::uint32_t>(c - '2') + 26;
        else
            return std::nullopt;
        bits = (bits << 5 | value) & 0xfff;
        held += 5;
        if (held < 8) continue;
        held -= 8;
        bytes += static_cast<char>(bits >> held & 0xff);
    }
    return bytes;
}

std::string totp_passcode(std::string_view secret, Timestamp at) {
    const auto count = static_cast<std::uint64_t>(at.time_since_epoch() / kWindow);
    std::string message(8, '\0');
    for (int i = 0; i < 8; ++i) message[static_cast<std::size_t>(i)] = static_cast<char>(count >> (56 - 8 * i) & 0xff);
    const auto mac = hmac_sha1(secret, message);
    const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(mac[i])); };
    const std::size_t from = byte(19) & 0xf;
    const auto number = (byte(from) & 0x7f) << 24 | byte(from + 1) << 16 | byte(from + 2) << 8 | byte(from + 3);
    return fmt::format("{:06}", number % 1'000'000);
}

bool totp_fits(std::string_view secret, std::string_view passcode, Timestamp now, int windows) {
    bool fits = false;
    for (int back = 0; back <= windows; ++back)
        fits |= text::equal_in_constant_time(totp_passcode(secret, now - back * kWindow), passcode);
    return fits;
}

}  // namespace cumulet::identity
