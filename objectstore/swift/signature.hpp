// Signatures of temporary URLs and of forms: HMACs with keys that accounts and containers have in their metadata.
#pragma once

#include <openssl/evp.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/store/transaction.hpp"

namespace cumulet::objectstore::swift {

struct Signature {
    const EVP_MD* digest = nullptr;
    std::string bytes;
};
// Hex, told apart by its length, or "sha256:<base64>"; SHA-1, SHA-256, SHA-512.
std::optional<Signature> parse_signature(std::string_view text);
// Whether it is that of `text` with this key; takes the same time whichever byte is wrong.
bool signs(const Signature& signature, std::string_view key, std::string_view text);

enum class Reach { container, account };
struct ScopedKey {
    std::string key;
    Reach reach;
};
// Temp-Url-Key and Temp-Url-Key-2 of both.
std::vector<ScopedKey> signing_keys(store::Transaction& txn, const std::string& account, const std::string& container);

}  // namespace cumulet::objectstore::swift
