// One request from its head to its answer, in steps, without Asio: serve.cpp drives it.
#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "common/api/call_parts.hpp"
#include "common/api/router.hpp"
#include "common/api/schema.hpp"
#include "common/api/service.hpp"
#include "common/store/transaction.hpp"

namespace cumulet::api {

class RequestMetrics;

// Of a body that nobody wants: more is not waited for.
inline constexpr std::size_t kSkippedBodyBytes = 256 * 1024;

// What a service prepares once from its tables. Only read afterwards.
struct ServiceState {
    ServiceState(ServiceDescription description, ServiceParts parts);
    ~ServiceState();
    ServiceDescription description;
    ServiceParts parts;
    Router router;
    std::unordered_map<const Endpoint*, RequestSchema> bodies, queries;
    std::unique_ptr<RequestMetrics> metrics;  // null: none
};

class Exchange {
public:
    Exchange(ServiceState& service, http::Request& request);

    // Each step throws Fault for what it finds wrong; fail() turns that into the answer. In this order:
    // The pool that prepare() may block; null: it does not.
    runtime::WorkerPool* prepares_on() const;
    void prepare();
    void route();
    // What to hand to the validator; nullopt: nothing to validate.
    std::optional<std::string> token() const;
    void authenticate(const auth::Validation& validation);
    bool wants_body() const;
    // It changes something and takes no body: acts only when one that comes all the same is not broken off.
    bool skips_body() const;
    void take_body(const std::string& body);
    // The body is there (or streams): query and policy.
    void admit();

    bool heavy() const;
    const StreamHandle* stream() const;
    // The handler reads the body itself. One that declares a schema, or is an action, gets it parsed like any other.
    bool streams_body() const;
    Call::Parts& parts() { return parts_; }
    store::Cause cause() const;
    // Runs the handler once.
    Reply attempt(store::Transaction& txn);
    // Whether the handler did what its endpoint promised; throws Fault 500.
    void check_promises(const Reply& reply) const;

    http::Response finish(Reply reply);
    // Any thread may have thrown it. Never throws.
    http::Response fail(std::exception_ptr error);

private:
    Fault unauthorized() const;
    void choose_action();
    void check_schema();
    http::Response dressed(http::Response response);
    void measure(const http::Response& response) const;
    void log_answer(const http::Response& response) const;

    ServiceState& service_;
    http::Request& request_;
    Call::Parts parts_;
    Router::Match match_;
    std::string version_shown_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    bool versioned_ = false;
    bool schema_checked_ = false;
};

}  // namespace cumulet::api
