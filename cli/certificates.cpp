#include "cli/certificates.hpp"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <memory>

namespace cumulet::cli {
namespace {

constexpr long kDay_s = 24L * 60 * 60;
constexpr long kAuthorityDays = 3650;
constexpr long kCertificateDays = 730;
constexpr long kRenewalDays = 30;

template <auto Free>
struct Release {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Release<X509_free>>;
using Memory = std::unique_ptr<BIO, Release<BIO_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Release<X509_EXTENSION_free>>;
using Number = std::unique_ptr<BIGNUM, Release<BN_free>>;

void require(bool worked, std::string_view what) {
    if (worked) return;
    char reason[256];
    ERR_error_string_n(ERR_get_error(), reason, sizeof reason);
    throw CommandError(fmt::format("certificates: {}: {}", what, reason));
}

std::string to_text(BIO* memory) {
    char* data = nullptr;
    const long length = BIO_get_mem_data(memory, &data);
    return {data, static_cast<std::size_t>(length)};
}

std::string to_pem(X509* certificate) {
    const Memory memory(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_X509(memory.get(), certificate) == 1, "write a certificate");
    return to_text(memory.get());
}

std::string to_pem(EVP_PKEY* key) {
    const Memory memory(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_PKCS8PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
            "write a key");
    return to_text(memory.get());
}

Memory from_text(const std::string& text) {
    return Memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Null when the file is absent or holds no certificate.
Certificate read_certificate(const fs::path& file) {
    const auto text = read_file_if_any(file);
    if (!text) return nullptr;
    return Certificate(PEM_read_bio_X509(from_text(*text).get(), nullptr, nullptr, nullptr));
}

Key read_key(const fs::path& file) {
    const auto text = read_file_if_any(file);
    if (!text) return nullptr;
    return Key(PEM_read_bio_PrivateKey(from_text(*text).get(), nullptr, nullptr, nullptr));
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extension " + value);
}

// A version 3 certificate with a random serial number, valid from a day ago (clocks differ) for `days`.
Certificate new_certificate(EVP_PKEY* key, const std::string& common_name, long days) {
    Certificate certificate(X509_new());
    require(certificate != nullptr, "new certificate");
    X509* made = certificate.get();
    const Number serial(BN_new());
    require(serial && BN_rand(serial.get(), 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1, "serial number");
    require(BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(made)) != nullptr, "serial number");
    require(X509_set_version(made, X509_VERSION_3) == 1 && X509_set_pubkey(made, key) == 1, "new certificate");
    X509_gmtime_adj(X509_getm_notBefore(made), -kDay_s);
    X509_gmtime_adj(X509_getm_notAfter(made), days * kDay_s);
    const auto* name = reinterpret_cast<const unsigned char*>(common_name.c_str());
    require(X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_UTF8, name, -1, -1, 0) == 1,
            "name " + common_name);
    return certificate;
}

void sign(X509* certificate, X509* issuer, EVP_PKEY* issuer_key) {
    require(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1, "issuer");
    require(X509_sign(certificate, issuer_key, EVP_sha256()) > 0, "sign");
}

bool is_good(const fs::path& folder, const std::string& name, EVP_PKEY* authority_key) {
    const Certificate certificate = read_certificate(folder / (name + ".pem"));
    const Key key = read_key(folder / (name + ".key"));
    if (!certificate || !key) return false;
    time_t soon = time(nullptr) + kRenewalDays * kDay_s;
    return X509_verify(certificate.get(), authority_key) == 1 &&
           X509_check_private_key(certificate.get(), key.get()) == 1 &&
           X509_cmp_time(X509_get0_notAfter(certificate.get()), &soon) > 0;
}

std::string alternative_names(const CertificateRequest& request) {
    std::string list;
    const auto add = [&](std::string_view kind, const std::string& value) {
        list += fmt::format("{}{}:{}", list.empty() ? "" : ",", kind, value);
    };
    for (const auto& address : request.addresses) add("IP", address);
    for (const auto& name : request.names) add("DNS", name);
    return list;
}

}  // namespace

CertificateAuthority::CertificateAuthority(const fs::path& folder) : folder_(folder) {
    if (read_certificate(folder / "ca.pem") && read_key(folder / "ca.key")) return;
    const Key key(EVP_EC_gen("P-256"));
    require(key != nullptr, "new key");
    const Certificate made = new_certificate(key.get(), "Cumulet private CA", kAuthorityDays);
    require(X509_set_issuer_name(made.get(), X509_get_subject_name(made.get())) == 1, "issuer");
    add_extension(made.get(), made.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(made.get(), made.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(made.get(), made.get(), NID_subject_key_identifier, "hash");
    sign(made.get(), made.get(), key.get());
    write_private_file(folder / "ca.key", to_pem(key.get()));
    write_private_file(folder / "ca.pem", to_pem(made.get()));
}

bool CertificateAuthority::ensure(const std::string& name, const CertificateRequest& request) const {
    const Certificate authority = read_certificate(folder_ / "ca.pem");
    const Key authority_key = read_key(folder_ / "ca.key");
    if (!authority || !authority_key) throw CommandError(folder_.string() + ": the certificate authority is damaged");
    if (is_good(folder_, name, authority_key.get())) return false;
    const Key key(EVP_EC_gen("P-256"));
    require(key != nullptr, "new key");
    const Certificate made = new_certificate(key.get(), request.common_name, kCertificateDays);
    add_extension(made.get(), authority.get(), NID_basic_constraints, "critical,CA:FALSE");
    add_extension(made.get(), authority.get(), NID_key_usage, "critical,digitalSignature");
    add_extension(made.get(), authority.get(), NID_ext_key_usage,
                  request.server ? "serverAuth,clientAuth" : "clientAuth");
    if (const auto names = alternative_names(request); !names.empty())
        add_extension(made.get(), authority.get(), NID_subject_alt_name, names);
    sign(made.get(), authority.get(), authority_key.get());
    write_private_file(folder_ / (name + ".key"), to_pem(key.get()), Durability::volatile_file);
    write_private_file(folder_ / (name + ".pem"), to_pem(made.get()), Durability::volatile_file);
    return true;
}

void ensure_certificates(const StateFolder& state) {
    const CertificateAuthority authority(state.tls());
    authority.ensure(
        "compute",
        {.common_name = "cumulet-compute", .addresses = {"127.0.0.1", "::1"}, .names = {"localhost"}, .server = true});
    // The agent speaks for the host that its certificate names, and has a listener of its own.
    char machine[256] = {};
    ::gethostname(machine, sizeof machine - 1);
    authority.ensure(
        "agent",
        {.common_name = machine, .addresses = {"127.0.0.1", "::1"}, .names = {"localhost", machine}, .server = true});
}

}  // namespace cumulet::cli
