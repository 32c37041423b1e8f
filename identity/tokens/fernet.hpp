// Fernet (github.com/fernet/spec): AES-128-CBC under HMAC-SHA256, by OpenSSL. Tokens and secrets at rest are wrapped in
// it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/runtime/clock.hpp"
#include "common/runtime/ids.hpp"

namespace cumulet::identity::tokens {

struct FernetKey {
    std::string signing;     // 16 bytes
    std::string encryption;  // 16 bytes
};

// 32 bytes in URL-safe base64, as key files hold them. nullopt when it is none.
std::optional<FernetKey> parse_fernet_key(std::string_view text);
std::string new_fernet_key(Random& random);

struct FernetMessage {
    std::string bytes;
    Timestamp created_at{};  // whole seconds
};

// URL-safe base64 without padding, as Keystone hands tokens out. Any thread.
std::string fernet_encrypt(const FernetKey& key, std::string_view bytes, Timestamp now, Random& random);
// Tries the keys in order. nullopt when the text is no Fernet message or none of the keys made it. Any thread.
std::optional<FernetMessage> fernet_decrypt(const std::vector<FernetKey>& keys, std::string_view text);

}  // namespace cumulet::identity::tokens
