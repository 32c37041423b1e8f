// What stands behind a Call: filled in by the dispatcher, read by Call's members.
#pragma once

#include "common/api/call.hpp"
#include "common/api/router.hpp"
#include "common/auth/policy.hpp"

namespace cumulet::runtime {
class WorkerPool;
}
namespace cumulet::store {
class Engine;
}

namespace cumulet::api {

struct Call::Parts {
    const Endpoint* endpoint = nullptr;
    http::Request* request = nullptr;
    PathParameters path;
    mutable std::optional<std::vector<std::pair<std::string, std::string>>> query;  // parsed when first asked for
    nlohmann::json body;
    Version version;
    auth::ContextPtr actor;
    std::string request_id;
    std::string global_request_id;  // the caller's own id for a chain of requests; may be empty
    Timestamp now{};
    Random* random = nullptr;
    const auth::PolicyEngine* policy = nullptr;
    const Modules* modules = nullptr;
    store::Engine* engine = nullptr;
    runtime::WorkerPool* workers = nullptr;  // null: heavy work runs where the call runs
    mutable bool rule_consulted = false;     // the endpoint's own rule was put to the policy engine
};

}  // namespace cumulet::api
