// Federated log-ins: tokens for users whom an identity provider vouches for, asked for by programs.
#include "common/api/stream.hpp"
#include "identity/api_support.hpp"
#include "identity/federated_login.hpp"
#include "identity/tables.hpp"

namespace cumulet::identity {
namespace {

http::Task<Reply> authenticate_federated(api::StreamCall& call) {
    const std::string idp_id = call.path("idp_id"), protocol_id = call.path("protocol_id");
    auto& gate = gate_of(call);
    federation::Assertion assertion;
    auto prove = [&] { assertion = gate.prove(call.request(), idp_id, protocol_id); };
    co_await on_gate(call, prove);
    IssuedToken issued;
    auto issue = [&](Transaction& txn) { issued = issue_federated(call, txn, idp_id, protocol_id, assertion); };
    co_await call.transact(issue);
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
