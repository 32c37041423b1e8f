// A Nova API over a store in memory: two projects with a member each, an administrator, one roomy host.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "common/api/service.hpp"
#include "common/runtime/worker_pool.hpp"
#include "compute/history/history.hpp"
#include "compute/metering/meter.hpp"
#include "compute/servers/api.hpp"

namespace cumulet::compute::servers::test {

struct Answer {
    int status = 0;
    nlohmann::json body;
    http::Headers headers;
};

// Tokens: "demo" and "demo2" (members of project demo), "other" (project other), "reader", "admin".
class Nova {
public:
    Nova();
    Answer call(http::Method method, const std::string& path, const nlohmann::json& body = nullptr,
                const std::string& token = "demo", const std::string& version = "2.1");
    Answer get(const std::string& path, const std::string& token = "demo", const std::string& version = "2.1") {
        return call(http::Method::get, path, nullptr, token, version);
    }
    Answer post(const std::string& path, const nlohmann::json& body, const std::string& token = "demo",
                const std::string& version = "2.1") {
        return call(http::Method::post, path, body, token, version);
    }

    ManualClock clock;
    SeededRandom random{1};
    std::unique_ptr<store::Engine> engine = store::make_memory_engine();
    Settings settings;
    metering::Meter meter{*engine};
    history::History history{*engine};

private:
    std::unique_ptr<auth::Validator> validator_;
    auth::PolicyEngine policy_;
    runtime::WorkerPool workers_{{.name = "test"}};
    std::unique_ptr<api::Service> service_;
};

}  // namespace cumulet::compute::servers::test
