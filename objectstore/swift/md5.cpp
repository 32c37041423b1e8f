#include "objectstore/swift/md5.hpp"

#include <openssl/evp.h>

#include "common/runtime/text.hpp"

namespace cumulet::objectstore::swift {

struct Md5::State {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
};

Md5::Md5() : state_(std::make_unique<State>()) { EVP_DigestInit_ex(state_->context.get(), EVP_md5(), nullptr); }
Md5::~Md5() = default;
Md5::Md5(Md5&&) noexcept = default;

void Md5::add(std::string_view bytes) { EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()); }

std::string Md5::hex() {
    std::string digest(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    EVP_DigestFinal_ex(state_->context.get(), reinterpret_cast<unsigned char*>(digest.data()), &size);
    return text::to_hex({digest.data(), size});
}

std::string md5_of(std::string_view text) {
    Md5 md5;
    md5.add(text);
    return md5.hex();
}

}  // namespace cumulet::objectstore::swift
