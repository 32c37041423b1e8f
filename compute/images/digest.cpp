#include "compute/images/digest.hpp"

#include <openssl/evp.h>

#include <stdexcept>

#include "common/runtime/text.hpp"

namespace cumulet::compute::images {
namespace {

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

Context begin(const EVP_MD* algorithm) {
    Context context(EVP_MD_CTX_new());
    if (!context || EVP_DigestInit_ex(context.get(), algorithm, nullptr) != 1)
        throw std::runtime_error("OpenSSL has no such digest");
    return context;
}

std::string end(EVP_MD_CTX* context) {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    if (EVP_DigestFinal_ex(context, bytes, &length) != 1) throw std::runtime_error("a digest cannot be ended");
    return text::to_hex({reinterpret_cast<const char*>(bytes), length});
}

}  // namespace

struct Digests::State {
    Context md5 = begin(EVP_md5());
    Context sha512 = begin(EVP_sha512());
};

Digests::Digests() : state_(std::make_unique<State>()) {}
Digests::~Digests() = default;

void Digests::update(std::string_view bytes) {
    if (EVP_DigestUpdate(state_->md5.get(), bytes.data(), bytes.size()) != 1 ||
        EVP_DigestUpdate(state_->sha512.get(), bytes.data(), bytes.size()) != 1)
        throw std::runtime_error("a digest cannot go on");
}

std::string Digests::md5() { return end(state_->md5.get()); }
std::string Digests::sha512() { return end(state_->sha512.get()); }

}  // namespace cumulet::compute::images
