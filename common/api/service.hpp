// A service: what one listener answers: endpoint tables, fault format, microversions.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/api/call.hpp"
#include "common/api/endpoint.hpp"
#include "common/auth/policy.hpp"
#include "common/auth/validator.hpp"
#include "common/store/engine.hpp"

namespace cumulet::runtime {
class Metrics;
class WorkerPool;
}  // namespace cumulet::runtime

namespace cumulet::http {
class Io;
class Server;
struct ServerOptions;
}  // namespace cumulet::http

namespace cumulet::api {

// How a service shows a fault: status, body, content type.
using FaultFormat = http::Response (*)(const Fault& fault, const std::string& request_id);
http::Response nova_fault(const Fault& fault, const std::string& request_id);
http::Response keystone_fault(const Fault& fault, const std::string& request_id);
http::Response neutron_fault(const Fault& fault, const std::string& request_id);
http::Response glance_fault(const Fault& fault, const std::string& request_id);
http::Response placement_fault(const Fault& fault, const std::string& request_id);
http::Response swift_fault(const Fault& fault, const std::string& request_id);

struct SchemaProblem;
// How a service words a body that does not fit its schema. Null in a description: the wording that goes with its
// faults.
using SchemaFault = Fault (*)(const SchemaProblem& problem);

struct Microversions {
    std::string type;  // "compute", "placement"; empty: the service has none
    Version min, max;
    std::string legacy_header;  // "X-OpenStack-Nova-API-Version"
    std::string path_prefix;    // "/v2.1": only paths under it have microversions; empty: all
};

struct ServiceDescription {
    std::string name;  // "nova": logs and metrics
    std::vector<EndpointTable> tables;
    FaultFormat fault = keystone_fault;
    SchemaFault schema_fault = nullptr;
    Microversions microversions;
    std::vector<std::string> request_id_headers = {"x-openstack-request-id"};
    std::string (*make_request_id)(Random&, Timestamp) = nullptr;    // null: "req-" and a UUID
    Errc broken_path = Errc::bad_request;                            // for a path that is not percent-encoded UTF-8
    std::vector<std::pair<std::string, std::string>> fixed_headers;  // e.g. Vary: X-Auth-Token
    bool policy_before_schema = false;  // whoever may not do it is not told what is wrong with the body
    bool trailing_slash =
        true;  // "/v2/images/" is "/v2/images"; false: 404 (the root of a version may always have one)
    std::size_t max_body_bytes = 1u << 20;  // JSON bodies
    // Changes a request before it is routed (S3: a bucket in the name of the host becomes part of the path).
    void (*prepare)(http::Request& request, const Modules& modules) = nullptr;
    // Where prepare runs when it may block for this request (a look-up of a name). Null, or answering null: here.
    runtime::WorkerPool* (*prepare_on)(const http::Request& request, const Modules& modules) = nullptr;
};

// What a service stands on; all outlive it.
struct ServiceParts {
    store::Engine& engine;
    const Clock& clock;
    Random& random;
    runtime::WorkerPool& workers;
    auth::Validator* validator = nullptr;        // null: only open and trusted_peer endpoints
    const auth::PolicyEngine* policy = nullptr;  // null likewise
    runtime::Metrics* metrics = nullptr;
    Modules modules = {};
};

// What is wrong with tables, a sentence each: no policy rule, rule or schema that does not parse, no schema for a body
// (kNoBody where none is taken), no summary, no handler, two endpoints for the same calls. A unit test of every service
// expects none.
//
// `more_rules`: those that rules of the tables refer to beyond the common ones.
std::vector<std::string> table_problems(const std::vector<EndpointTable>& tables,
                                        const std::vector<auth::RuleDefault>& more_rules = {});

// The rules (name, check, scope) of tables, for PolicyEngine. Throws std::logic_error when one name has two checks.
std::vector<auth::RuleDefault> policy_rules(const std::vector<EndpointTable>& tables);

class Service {
public:
    // Throws std::logic_error when two endpoints answer the same calls, a schema does not parse, or a handler is
    // missing.
    Service(ServiceDescription description, ServiceParts parts);
    ~Service();
    // A server for this service; start() it. Throws std::system_error when the address is taken.
    std::unique_ptr<http::Server> listen(http::Io& io, http::ServerOptions options);
    // The same without sockets, to the end, on the calling thread (commits wait): unit tests and simulations. `body` is
    // the whole body.
    http::Response call(http::Request request, std::string body = "");
    const ServiceDescription& description() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace cumulet::api
