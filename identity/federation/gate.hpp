// Who may prove that a federated user is who they say: the one place that turns a request into an assertion.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/http/message.hpp"
#include "common/runtime/worker_pool.hpp"
#include "identity/federation/assertion.hpp"
#include "identity/federation/proxy.hpp"

namespace cumulet::identity::federation {

struct GateOptions {
    std::vector<std::string> trusted_proxies;
    std::string assertion_prefix;
};

// All members: any thread, unless said otherwise.
class Gate {
public:
    // Throws std::runtime_error for options that make no sense.
    explicit Gate(GateOptions options);

    // What is proved about who sends this request to the provider's protocol. May wait for other machines: on workers()
    // only. Fault 401 when nothing is.
    Assertion prove(const http::Request& request, const std::string& idp_id, const std::string& protocol_id);

    // Threads of federation's own, so that a provider that does not answer holds up nobody else.
    runtime::WorkerPool& workers() { return workers_; }

private:
    GateOptions options_;
    TrustedProxies proxies_;
    runtime::WorkerPool workers_{{.name = "federation", .threads = 4, .max_queued = 200}};
};

}  // namespace cumulet::identity::federation
