#include "common/daemon/admin.hpp"

#include <nlohmann/json.hpp>

#include "common/http/server.hpp"

namespace cumulet::daemon {
namespace {

http::Response answer(int status, const char* type, std::string body) {
    http::Response response;
    response.status = status;
    response.headers.set("Content-Type", type);
    response.headers.set("Cache-Control", "no-store");
    response.body = std::move(body);
    return response;
}

http::Response healthcheck(const Health& health) {
    const auto complaints = health.complaints();
    nlohmann::json body = {{"status", complaints.empty() ? "ok" : "unwell"}};
    for (const auto& [name, what] : complaints) body["complaints"][name] = what;
    return answer(complaints.empty() ? 200 : 503, "application/json", body.dump() + "\n");
}

http::Response respond(const http::Request& request, const Health& health, const runtime::Metrics& metrics) {
    if (request.method != http::Method::get && request.method != http::Method::head) {
        auto refused = answer(405, "text/plain", "only GET and HEAD\n");
        refused.headers.set("Allow", "GET, HEAD");
        return refused;
    }
    if (request.path == "/healthcheck") return healthcheck(health);
    if (request.path == "/metrics") return answer(200, "text/plain; version=0.0.4; charset=utf-8", metrics.text());
    return answer(404, "text/plain", "here are /healthcheck and /metrics\n");
}

}  // namespace

void Health::set_state(const std::string& state) {
    const std::lock_guard lock(mutex_);
    state_ = state;
}

void Health::add(const std::string& name, HealthCheck check) {
    const std::lock_guard lock(mutex_);
    checks_.emplace_back(name, std::move(check));
}

std::vector<std::pair<std::string, std::string>> Health::complaints() const {
    std::vector<std::pair<std::string, std::string>> found;
    const std::lock_guard lock(mutex_);
    if (state_ != "running") {
        // Components are still being made or already gone: their checks are not asked.
        found.emplace_back("daemon", state_);
        return found;
    }
    for (const auto& [name, check] : checks_)
        if (auto complaint = check()) found.emplace_back(name, *complaint);
    return found;
}

Admin::Admin(http::Io& io, const std::string& address, std::uint16_t port, const Health& health,
             const runtime::Metrics& metrics) {
    http::ServerOptions options;
    options.address = address;
    options.port = port;
    options.max_connections = 64;
    server_ = std::make_unique<http::Server>(io, options,
                                             [&health, &metrics](http::Request& request) -> http::Task<http::Response> {
                                                 co_return respond(request, health, metrics);
                                             });
    server_->start();
}

Admin::~Admin() = default;

std::uint16_t Admin::port() const { return server_->port(); }

void Admin::stop() { server_->stop(std::chrono::milliseconds(500)); }

}  // namespace cumulet::daemon
