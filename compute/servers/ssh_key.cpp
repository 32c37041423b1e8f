#include "compute/servers/ssh_key.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <stdexcept>

#include "common/runtime/text.hpp"

namespace cumulet::compute::servers {
namespace {

template <auto Free>
struct Deleter {
    template <class T>
    void operator()(T* pointer) const {
        Free(pointer);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Number = std::unique_ptr<BIGNUM, Deleter<BN_free>>;
using Memory = std::unique_ptr<BIO, Deleter<BIO_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;

void append_length(std::string& blob, std::size_t length) {
    for (int shift = 24; shift >= 0; shift -= 8) blob.push_back(static_cast<char>(length >> shift));
}

// The "mpint" of RFC 4251, 5: big-endian two's complement, so a set top bit needs a zero byte before it.
void append_number(std::string& blob, const BIGNUM* number) {
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
    BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
    if (!bytes.empty() && (bytes[0] & 0x80)) bytes.insert(bytes.begin(), '\0');
    append_length(blob, bytes.size());
    blob += bytes;
}

Number parameter(const Key& key, const char* name) {
    BIGNUM* number = nullptr;
    if (EVP_PKEY_get_bn_param(key.get(), name, &number) != 1) throw std::runtime_error("the new key lacks a parameter");
    return Number(number);
}

std::string colons(std::string_view digest) {
    const auto hex = text::to_hex(digest);
    std::string out;
    for (std::size_t at = 0; at < hex.size(); at += 2) {
        if (at) out.push_back(':');
        out.append(hex, at, 2);
    }
    return out;
}

std::string digest(std::string_view bytes, const EVP_MD* algorithm) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), out, &size, algorithm, nullptr) != 1)
        throw std::runtime_error("the digest is not available");
    return {reinterpret_cast<char*>(out), size};
}

std::optional<std::string> certificate_fingerprint(std::string_view pem) {
    Memory memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    Certificate certificate(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
    if (!certificate) return std::nullopt;
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    X509_digest(certificate.get(), EVP_sha1(), out, &size);
    return colons({reinterpret_cast<char*>(out), size});
}

}  // namespace

SshKey generate_ssh_key(std::string_view comment) {
    Key key(EVP_RSA_gen(2048));
    if (!key) throw std::runtime_error("could not generate an RSA key");
    std::string blob;
    append_length(blob, 7);
    blob += "ssh-rsa";
    append_number(blob, parameter(key, OSSL_PKEY_PARAM_RSA_E).get());
    append_number(blob, parameter(key, OSSL_PKEY_PARAM_RSA_N).get());

    Memory memory(BIO_new(BIO_s_mem()));
    if (PEM_write_bio_PrivateKey_traditional(memory.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        throw std::runtime_error("could not write the private key");
    char* pem = nullptr;
    const auto size = BIO_get_mem_data(memory.get(), &pem);
    return {fmt::format("ssh-rsa {} {}", text::to_base64(blob), comment),
            std::string(pem, static_cast<std::size_t>(size)), colons(digest(blob, EVP_md5()))};
}

std::optional<std::string> ssh_fingerprint(std::string_view public_key) {
    public_key = text::trim(public_key);
    if (public_key.starts_with("-----BEGIN CERTIFICATE")) return certificate_fingerprint(public_key);
    const auto space = public_key.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    const auto type = public_key.substr(0, space);
    auto encoded = public_key.substr(space + 1);
    encoded = encoded.substr(0, encoded.find(' '));
    const auto blob = text::from_base64(encoded);
    // The blob repeats the type: this tells a key from any other base64.
    if (!blob || blob->size() < 4 + type.size() || std::string_view(*blob).substr(4, type.size()) != type)
        return std::nullopt;
    return colons(digest(*blob, EVP_md5()));
}

}  // namespace cumulet::compute::servers
