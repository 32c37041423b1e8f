#include "fake_identity.hpp"

#include <fmt/format.h>

namespace cumulet::auth::test {

namespace {

std::string document(const std::string& user, const std::string& audit_id) {
    return fmt::format(
        R"({{"token": {{"methods": ["password"], "user": {{"id": "{}", "name": "n", "domain": {{"id": "default",
        "name": "Default"}}}}, "audit_ids": ["{}"], "issued_at": "2023-11-14T22:00:00.000000Z",
        "expires_at": "2023-11-14T23:30:00.000000Z", "roles": []}}}})",
        user, audit_id);
}

http::Response reply(int status, std::string body) {
    http::Response response;
    response.status = status;
    response.headers.set("Content-Type", "application/json");
    response.body = std::move(body);
    return response;
}

}  // namespace

FakeIdentity::FakeIdentity(http::Io& io) {
    server_ = std::make_unique<http::Server>(io, http::ServerOptions{},
                                             [this](http::Request& request) -> http::Task<http::Response> {
                                                 const std::string body = co_await request.body->read_all(100'000);
                                                 co_return answer(request, body);
                                             });
    server_->start();
}

FakeIdentity::~FakeIdentity() { server_->stop(std::chrono::milliseconds(100)); }

std::string FakeIdentity::url() const { return fmt::format("http://127.0.0.1:{}/v3/", server_->port()); }

void FakeIdentity::know(const std::string& token, const std::string& user, const std::string& audit_id) {
    std::lock_guard lock(mutex_);
    tokens_[token] = document(user, audit_id);
}

void FakeIdentity::forget(const std::string& token) {
    std::lock_guard lock(mutex_);
    tokens_.erase(token);
}

void FakeIdentity::revoke_user(const std::string& user) {
    std::lock_guard lock(mutex_);
    events_ = fmt::format(R"({{"user_id": "{}", "issued_before": "2023-11-14T22:20:00.000000Z"}})", user);
}

void FakeIdentity::refuse_service_tokens() {
    std::lock_guard lock(mutex_);
    service_tokens_from_ = logins;
}

http::Response FakeIdentity::answer(const http::Request& request, const std::string& body) {
    std::lock_guard lock(mutex_);
    if (broken) return reply(500, "{}");
    if (request.method == http::Method::post) {
        if (body.find("\"password\":\"right\"") == std::string::npos) return reply(401, "{}");
        auto response = reply(201, document("service", "s"));
        response.headers.set("X-Subject-Token", fmt::format("service-{}", logins++));
        return response;
    }
    const auto service_token = request.headers.value_or("X-Auth-Token", "");
    if (!service_token.starts_with("service-") || std::stoi(service_token.substr(8)) < service_tokens_from_)
        return reply(401, "{}");
    if (request.path == "/v3/OS-REVOKE/events") {
        ++polls;
        return reply(200, R"({"events": [)" + events_ + "]}");
    }
    ++validations;
    auto found = tokens_.find(request.headers.value_or("X-Subject-Token", ""));
    return found == tokens_.end() ? reply(404, "{}") : reply(200, found->second);
}

}  // namespace cumulet::auth::test
