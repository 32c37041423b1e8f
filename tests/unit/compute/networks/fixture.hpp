// The network service on the memory engine, with two members of different projects, a reader and an administrator.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "common/api/service.hpp"
#include "common/runtime/worker_pool.hpp"
#include "common/store/transaction.hpp"

namespace cumulet::compute::networks::test {

using nlohmann::json;

struct Answer {
    int status = 0;
    json body;
    std::string kind() const { return body.value("NeutronError", json::object()).value("type", ""); }
};

struct Fixture {
    Fixture();
    // `token`: "demo", "other", "reader" (of demo), "admin", or nothing that is known.
    Answer call(http::Method method, const std::string& path, const json& body = nullptr,
                const std::string& token = "demo");
    Answer get(const std::string& path, const std::string& token = "demo") {
        return call(http::Method::get, path, nullptr, token);
    }
    Answer post(const std::string& path, const json& body, const std::string& token = "demo") {
        return call(http::Method::post, path, body, token);
    }
    Answer put(const std::string& path, const json& body, const std::string& token = "demo") {
        return call(http::Method::put, path, body, token);
    }
    Answer del(const std::string& path, const std::string& token = "demo") {
        return call(http::Method::del, path, nullptr, token);
    }

    // Shorthands; they require success.
    std::string network(const std::string& name, const std::string& token = "demo", json more = json::object());
    std::string subnet(const std::string& network, const std::string& cidr, const std::string& token = "demo",
                       json more = json::object());
    json port(const std::string& network, const std::string& token = "demo", json more = json::object());
    // An external network 203.0.113.0/24 of the administrator.
    std::string external();

    template <class Body>
    auto transact(Body&& body) {
        store::Cause cause;
        cause.time = clock.now();
        return store::transact(*engine, cause, std::forward<Body>(body));
    }

    std::unique_ptr<store::Engine> engine = store::make_memory_engine();
    ManualClock clock;
    SeededRandom random{11};
    runtime::WorkerPool workers{{.name = "networks", .threads = 1}};
    std::unique_ptr<auth::Validator> validator;
    std::unique_ptr<auth::PolicyEngine> policy;
    std::unique_ptr<api::Service> service;
};

}  // namespace cumulet::compute::networks::test
