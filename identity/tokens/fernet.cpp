#include "identity/tokens/fernet.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <memory>
#include <span>
#include <stdexcept>

#include "common/runtime/text.hpp"

namespace cumulet::identity::tokens {
namespace {

constexpr std::size_t kHeaderBytes = 1 + 8 + 16;  // version, time, IV
constexpr std::size_t kMacBytes = 32;
constexpr std::size_t kBlockBytes = 16;
constexpr char kVersion = '\x80';
constexpr std::size_t kLongestText = 1u << 16;

const unsigned char* octets(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* octets(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string mac_of(const FernetKey& key, std::string_view bytes) {
    std::string mac(kMacBytes, '\0');
    unsigned int size = 0;
    if (!HMAC(EVP_sha256(), key.signing.data(), static_cast<int>(key.signing.size()), octets(bytes), bytes.size(),
              octets(mac), &size))
        throw std::runtime_error("HMAC-SHA256 is not available");
    return mac;
}

struct FreeCipher {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

// nullopt when the padding is wrong.
std::optional<std::string> run_cipher(bool encrypt, const FernetKey& key, std::string_view iv, std::string_view input) {
    Cipher cipher(EVP_CIPHER_CTX_new());
    if (!cipher || EVP_CipherInit_ex(cipher.get(), EVP_aes_128_cbc(), nullptr, octets(key.encryption), octets(iv),
                                     encrypt ? 1 : 0) != 1)
        throw std::runtime_error("AES-128-CBC is not available");
    std::string output(input.size() + kBlockBytes, '\0');
    int size = 0;
    int last = 0;
    if (EVP_CipherUpdate(cipher.get(), octets(output), &size, octets(input), static_cast<int>(input.size())) != 1)
        return std::nullopt;
    if (EVP_CipherFinal_ex(cipher.get(), octets(output) + size, &last) != 1) return std::nullopt;
    output.resize(static_cast<std::size_t>(size + last));
    return output;
}

void append_big_endian(std::string& out, std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xff);
}

std::uint64_t big_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (char byte : bytes) value = (value << 8) | static_cast<unsigned char>(byte);
    return value;
}

}  // namespace

std::optional<FernetKey> parse_fernet_key(std::string_view text) {
    auto bytes = text::from_base64(text::trim(text));
    if (!bytes || bytes->size() != 32) return std::nullopt;
    return FernetKey{bytes->substr(0, 16), bytes->substr(16)};
}

std::string new_fernet_key(Random& random) {
    // Key files of other implementations carry the padding, and Python's decoder insists on it.
    return random.token(32) + "=";
}

std::string fernet_encrypt(const FernetKey& key, std::string_view bytes, Timestamp now, Random& random) {
    std::string message(1, kVersion);
    append_big_endian(
        message, static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count()));
    std::string iv(kBlockBytes, '\0');
    random.fill(std::as_writable_bytes(std::span(iv)));
    message += iv;
    message += run_cipher(true, key, iv, bytes).value();
    message += mac_of(key, message);
    return text::to_base64_url(message);
}

std::optional<FernetMessage> fernet_decrypt(const std::vector<FernetKey>& keys, std::string_view text) {
    if (text.size() > kLongestText) return std::nullopt;
    auto message = text::from_base64(text);
    if (!message || message->size() < kHeaderBytes + kBlockBytes + kMacBytes || message->front() != kVersion)
        return std::nullopt;
    const std::string_view whole(*message);
    const auto signed_part = whole.substr(0, whole.size() - kMacBytes);
    const auto mac = whole.substr(whole.size() - kMacBytes);
    const auto ciphertext = signed_part.substr(kHeaderBytes);
    if (ciphertext.size() % kBlockBytes != 0) return std::nullopt;
    for (const auto& key : keys) {
        if (!text::equal_in_constant_time(mac_of(key, signed_part), mac)) continue;
        auto bytes = run_cipher(false, key, signed_part.substr(9, kBlockBytes), ciphertext);
        if (!bytes) return std::nullopt;
        const auto seconds = static_cast<std::int64_t>(big_endian(signed_part.substr(1, 8)));
        constexpr std::int64_t kFarthest = 253'402'300'799;  // the end of year 9999
        if (seconds < 0 || seconds > kFarthest) return std::nullopt;
        return FernetMessage{std::move(*bytes), Timestamp{std::chrono::seconds{seconds}}};
    }
    return std::nullopt;
}

}  // namespace cumulet::identity::tokens
