// A small client of our own APIs, for what `cumulet` sets up in a fresh cloud.
#pragma once

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/state_folder.hpp"
#include "common/http/client.hpp"

namespace cumulet::cli {

struct Login {
    std::string auth_url;  // ".../v3"
    std::string user, password, project;
};

// Speaks for one user in one project. Blocks; one thread at a time. A service that does not answer yet (502, 503;
// refused or broken off, where asking twice does no harm) is asked again until `deadline`; every other refusal throws
// CommandError with what the service said. What makes or changes something throws http::ClientError when no answer
// came: it may be done or not, and only the caller can see which.
class OpenStack {
public:
    using Deadline = std::chrono::steady_clock::time_point;
    OpenStack(http::Client& client, Login login, Deadline deadline);

    // Gets the token and the catalog.
    void log_in();
    const std::string& project_id() const { return project_id_; }

    // `service` is a type of the catalog, `path` starts behind its URL.
    nlohmann::json get(const std::string& service, const std::string& path);
    nlohmann::json post(const std::string& service, const std::string& path, const nlohmann::json& body);
    nlohmann::json put(const std::string& service, const std::string& path, const nlohmann::json& body);
    void upload(const std::string& service, const std::string& path, std::uint64_t length,
                const std::function<std::size_t(char*, std::size_t)>& source);

private:
    http::ClientResponse send(const http::ClientRequest& request, bool changes_nothing);
    http::ClientRequest request(http::Method method, const std::string& service, const std::string& path) const;
    nlohmann::json ask(const http::ClientRequest& request, bool changes_nothing);

    http::Client& client_;
    const Login login_;
    const Deadline deadline_;
    std::string token_, project_id_;
    std::map<std::string, std::string> endpoints_;
};

}  // namespace cumulet::cli
