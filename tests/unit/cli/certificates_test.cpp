#include "cli/certificates.hpp"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "tests/support/temporary_folder.hpp"

using namespace cumulet::cli;
using cumulet::test::read_file;
using cumulet::test::TemporaryFolder;

namespace {

std::shared_ptr<X509> load(const fs::path& file) {
    const std::string text = read_file(file);
    const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())),
                                                           BIO_free);
    std::shared_ptr<X509> certificate(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr), X509_free);
    REQUIRE(certificate);
    return certificate;
}

// Whether OpenSSL's own chain building trusts the certificate for this purpose.
bool is_trusted(const fs::path& folder, const std::string& name, int purpose) {
    const auto authority = load(folder / "ca.pem");
    const auto certificate = load(folder / (name + ".pem"));
    const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(), X509_STORE_free);
    X509_STORE_add_cert(store.get(), authority.get());
    const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context(X509_STORE_CTX_new(),
                                                                                  X509_STORE_CTX_free);
    X509_STORE_CTX_init(context.get(), store.get(), certificate.get(), nullptr);
    X509_STORE_CTX_set_purpose(context.get(), purpose);
    return X509_verify_cert(context.get()) == 1;
}

}  // namespace

TEST_CASE("certificates are trusted for what they are made for, and for nothing else") {
    const TemporaryFolder folder;
    const CertificateAuthority authority(folder.path());
    REQUIRE(
        authority.ensure("server", {.common_name = "s", .addresses = {"127.0.0.1"}, .names = {"h"}, .server = true}));
    REQUIRE(authority.ensure("client", {.common_name = "c", .addresses = {}, .names = {}, .server = false}));
    REQUIRE(is_trusted(folder.path(), "server", X509_PURPOSE_SSL_SERVER));
    REQUIRE(is_trusted(folder.path(), "client", X509_PURPOSE_SSL_CLIENT));
    REQUIRE_FALSE(is_trusted(folder.path(), "client", X509_PURPOSE_SSL_SERVER));
    const auto server = load(folder.path() / "server.pem");
    REQUIRE(X509_check_ip_asc(server.get(), "127.0.0.1", 0) == 1);
    REQUIRE(X509_check_ip_asc(server.get(), "127.0.0.2", 0) == 0);
    REQUIRE(X509_check_host(server.get(), "h", 0, 0, nullptr) == 1);
}

TEST_CASE("compute daemon and agent trust each other in both directions, and keys are private") {
    const TemporaryFolder folder;
    const StateFolder state(folder.path());
    state.create();
    ensure_certificates(state);
    for (const char* name : {"compute", "agent"}) {
        REQUIRE(is_trusted(state.tls(), name, X509_PURPOSE_SSL_SERVER));
        REQUIRE(is_trusted(state.tls(), name, X509_PURPOSE_SSL_CLIENT));
    }
    for (const char* key : {"ca.key", "compute.key", "agent.key"}) {
        struct stat info {};
        REQUIRE(stat((state.tls() / key).c_str(), &info) == 0);
        REQUIRE((info.st_mode & 0777) == 0600);
    }
}

TEST_CASE("good certificates are kept, damaged ones and those of another authority are replaced") {
    const TemporaryFolder folder;
    const CertificateRequest request{.common_name = "x", .addresses = {}, .names = {}, .server = false};
    REQUIRE(CertificateAuthority(folder.path()).ensure("x", request));
    const auto before = read_file(folder.path() / "x.pem");
    REQUIRE_FALSE(CertificateAuthority(folder.path()).ensure("x", request));
    REQUIRE(read_file(folder.path() / "x.pem") == before);
    write_private_file(folder.path() / "x.key", "rubbish");
    REQUIRE(CertificateAuthority(folder.path()).ensure("x", request));
    fs::remove(folder.path() / "ca.key");
    REQUIRE(CertificateAuthority(folder.path()).ensure("x", request));
    REQUIRE(is_trusted(folder.path(), "x", X509_PURPOSE_SSL_CLIENT));
}
