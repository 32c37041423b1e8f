#include "common/http/tls.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <stdexcept>

#include "common/runtime/log.hpp"

namespace cumulet::http {

namespace ssl = boost::asio::ssl;

namespace {

std::shared_ptr<ssl::context> load(const TlsFiles& files) {
    auto context = std::make_shared<ssl::context>(files.server ? ssl::context::tls_server : ssl::context::tls_client);
    context->set_options(ssl::context::default_workarounds | ssl::context::no_compression |
                         static_cast<ssl::context::options>(SSL_OP_NO_RENEGOTIATION));
    auto* native = context->native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE);
    boost::system::error_code error;
    const auto need = [&error](const std::string& file) {
        if (error) throw std::runtime_error(fmt::format("{}: {}", file, error.message()));
    };
    if (!files.cert_file.empty()) {
        context->use_certificate_chain_file(files.cert_file, error);
        need(files.cert_file);
        context->use_private_key_file(files.key_file, ssl::context::pem, error);
        need(files.key_file);
        if (SSL_CTX_check_private_key(native) != 1)
            throw std::runtime_error(fmt::format("{} is not the key of {}", files.key_file, files.cert_file));
    }
    if (!files.ca_file.empty()) {
        context->load_verify_file(files.ca_file, error);
        need(files.ca_file);
    } else if (!files.server) {
        context->set_default_verify_paths(error);
    }
    if (!files.server) {
        context->set_verify_mode(ssl::verify_peer);
    } else if (!files.ca_file.empty()) {
        context->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
        SSL_CTX_set_client_CA_list(native, SSL_load_client_CA_file(files.ca_file.c_str()));
        // A resumed session is only as verified as the context that made it.
        SSL_CTX_set_session_id_context(native, reinterpret_cast<const unsigned char*>("cumulet"), 7);
    }
    return context;
}

}  // namespace

TlsContexts::TlsContexts(TlsFiles files) : files_(std::move(files)), loaded_(fingerprint()), context_(load(files_)) {}

std::string TlsContexts::fingerprint() const {
    std::string text;
    for (const auto* file : {&files_.cert_file, &files_.key_file, &files_.ca_file}) {
        struct stat info {};
        if (file->empty() || stat(file->c_str(), &info) != 0) continue;
        text += fmt::format("{}:{}:{}.{};", info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
    }
    return text;
}

std::shared_ptr<ssl::context> TlsContexts::current() {
    const std::lock_guard lock(mutex_);
    if (auto now = fingerprint(); now != loaded_) {
        loaded_ = std::move(now);
        try {
            context_ = load(files_);
            log::info("http: certificates read again from {}", files_.cert_file);
        } catch (const std::exception& error) {
            log::warning("http: keeping the certificates that were loaded before: {}", error.what());
        }
    }
    return context_;
}

}  // namespace cumulet::http
