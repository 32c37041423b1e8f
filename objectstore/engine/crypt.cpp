#include "objectstore/engine/crypt.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>

#include "objectstore/engine/engine_error.hpp"

namespace cumulet::objectstore {

namespace {

constexpr int kNonceBytes = 12, kTagBytes = 16;
constexpr std::size_t kKeyBytes = 32;

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

Context new_context() { return {EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free}; }

void require(int result) {
    if (result != 1) throw EngineError(EngineError::Kind::failed, "encryption failed");
}

const unsigned char* in(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* out(char* bytes) { return reinterpret_cast<unsigned char*>(bytes); }

void require_key(std::string_view key) {
    if (key.size() != kKeyBytes) throw EngineError(EngineError::Kind::damaged, "a key has not 32 bytes");
}

}  // namespace

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    require(RAND_bytes(out(bytes.data()), static_cast<int>(count)));
    return bytes;
}

std::string seal(std::string_view key, std::string_view plain, std::string_view bound_to) {
    require_key(key);
    std::string sealed = random_bytes(kNonceBytes);
    sealed.resize(kNonceBytes + plain.size() + kTagBytes);
    const auto context = new_context();
    int size = 0;
    require(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, in(key), in(sealed)));
    require(EVP_EncryptUpdate(context.get(), nullptr, &size, in(bound_to), static_cast<int>(bound_to.size())));
    char* to = sealed.data() + kNonceBytes;
    require(EVP_EncryptUpdate(context.get(), out(to), &size, in(plain), static_cast<int>(plain.size())));
    require(EVP_EncryptFinal_ex(context.get(), out(to) + size, &size));
    require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, to + plain.size()));
    return sealed;
}

std::string unseal(std::string_view key, std::string_view sealed, std::string_view bound_to) {
    require_key(key);
    const EngineError wrong(EngineError::Kind::damaged, "a sealed key does not open");
    if (sealed.size() < kNonceBytes + kTagBytes) throw wrong;
    const auto body = sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
    std::string tag(sealed.substr(kNonceBytes + body.size()));
    std::string plain(body.size(), '\0');
    const auto context = new_context();
    int size = 0;
    require(EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, in(key), in(sealed)));
    require(EVP_DecryptUpdate(context.get(), nullptr, &size, in(bound_to), static_cast<int>(bound_to.size())));
    require(EVP_DecryptUpdate(context.get(), out(plain.data()), &size, in(body), static_cast<int>(body.size())));
    require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()));
    if (EVP_DecryptFinal_ex(context.get(), out(plain.data()) + size, &size) != 1) throw wrong;
    return plain;
}

struct BlobCipher::State {
    std::string key;
    Context context = new_context();
    std::uint64_t next = 0;  // where the stream stands
    bool begun = false;
};

BlobCipher::BlobCipher(std::string_view data_key) : state_(std::make_unique<State>()) {
    require_key(data_key);
    state_->key = data_key;
}
BlobCipher::~BlobCipher() = default;
BlobCipher::BlobCipher(BlobCipher&&) noexcept = default;

// A data key is used for one blob only, so the counter may begin at 0.
void BlobCipher::apply(std::uint64_t offset, char* bytes, std::size_t count) {
    auto& state = *state_;
    int size = 0;
    if (!state.begun || state.next != offset) {
        std::array<unsigned char, 16> counter{};
        for (std::size_t i = 0; i < 8; ++i) counter[15 - i] = static_cast<unsigned char>(offset / 16 >> (8 * i) & 0xff);
        require(EVP_EncryptInit_ex(state.context.get(), EVP_aes_256_ctr(), nullptr, in(state.key), counter.data()));
        std::array<unsigned char, 16> skipped{};
        if (const auto skip = static_cast<int>(offset % 16); skip > 0)
            require(EVP_EncryptUpdate(state.context.get(), skipped.data(), &size, skipped.data(), skip));
        state.begun = true;
    }
    require(EVP_EncryptUpdate(state.context.get(), out(bytes), &size, in({bytes, count}), static_cast<int>(count)));
    state.next = offset + count;
}

}  // namespace cumulet::objectstore
