// Encryption of bytes at rest. Every blob has a data key of its own (AES-256-CTR, so that any range can be read), which
// its record holds sealed (AES-256-GCM) with the key of its scope; the store holds the keys of scopes, sealed with the
// root secret. Changing the root secret seals only the scopes' keys again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <tuple>

#include "common/store/engine.hpp"
#include "common/store/record.hpp"
#include "objectstore/engine/blob.hpp"

namespace cumulet::objectstore {

// Throws EngineError when libcrypto refuses.
std::string random_bytes(std::size_t count);
// `plain` under a key of 32 bytes: nonce, bytes, tag. `bound_to` must be the same when it is opened.
std::string seal(std::string_view key, std::string_view plain, std::string_view bound_to);
// Throws EngineError "damaged" when it was sealed otherwise.
std::string unseal(std::string_view key, std::string_view sealed, std::string_view bound_to);

// The stream of one data key. One thread at a time.
class BlobCipher {
public:
    explicit BlobCipher(std::string_view data_key);
    ~BlobCipher();
    BlobCipher(BlobCipher&&) noexcept;
    // En- and decrypts in place bytes that stand at `offset` of their blob.
    void apply(std::uint64_t offset, char* bytes, std::size_t count);

private:
    struct State;
    std::unique_ptr<State> state_;
};

struct ScopeKeyRow {
    std::string scope;
    std::string root;  // the name of the root secret that it is sealed with
    std::string sealed;
};

// The root secrets: a file of lines "<name> <64 hex digits>", the last of which seals what is new.
class RootSecrets {
public:
    // Throws EngineError when the file is readable by others, malformed or missing; with `create` it is made with one
    // secret when it is missing.
    RootSecrets(const std::filesystem::path& file, bool create);
    const std::string& newest() const { return newest_; }
    // Throws EngineError when there is no such secret.
    const std::string& secret(const std::string& name) const;

private:
    std::map<std::string, std::string> secrets_;
    std::string newest_;
};

// Any thread.
class KeyRing {
public:
    // Seals the keys of scopes with the newest secret where they are sealed with an older one. Throws EngineError.
    KeyRing(store::Engine& store, const std::filesystem::path& secrets);
    struct NewKey {
        std::string data_key, sealed;
    };
    // A data key for a new blob. Blocks for a commit when `scope` is new. Throws EngineError and store::StoreError.
    NewKey make(const std::string& scope);
    // Throws EngineError.
    std::string open(const Blob& blob);

private:
    std::string scope_key(const std::string& scope, bool create);
    std::string open_row(const ScopeKeyRow& row) const;

    store::Engine& store_;
    RootSecrets secrets_;
    std::shared_mutex mutex_;
    std::map<std::string, std::string> known_;  // bounded
};

}  // namespace cumulet::objectstore

template <>
struct cumulet::store::Describe<cumulet::objectstore::ScopeKeyRow> {
    using Row = cumulet::objectstore::ScopeKeyRow;
    static constexpr std::string_view collection = "scope_key";
    static constexpr int version = 1;
    static constexpr auto key = List{&Row::scope};
    static constexpr auto fields =
        List{field("scope", &Row::scope), field("root", &Row::root), field("sealed", &Row::sealed)};
    static constexpr auto indexes = List{};
};
