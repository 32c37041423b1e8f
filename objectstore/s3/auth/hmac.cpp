#include "objectstore/s3/auth/hmac.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace cumulet::objectstore::s3 {

namespace {

const EVP_MD* method(Hash hash) {
    switch (hash) {
        case Hash::md5:
            return EVP_md5();
        case Hash::sha1:
            return EVP_sha1();
        case Hash::sha256:
            break;
    }
    return EVP_sha256();
}

}  // namespace

std::string hmac(Hash hash, std::string_view key, std::string_view data) {
    std::string mac(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    HMAC(method(hash), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(data.data()),
         data.size(), reinterpret_cast<unsigned char*>(mac.data()), &size);
    mac.resize(size);
    return mac;
}

std::string digest_of(Hash hash, std::string_view data) {
    Digest digest(hash);
    digest.add(data);
    return digest.take();
}

struct Digest::State {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
    const EVP_MD* method = nullptr;
};

Digest::Digest(Hash hash) : state_(std::make_unique<State>()) {
    state_->method = method(hash);
    EVP_DigestInit_ex(state_->context.get(), state_->method, nullptr);
}
Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

void Digest::add(std::string_view bytes) { EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()); }

std::string Digest::take() {
    std::string digest(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    EVP_DigestFinal_ex(state_->context.get(), reinterpret_cast<unsigned char*>(digest.data()), &size);
    digest.resize(size);
    EVP_DigestInit_ex(state_->context.get(), state_->method, nullptr);
    return digest;
}

}  // namespace cumulet::objectstore::s3
