// An endpoint, declared once: from a table of these come routing, microversions, validation, policy, documentation,
// tests.
#pragma once

#include <compare>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string_view>

#include "common/http/message.hpp"

namespace cumulet::store {
class Transaction;
}

namespace cumulet::api {

class Call;
class Reply;
struct StreamHandle;

// A microversion; {0, 0} where the service has none or no bound is meant.
struct Version {
    int major = 0;
    int minor = 0;
    constexpr auto operator<=>(const Version&) const = default;
    constexpr bool set() const { return major != 0; }
};

// An access decision, made before the handler runs, on the target {project_id, user_id, domain_id of the actor,
// overwritten by the path's parameters}. Where the rule in force reads more of the target than that
// ("%(target.user.id)s"), the endpoint's `target` adds it, or the handler puts it to call.enforce() or call.allowed()
// itself; if it forgets, the answer is 500 and nothing is committed. No default constructor: an endpoint without one
// does not compile.
struct Policy {
    // `rule` is OpenStack's own name for the rule, `check` its default in the oslo.policy language. `scope`:
    // comma-separated scope types that may use it at all ("project", "system,domain"); empty: any.
    constexpr Policy(std::string_view rule, std::string_view check, std::string_view scope = {})
        : rule(rule), check(check), scope(scope) {}
    std::string_view rule, check, scope;

    // Reachable without a token (version documents, log-in); a token that comes along is validated all the same.
    static constexpr Policy open() { return Policy("", "open"); }
    // The handler decides by rules that the resource carries (ACLs of containers), also about callers without a valid
    // token. Only a token that cannot be checked just now is refused before it, with 503.
    static constexpr Policy by_resource() { return Policy("", "resource"); }
    // Any valid token.
    static constexpr Policy any_token() { return Policy("", "token"); }
    // The listener itself decides (client certificate); internal APIs.
    static constexpr Policy trusted_peer() { return Policy("", "peer"); }
};

// A JSON Schema as text (valijson reads draft 4 to 7). A property may carry "x-since"/"x-until": "2.37" to exist only
// from/to a microversion. With "additionalProperties": false unknown ones are refused by name.
struct Schema {
    std::string_view text{};
    constexpr bool set() const { return !text.empty(); }
};

// For POST, PUT, PATCH and stream handlers that take no body: one that comes is dropped, a broken one refused.
inline constexpr Schema kNoBody{"true"};

// A handler is a plain function over one transaction: no commit, no catch, no I/O beside it. It may run again on a
// conflict.
using Handle = Reply (*)(Call&, store::Transaction&);

// What the %(…)s of a policy rule refer to, read in the handler's own transaction before the handler runs. What it
// looks for and does not find is left out of the target (the rule then says no to all but administrators); it throws
// not_found only where it is no secret what exists. The actor's and the path's attributes are there anyway.
using TargetOf = nlohmann::json (*)(Call&, store::Transaction&);

// The rule that guards this call, where that depends on what is asked for (roles of a domain have rules of their own).
using RuleOf = std::string_view (*)(Call&, store::Transaction&);

struct Endpoint {
    http::Method method = http::Method::get;
    std::string_view path;  // "/v2.1/servers/{server_id}"; a last segment "{name*}" takes the rest, slashes included
    std::string_view action = {};  // for …/action routes: the one member of the body that names the action ("lock")
    Version since = {};
    Version until = {};  // inclusive
    Policy policy;
    TargetOf target = nullptr;  // null: nothing beyond the default target
    RuleOf rule = nullptr;      // null: the policy's
    Schema body = {};           // set where a body is taken
    bool form = false;          // the body is a form: it reaches schema and handler as an object of strings
    Schema query = {};          // set where unknown query parameters are refused
    int success = 200;
    std::string_view summary;
    Handle handle = nullptr;
    const StreamHandle* stream = nullptr;  // instead of handle, where bytes stream (stream.hpp)
    bool heavy = false;                    // run on the worker pool: password hashes and other long computations
};

using EndpointTable = std::span<const Endpoint>;

}  // namespace cumulet::api
