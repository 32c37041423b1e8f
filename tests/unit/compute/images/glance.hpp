// The image service on the memory engine and a folder that vanishes, with three projects' tokens.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "common/api/service.hpp"
#include "common/runtime/worker_pool.hpp"
#include "compute/images/api.hpp"
#include "compute/images/image_store.hpp"
#include "tests/support/temporary_folder.hpp"

namespace cumulet::compute::images::test {

// Tokens: "one" and "two" are members of projects p1 and p2, "reader" reads in p1, "admin" is one in p0.
struct Glance {
    explicit Glance(Settings settings = {});

    using HeaderList = std::vector<std::pair<std::string, std::string>>;
    http::Response request(http::Method method, const std::string& target, const std::string& token,
                           const std::string& body = "", const HeaderList& headers = {},
                           std::shared_ptr<http::BodyReader> stream = nullptr);
    http::Response get(const std::string& target, const std::string& token = "one") {
        return request(http::Method::get, target, token);
    }
    http::Response post(const std::string& target, const nlohmann::json& body, const std::string& token = "one") {
        return request(http::Method::post, target, token, body.dump(), {{"Content-Type", "application/json"}});
    }
    http::Response patch(const std::string& id, const nlohmann::json& body, const std::string& token = "one");
    http::Response del(const std::string& target, const std::string& token = "one") {
        return request(http::Method::del, target, token);
    }
    http::Response upload(const std::string& id, const std::string& bytes, const std::string& token = "one");
    // A new image's id.
    std::string create(nlohmann::json attributes = {}, const std::string& token = "one");
    // The same with data.
    std::string active(const std::string& bytes, nlohmann::json attributes = {}, const std::string& token = "one");
    nlohmann::json show(const std::string& id, const std::string& token = "one");
    std::vector<std::string> names(const std::string& query, const std::string& token = "one");

    cumulet::test::TemporaryFolder folder;
    std::unique_ptr<store::Engine> engine = store::make_memory_engine();
    ManualClock clock;
    SeededRandom random{11};
    runtime::WorkerPool workers{{.name = "images", .threads = 1}};
    Settings settings;
    std::unique_ptr<ImageStore> data;
    std::unique_ptr<auth::Validator> validator;
    std::unique_ptr<auth::PolicyEngine> policy;
    std::unique_ptr<api::Service> service;
};

std::string text_of(const http::Response& response);
nlohmann::json json_of(const http::Response& response);
// Reads a file body.
std::string data_of(const http::Response& response);

}  // namespace cumulet::compute::images::test
