#include "certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <stdexcept>

namespace cumulet::test {

namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

Key make_key() { return {EVP_EC_gen("P-256"), &EVP_PKEY_free}; }

void add_extension(X509* certificate, X509* issuer, int kind, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, &context, kind, value), &X509_EXTENSION_free);
    if (!extension) throw std::runtime_error("cannot make a certificate extension");
    X509_add_ext(certificate, extension.get(), -1);
}

Certificate make_certificate(const std::string& common_name, EVP_PKEY* key) {
    static int serial = 1;
    Certificate certificate(X509_new(), &X509_free);
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
    return certificate;
}

// The file is there whole or not at all.
template <class Write>
void write_file(const std::filesystem::path& path, Write write) {
    const auto fresh = path.string() + ".new";
    {
        const File file(std::fopen(fresh.c_str(), "w"), &std::fclose);
        if (!file || !write(file.get())) throw std::runtime_error("cannot write " + fresh);
    }
    std::filesystem::rename(fresh, path);
}

}  // namespace

struct Certificates::Authority {
    Key key{nullptr, &EVP_PKEY_free};
    Certificate certificate{nullptr, &X509_free};
};

Certificates::Certificates() : authority_(std::make_unique<Authority>()) {
    auto pattern = (std::filesystem::temp_directory_path() / "cumulet-http-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
    folder_ = pattern;
    auto& [key, certificate] = *authority_;
    key = make_key();
    certificate = make_certificate("test authority", key.get());
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
    add_extension(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    write_file(folder_ / "ca.pem", [&](std::FILE* file) { return PEM_write_X509(file, certificate.get()); });
}

Certificates::~Certificates() { std::filesystem::remove_all(folder_); }

void Certificates::issue(const std::string& name, const std::string& common_name) {
    const auto key = make_key();
    const auto certificate = make_certificate(common_name, key.get());
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(authority_->certificate.get()));
    add_extension(certificate.get(), authority_->certificate.get(), NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    X509_sign(certificate.get(), authority_->key.get(), EVP_sha256());
    write_file(folder_ / (name + ".pem"), [&](std::FILE* file) { return PEM_write_X509(file, certificate.get()); });
    write_file(folder_ / (name + ".key"), [&](std::FILE* file) {
        return PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
}

}  // namespace cumulet::test
