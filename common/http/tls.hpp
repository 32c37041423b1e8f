// TLS contexts made of files, and made again when the files change. Internal to common/http.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <mutex>
#include <string>

namespace cumulet::http {

struct TlsFiles {
    bool server = false;
    std::string cert_file, key_file;  // both or none; a server needs them
    std::string ca_file;  // whom to trust; empty: a server asks for no certificate, a client trusts the system's
};

// Any thread.
class TlsContexts {
public:
    // Throws std::runtime_error when a file is missing or wrong.
    explicit TlsContexts(TlsFiles files);
    // The context of the files as they are now. When they no longer fit each other (one is written before the other),
    // the last good one, and a line in the log.
    std::shared_ptr<boost::asio::ssl::context> current();

private:
    std::string fingerprint() const;

    const TlsFiles files_;
    std::mutex mutex_;
    std::string loaded_;  // fingerprint of what current() was made of, or last failed to be
    std::shared_ptr<boost::asio::ssl::context> context_;
};

}  // namespace cumulet::http
