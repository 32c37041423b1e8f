// Federated log-ins: tokens for users whom an identity provider vouches for, asked for by programs.
#include "common/api/stream.hpp"
#include "common/runtime/text.hpp"
#include "identity/api/federated_login.hpp"
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/login_audit.hpp"
#include "identity/model/federation_rules.hpp"

namespace cumulet::identity {
namespace {

constexpr std::size_t kLongestBody = 1u << 20;

federation::Destination destination_of(const Call& call) {
    const auto &idp_id = call.path("idp_id"), &protocol_id = call.path("protocol_id");
    return {.idp_id = idp_id,
            .protocol_id = protocol_id,
            .url = identity_of(call).settings.authenticate_uri + "/OS-FEDERATION/identity_providers/" +
                   text::percent_encode(idp_id) + "/protocols/" + text::percent_encode(protocol_id) + "/auth"};
}

http::Task<Reply> log_in(api::StreamCall& call) {
    const auto to = destination_of(call);
    auto& gate = gate_of(call);
    const std::string body = co_await call.body_stream().read_all(kLongestBody);
    federation::Proof proof;
    auto prove = [&] { proof = gate.prove(call.request(), body, to); };
    co_await on_gate(call, prove);
    IssuedToken issued;
    auto issue = [&](Transaction& txn) {
        if (!proof.once_id.empty()) use_assertion_once(txn, to.idp_id, proof.once_id, proof.once_until);
        issued = issue_federated(call, txn, to.idp_id, to.protocol_id, proof.assertion);
    };
    co_await call.transact(issue);
    audit_success(call, issued.token->facts);
    co_return Reply::raw_json(201, issued.token->document(true)).header("X-Subject-Token", issued.id);
}

http::Task<Reply> authenticate_federated(api::StreamCall& call) { co_return co_await audited(call, log_in(call)); }

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
