// A small service in Nova's manner on the memory engine, for tests of the dispatcher.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "common/api/service.hpp"
#include "common/runtime/metrics.hpp"
#include "common/runtime/worker_pool.hpp"

namespace cumulet::api::test {

extern const std::vector<Endpoint> kToyEndpoints;

ServiceDescription toy_description();

struct Toy {
    explicit Toy(ServiceDescription description = toy_description(),
                 std::unique_ptr<store::Engine> engine = store::make_memory_engine());
    http::Response request(http::Method method, const std::string& target, const std::string& body = "",
                           std::vector<std::pair<std::string, std::string>> headers = {},
                           const std::string& token = "member");
    http::Response get(const std::string& target, const std::string& token = "member") {
        return request(http::Method::get, target, "", {}, token);
    }
    http::Response post(const std::string& target, const std::string& body, const std::string& token = "member") {
        return request(http::Method::post, target, body, {}, token);
    }

    std::unique_ptr<store::Engine> engine;
    ManualClock clock;
    SeededRandom random{7};
    runtime::WorkerPool workers{{.name = "toy", .threads = 1}};
    runtime::Metrics metrics;
    std::unique_ptr<auth::Validator> validator;
    std::unique_ptr<auth::PolicyEngine> policy;
    std::unique_ptr<Service> service;
};

std::string text_of(const http::Response& response);
nlohmann::json json_of(const http::Response& response);

}  // namespace cumulet::api::test
