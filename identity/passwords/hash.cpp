#include "identity/passwords/hash.hpp"

#include <crypt.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>

#include <charconv>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

#include "common/runtime/text.hpp"

namespace cumulet::identity::passwords {
namespace {

constexpr std::size_t kLongestHash = 512;
constexpr std::size_t kBcryptReads = 72;  // bytes of a password; libxcrypt refuses much longer ones

// Empty when libxcrypt refuses the setting.
std::string run_crypt(std::string_view password, const std::string& setting) {
    auto scratch = std::make_unique<crypt_data>();
    const std::string terminated(password);
    const char* result = crypt_r(terminated.c_str(), setting.c_str(), scratch.get());
    std::string hash = result && result[0] != '*' ? result : "";
    OPENSSL_cleanse(scratch.get(), sizeof(crypt_data));
    return hash;
}

bool verify_bcrypt(std::string_view password, std::string_view hash) {
    const auto computed = run_crypt(password.substr(0, kBcryptReads), std::string(hash));
    return !computed.empty() && text::equal_in_constant_time(computed, hash);
}

// A password that libxcrypt does not take costs as much and fits nothing.
bool verify_sha512_crypt(std::string_view password, std::string_view hash) {
    const auto taken = password.substr(0, CRYPT_MAX_PASSPHRASE_SIZE - 1);
    const auto computed = run_crypt(taken, std::string(hash));
    return !computed.empty() && text::equal_in_constant_time(computed, hash) && taken.size() == password.size();
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}

// "ln=16,r=8,p=1" -> the value of one name.
std::optional<std::uint64_t> parameter(std::string_view list, std::string_view name) {
    for (auto item : text::split(list, ','))
        if (item.size() > name.size() && item.substr(0, name.size()) == name && item[name.size()] == '=')
            return number(item.substr(name.size() + 1));
    return std::nullopt;
}

// passlib's alphabet for pbkdf2 has '.' where base64 has '+'.
std::optional<std::string> from_adapted_base64(std::string_view text) {
    std::string plain(text);
    for (char& c : plain)
        if (c == '.') c = '+';
    return text::from_base64(plain);
}

// $scrypt$ln=16,r=8,p=1$salt$digest
bool verify_scrypt(std::string_view password, const std::vector<std::string_view>& parts) {
    if (parts.size() != 5) return false;
    const auto log_n = parameter(parts[2], "ln");
    const auto r = parameter(parts[2], "r");
    const auto p = parameter(parts[2], "p");
    const auto salt = text::from_base64(parts[3]);
    const auto digest = text::from_base64(parts[4]);
    if (!log_n || !r || !p || !salt || !digest || *log_n < 1 || *log_n > 24 || *r > 64 || *p > 64 || digest->empty())
        return false;
    constexpr std::uint64_t kMostMemory = 1ull << 30;
    std::string computed(digest->size(), '\0');
    const bool done =
        EVP_PBE_scrypt(password.data(), password.size(), reinterpret_cast<const unsigned char*>(salt->data()),
                       salt->size(), 1ull << *log_n, *r, *p, kMostMemory,
                       reinterpret_cast<unsigned char*>(computed.data()), computed.size()) == 1;
    return done && text::equal_in_constant_time(computed, *digest);
}

// $pbkdf2-sha512$25000$salt$digest
bool verify_pbkdf2(std::string_view password, const std::vector<std::string_view>& parts) {
    if (parts.size() != 5) return false;
    const auto rounds = number(parts[2]);
    const auto salt = from_adapted_base64(parts[3]);
    const auto digest = from_adapted_base64(parts[4]);
    if (!rounds || *rounds < 1 || *rounds > 10'000'000 || !salt || !digest || digest->empty()) return false;
    std::string computed(digest->size(), '\0');
    const bool done =
        PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                          reinterpret_cast<const unsigned char*>(salt->data()), static_cast<int>(salt->size()),
                          static_cast<int>(*rounds), EVP_sha512(), static_cast<int>(computed.size()),
                          reinterpret_cast<unsigned char*>(computed.data())) == 1;
    return done && text::equal_in_constant_time(computed, *digest);
}

std::string sha256(std::string_view data) {
    std::string digest(32, '\0');
    unsigned int size = 0;
    EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, EVP_sha256(), nullptr);
    return digest;
}

std::string hmac_sha256(std::string_view key, std::string_view data) {
    std::string mac(32, '\0');
    unsigned int size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(data.data()),
         data.size(), reinterpret_cast<unsigned char*>(mac.data()), &size);
    return mac;
}

// $bcrypt-sha256$v=2,t=2b,r=12$salt$digest, and the older $bcrypt-sha256$2b,12$salt$digest: bcrypt of a digest of the
// password, so that what follows its 72nd byte counts too.
bool verify_bcrypt_sha256(std::string_view password, const std::vector<std::string_view>& parts) {
    if (parts.size() != 5) return false;
    const bool keyed = parameter(parts[2], "v") == 2;
    const auto rounds = keyed ? parameter(parts[2], "r") : number(text::split(parts[2], ',').back());
    if (!rounds || *rounds < 4 || *rounds > 31) return false;
    const auto inner = text::to_base64(keyed ? hmac_sha256(parts[3], password) : sha256(password));
    return verify_bcrypt(inner, fmt::format("$2b${:02}${}{}", *rounds, parts[3], parts[4]));
}

}  // namespace

std::string hash_password(std::string_view password, int rounds, Random& random) {
    if (rounds < 4 || rounds > 31) throw std::invalid_argument("bcrypt rounds must be in [4, 31]");
    if (password.find('\0') != std::string_view::npos) throw std::invalid_argument("a password cannot hold a NUL byte");
    std::string salt(16, '\0');
    random.fill(std::as_writable_bytes(std::span(salt)));
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    if (!crypt_gensalt_rn("$2b$", static_cast<unsigned long>(rounds), salt.data(), static_cast<int>(salt.size()),
                          setting, sizeof setting))
        throw std::runtime_error("libxcrypt has no bcrypt");
    auto hash = run_crypt(password.substr(0, kBcryptReads), setting);
    if (hash.empty()) throw std::runtime_error("libxcrypt has no bcrypt");
    return hash;
}

bool verify_password(std::string_view password, std::string_view hash) {
    if (hash.size() > kLongestHash || password.size() > kLongestPassword ||
        password.find('\0') != std::string_view::npos)
        return false;
    const auto parts = text::split(hash, '$');
    if (parts.size() < 4) return false;
    const auto kind = parts[1];
    if (kind == "2b" || kind == "2a" || kind == "2y") return verify_bcrypt(password, hash);
    if (kind == "6") return verify_sha512_crypt(password, hash);
    if (kind == "scrypt") return verify_scrypt(password, parts);
    if (kind == "pbkdf2-sha512") return verify_pbkdf2(password, parts);
    if (kind == "bcrypt-sha256") return verify_bcrypt_sha256(password, parts);
    return false;
}

int bcrypt_rounds(std::string_view hash) {
    const auto parts = text::split(hash, '$');
    if (parts.size() != 4 || parts[1].empty() || parts[1].front() != '2') return 0;
    return static_cast<int>(number(parts[2]).value_or(0));
}

}  // namespace cumulet::identity::passwords
