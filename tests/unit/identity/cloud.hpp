// An identity service on the memory engine with a small cloud in it, asked without sockets.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/api/service.hpp"
#include "common/auth/policy.hpp"
#include "common/bus/bus.hpp"
#include "common/runtime/worker_pool.hpp"
#include "identity/federation/gate/gate.hpp"
#include "identity/identity.hpp"
#include "tests/support/temporary_folder.hpp"

namespace cumulet::identity::test {

struct Answer {
    int status = 0;
    nlohmann::json body;
    std::string text;     // of the body as it came
    std::string token;    // X-Subject-Token
    std::string receipt;  // Openstack-Auth-Receipt
    http::Headers headers;
    std::string message() const;
};

using Headers = std::vector<std::pair<std::string, std::string>>;

// Users admin (admin on project admin and the system), demo (member on project demo), nova (service); passwords as
// names.
struct Cloud {
    explicit Cloud(bool enforce_scope = true, federation::FederationFile federation_file = {});
    ~Cloud();

    Answer call(http::Method method, const std::string& target, const nlohmann::json& body = nullptr,
                const std::string& token = "", const Headers& headers = {});
    Answer call_raw(http::Method method, const std::string& target, const std::string& body, const Headers& headers);
    Answer get(const std::string& target) { return call(http::Method::get, target, nullptr, admin_token()); }
    Answer post(const std::string& target, const nlohmann::json& body) {
        return call(http::Method::post, target, body, admin_token());
    }
    Answer patch(const std::string& target, const nlohmann::json& body) {
        return call(http::Method::patch, target, body, admin_token());
    }
    Answer put(const std::string& target) { return call(http::Method::put, target, nullptr, admin_token()); }
    Answer del(const std::string& target) { return call(http::Method::del, target, nullptr, admin_token()); }

    // A log-in by password; `scope` as in the API, null for none.
    Answer login(const std::string& user, const std::string& password, const nlohmann::json& scope = nullptr);
    std::string token_for(const std::string& user, const nlohmann::json& scope);
    const std::string& admin_token();
    Answer validate(const std::string& subject, const std::string& token = "");
    const Vault& vault() const;
    Settings& settings();  // what the service works by, at once
    // Rules in YAML that replace defaults, until the next call.
    void override_policy(const std::string& yaml);
    // Full-price hash computations so far.
    std::uint64_t password_computations() const;
    // How often a token was described from the store so far.
    std::uint64_t descriptions() const;
    // Makes something and returns its id.
    std::string make(const std::string& collection, const std::string& member, nlohmann::json body);
    std::string id_of(const std::string& collection, const std::string& name);

    std::string remote_address = "127.0.0.1";  // of requests
    federation::FederationFile federation_file;
    // What identity providers answer; nobody does unless a test says so.
    federation::oidc::Fetch fetch = [this](http::ClientRequest request) {
        return answer_of_provider(std::move(request));
    };
    std::function<http::ClientResponse(http::ClientRequest)> answer_of_provider =
        [](http::ClientRequest) -> http::ClientResponse { throw http::ClientError("nobody answers"); };
    cumulet::test::TemporaryFolder folder;
    std::unique_ptr<store::Engine> engine = store::make_memory_engine();
    ManualClock clock;
    SeededRandom random{11};
    runtime::WorkerPool workers{{.name = "identity", .threads = 1}};
    std::unique_ptr<bus::Bus> bus = bus::make_in_process();
    struct Parts;
    std::unique_ptr<Parts> parts;
    std::string admin_token_;
};

nlohmann::json project_scope(const std::string& name);

}  // namespace cumulet::identity::test
