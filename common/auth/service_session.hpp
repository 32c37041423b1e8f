// Our own token as a service: had by logging in when it is first needed and before it ends, shared by all who ask.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/auth/identity_protocol.hpp"

namespace cumulet::auth {

// Any thread. Held by shared_ptr: a log-in under way keeps it.
class ServiceSession : public std::enable_shared_from_this<ServiceSession> {
public:
    ServiceSession(http::Client& client, const Clock& clock, RemoteOptions options)
        : client_(client), clock_(clock), options_(std::move(options)) {}

    // `then` runs at once with our token, or after logging in; only one log-in is under way at a time. It gets an empty
    // text when there is none.
    using WithToken = std::function<void(const std::string& token)>;
    void with_token(WithToken then);
    // It was refused.
    void forget(const std::string& refused);
    // From here on nothing is asked any more: the client may go.
    void close();

private:
    void logged_in(std::exception_ptr error, const http::ClientResponse& response);

    http::Client& client_;
    const Clock& clock_;
    const RemoteOptions options_;
    std::mutex mutex_;
    ServiceToken token_;
    std::vector<WithToken> waiting_;
    bool closed_ = false;
};

}  // namespace cumulet::auth
