#include "common/auth/service_session.hpp"

#include "common/runtime/log.hpp"

namespace cumulet::auth {

void ServiceSession::with_token(WithToken then) {
    std::string token;
    bool closed = false;
    {
        std::lock_guard lock(mutex_);
        closed = closed_;
        if (closed) {
            // Nothing is asked any more.
        } else if (!token_.text.empty() && clock_.now() < token_.renew_at) {
            token = token_.text;
        } else {
            waiting_.push_back(std::move(then));
            if (waiting_.size() > 1) return;
        }
    }
    if (closed || !token.empty()) return then(token);
    client_.send(login_request(options_),
                 [self = shared_from_this()](std::exception_ptr error, http::ClientResponse response) {
                     self->logged_in(error, response);
                 });
}

void ServiceSession::logged_in(std::exception_ptr error, const http::ClientResponse& response) {
    ServiceToken token;
    try {
        if (error) std::rethrow_exception(error);
        token = read_login(response, clock_.now());
    } catch (const std::exception& failure) {
        log::warning("cannot log in to the identity service at {} as {}: {}", options_.identity_url, options_.username,
                     failure.what());
    }
    std::vector<WithToken> waiting;
    {
        std::lock_guard lock(mutex_);
        token_ = token;
        waiting = std::exchange(waiting_, {});
    }
    for (auto& then : waiting) then(token.text);
}

void ServiceSession::forget(const std::string& refused) {
    std::lock_guard lock(mutex_);
    if (token_.text == refused) token_ = {};
}

void ServiceSession::close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
}

}  // namespace cumulet::auth
