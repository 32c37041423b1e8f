#include "common/runtime/ids.hpp"

#include <openssl/rand.h>

#include <array>
#include <stdexcept>
#include <vector>

#include "common/runtime/text.hpp"

namespace cumulet {

std::uint64_t Random::next() {
    std::uint64_t value = 0;
    fill(std::as_writable_bytes(std::span(&value, 1)));
    return value;
}

std::uint64_t Random::below(std::uint64_t bound) {
    // Values above the largest multiple of `bound` would favour small results.
    const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
    std::uint64_t value = next();
    while (value >= limit) value = next();
    return value % bound;
}

std::string Random::hex_uuid() {
    std::array<char, 16> bytes{};
    fill(std::as_writable_bytes(std::span(bytes)));
    bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
    return text::to_hex({bytes.data(), bytes.size()});
}

std::string Random::uuid() {
    std::string id = hex_uuid();
    for (std::size_t dash : {20, 16, 12, 8}) id.insert(dash, 1, '-');
    return id;
}

std::string Random::token(std::size_t bytes) {
    std::string raw(bytes, '\0');
    fill(std::as_writable_bytes(std::span(raw)));
    return text::to_base64_url(raw);
}

void SystemRandom::fill(std::span<std::byte> bytes) {
    if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) != 1)
        throw std::runtime_error("the operating system gives no random bytes");
}

void SeededRandom::fill(std::span<std::byte> bytes) {
    std::lock_guard lock(mutex_);
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i % sizeof(word) == 0) word = engine_();
        bytes[i] = static_cast<std::byte>(word >> (8 * (i % sizeof(word))));
    }
}

bool is_uuid(std::string_view text) {
    const bool dashed = text.size() == 36;
    if (!dashed && text.size() != 32) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash_here = dashed && (i == 8 || i == 13 || i == 18 || i == 23);
        const char c = text[i];
        const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (dash_here ? c != '-' : !hex) return false;
    }
    return true;
}

}  // namespace cumulet
