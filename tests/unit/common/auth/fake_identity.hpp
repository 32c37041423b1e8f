// An identity service of a few lines on a free port, that counts what it is asked.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "common/http/server.hpp"

namespace cumulet::auth::test {

class FakeIdentity {
public:
    explicit FakeIdentity(http::Io& io);
    ~FakeIdentity();
    std::string url() const;
    void know(const std::string& token, const std::string& user, const std::string& audit_id);
    void forget(const std::string& token);
    void revoke_user(const std::string& user);  // shows in the events only
    void refuse_service_tokens();               // those given out so far

    std::atomic<int> logins{0}, validations{0}, polls{0};
    std::atomic<bool> broken{false};

private:
    http::Response answer(const http::Request& request, const std::string& body);

    std::mutex mutex_;
    std::map<std::string, std::string> tokens_;  // token to its document
    std::string events_;
    int service_tokens_from_ = 0;
    std::unique_ptr<http::Server> server_;
};

}  // namespace cumulet::auth::test
