#include "objectstore/swift/signature.hpp"

#include <openssl/hmac.h>

#include "common/runtime/text.hpp"
#include "objectstore/model/account.hpp"
#include "objectstore/model/container.hpp"

namespace cumulet::objectstore::swift {

namespace {

const EVP_MD* digest_named(std::string_view name) {
    if (name == "sha1") return EVP_sha1();
    if (name == "sha256") return EVP_sha256();
    return name == "sha512" ? EVP_sha512() : nullptr;
}

std::string hmac(const EVP_MD* digest, std::string_view key, std::string_view text) {
    std::string out(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    HMAC(digest, key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), reinterpret_cast<unsigned char*>(out.data()), &size);
    out.resize(size);
    return out;
}

void add_keys(const std::map<std::string, std::string>& metadata, Reach reach, std::vector<ScopedKey>& keys) {
    for (const char* name : {"Temp-Url-Key", "Temp-Url-Key-2"})
        if (const auto key = metadata.find(name); key != metadata.end() && !key->second.empty())
            keys.push_back({key->second, reach});
}

}  // namespace

std::optional<Signature> parse_signature(std::string_view text) {
    if (const auto colon = text.find(':'); colon != std::string_view::npos) {
        const auto* digest = digest_named(text.substr(0, colon));
        auto bytes = text::from_base64(text.substr(colon + 1));
        if (!digest || !bytes) return std::nullopt;
        return Signature{digest, std::move(*bytes)};
    }
    auto bytes = text::from_hex(text);
    if (!bytes) return std::nullopt;
    for (const auto* digest : {EVP_sha1(), EVP_sha256(), EVP_sha512()})
        if (bytes->size() == static_cast<std::size_t>(EVP_MD_get_size(digest)))
            return Signature{digest, std::move(*bytes)};
    return std::nullopt;
}

bool signs(const Signature& signature, std::string_view key, std::string_view text) {
    return text::equal_in_constant_time(hmac(signature.digest, key, text), signature.bytes);
}

std::vector<ScopedKey> signing_keys(store::Transaction& txn, const std::string& account, const std::string& container) {
    std::vector<ScopedKey> keys;
    if (const auto known = txn.peek<Account>(account)) add_keys(known->metadata, Reach::account, keys);
    if (const auto known = txn.peek<Container>(account, container)) add_keys(known->metadata, Reach::container, keys);
    return keys;
}

}  // namespace cumulet::objectstore::swift
