#include "cli/openstack.hpp"

#include <fmt/format.h>

#include <thread>

namespace cumulet::cli {
namespace {

constexpr std::chrono::milliseconds kRetryInterval{3};

bool is_not_there_yet(int status) { return status == 502 || status == 503; }

std::string shortened(const std::string& text) { return text.size() > 400 ? text.substr(0, 400) + "…" : text; }

[[noreturn]] void refuse(const http::ClientRequest& request, const http::ClientResponse& response) {
    throw CommandError(fmt::format("{} {} was answered {}: {}", http::to_string(request.method), request.url,
                                   response.status, shortened(response.body)));
}

}  // namespace

OpenStack::OpenStack(http::Client& client, Login login, Deadline deadline)
    : client_(client), login_(std::move(login)), deadline_(deadline) {}

void OpenStack::log_in() {
    const nlohmann::json domain = {{"name", "Default"}};
    http::ClientRequest asked;
    asked.method = http::Method::post;
    asked.url = login_.auth_url + "/auth/tokens";
    asked.headers.set("Content-Type", "application/json");
    const nlohmann::json user = {{"name", login_.user}, {"domain", domain}, {"password", login_.password}};
    asked.body = nlohmann::json{{"auth",
                                 {{"identity", {{"methods", {"password"}}, {"password", {{"user", user}}}}},
                                  {"scope", {{"project", {{"name", login_.project}, {"domain", domain}}}}}}}}
                     .dump();
    const auto response = send(asked, true);
    if (response.status != 201) refuse(asked, response);
    token_ = response.headers.value_or("X-Subject-Token", "");
    const auto token = nlohmann::json::parse(response.body)["token"];
    project_id_ = token["project"]["id"];
    for (const auto& service : token.value("catalog", nlohmann::json::array()))
        for (const auto& endpoint : service["endpoints"])
            if (endpoint["interface"] == "public") endpoints_[service["type"]] = endpoint["url"];
}

http::ClientRequest OpenStack::request(http::Method method, const std::string& service, const std::string& path) const {
    const auto found = endpoints_.find(service);
    if (found == endpoints_.end()) throw CommandError("the catalog has no service of type '" + service + "'");
    http::ClientRequest made;
    made.method = method;
    made.url = found->second + path;
    made.headers.set("X-Auth-Token", token_);
    made.headers.set("Accept", "application/json");
    return made;
}

http::ClientResponse OpenStack::send(const http::ClientRequest& request, bool changes_nothing) {
    while (true) {
        try {
            auto response = client_.fetch(request);
            if (!is_not_there_yet(response.status) || std::chrono::steady_clock::now() > deadline_) return response;
        } catch (const http::ClientError& error) {
            if (!changes_nothing) throw;
            if (std::chrono::steady_clock::now() > deadline_)
                throw CommandError(fmt::format("{}: {}", request.url, error.what()));
        }
        std::this_thread::sleep_for(kRetryInterval);
    }
}

nlohmann::json OpenStack::ask(const http::ClientRequest& request, bool changes_nothing) {
    const auto response = send(request, changes_nothing);
    if (response.status / 100 != 2) refuse(request, response);
    if (response.body.empty()) return {};
    return nlohmann::json::parse(response.body);
}

nlohmann::json OpenStack::get(const std::string& service, const std::string& path) {
    return ask(request(http::Method::get, service, path), true);
}

nlohmann::json OpenStack::post(const std::string& service, const std::string& path, const nlohmann::json& body) {
    auto made = request(http::Method::post, service, path);
    made.headers.set("Content-Type", "application/json");
    made.body = body.dump();
    return ask(made, false);
}

nlohmann::json OpenStack::put(const std::string& service, const std::string& path, const nlohmann::json& body) {
    auto made = request(http::Method::put, service, path);
    made.headers.set("Content-Type", "application/json");
    made.body = body.dump();
    return ask(made, false);
}

void OpenStack::upload(const std::string& service, const std::string& path, std::uint64_t length,
                       const std::function<std::size_t(char*, std::size_t)>& source) {
    auto made = request(http::Method::put, service, path);
    made.headers.set("Content-Type", "application/octet-stream");
    const auto response = client_.upload(made, length, source);
    if (response.status / 100 != 2) refuse(made, response);
}

}  // namespace cumulet::cli
