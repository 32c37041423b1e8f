// Federated log-ins: tokens for users whom an identity provider vouches for.
#include "common/api/stream.hpp"
#include "common/api/worker_call.hpp"
#include "identity/api_support.hpp"
#include "identity/federation/gate.hpp"
#include "identity/federation/login.hpp"
#include "identity/tables.hpp"

namespace cumulet::identity {
namespace {

federation::LoginRules login_rules(const Identity& identity) {
    return {.methods = identity.settings.methods,
            .group_memberships = identity.settings.federated_memberships,
            .remote_id_attribute = identity.settings.remote_id_attribute};
}

federation::Gate& gate_of(const Call& call) {
    auto* gate = identity_of(call).federation;
    if (!gate) throw unauthorized("federation is not set up");
    return *gate;
}

// The proof may come from another machine, so it is looked at on threads of its own.
http::Task<IssuedToken> log_in(api::StreamCall& call, const std::string& idp_id, const std::string& protocol_id) {
    auto& gate = gate_of(call);
    federation::Assertion assertion;
    auto prove = [&] { assertion = gate.prove(call.request(), idp_id, protocol_id); };
    co_await api::run_on_workers(&gate.workers(), prove);
    const auto& identity = identity_of(call);
    const auto rules = login_rules(identity);
    IssuedToken issued;
    auto issue = [&](Transaction& txn) {
        auto facts = federation::federated_login(txn, rules, idp_id, protocol_id, assertion, call.random());
        issued = identity.tokens.issue(txn, std::move(facts));
    };
    co_await call.transact(issue);
    co_return issued;
}

http::Task<Reply> authenticate_federated(api::StreamCall& call) {
    const auto issued = co_await log_in(call, call.path("idp_id"), call.path("protocol_id"));
    co_return Reply::raw_json(201, issued.token->document(true)).header("X-Subject-Token", issued.id);
}

constexpr api::StreamHandle kAuthenticate{authenticate_federated};

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v3/OS-FEDERATION/identity_providers/{idp_id}/protocols/{protocol_id}/auth",
     .policy = Policy::open(),
     .success = 201,
     .summary = "Log in as a user whom the identity provider vouches for: issue an unscoped token.",
     .stream = &kAuthenticate},
    {.method = Method::post,
     .path = "/v3/OS-FEDERATION/identity_providers/{idp_id}/protocols/{protocol_id}/auth",
     .policy = Policy::open(),
     .success = 201,
     .summary = "Log in as a user whom the identity provider vouches for: issue an unscoped token.",
     .stream = &kAuthenticate},
};

}  // namespace

api::EndpointTable federation_auth_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity
