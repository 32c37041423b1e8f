// Federated log-ins of browsers: a dashboard sends them here, and gets them back with a token in a form.
#include "common/api/stream.hpp"
#include "common/runtime/text.hpp"
#include "identity/api/federated_login.hpp"
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/api/websso_page.hpp"
#include "identity/api/websso_saml.hpp"
#include "identity/federation/oidc/claims.hpp"
#include "identity/federation/oidc/code_flow.hpp"
#include "identity/login_audit.hpp"
#include "identity/model/federation_rules.hpp"

namespace cumulet::identity {
namespace {

namespace oidc = federation::oidc;

constexpr std::string_view kCookie = "cumulet_websso";
constexpr std::string_view kCallback = "/auth/OS-FEDERATION/oidc/callback";

oidc::Sealer sealer_of(const Call& call) {
    const auto& vault = identity_of(call).vault;
    return {.seal = [&vault](std::string_view text) { return vault.seal(text); },
            .open =
                [&vault](std::string_view text) {
                    try {
                        return vault.open(text);
                    } catch (const Fault&) {
                        throw unauthorized("a state that is none of ours");
                    }
                }};
}

http::Task<Reply> send_to_provider(api::StreamCall& call, oidc::Verifier& issuer, const std::string& origin) {
    oidc::Departure departure;
    auto depart = [&] {
        departure = oidc::depart(issuer, sealer_of(call), call.random(), call.now(), origin,
                                 identity_of(call).settings.authenticate_uri + std::string(kCallback));
    };
    co_await on_gate(call, depart);
    co_return Reply::empty(302)
        .header("Location", departure.location)
        .header("Set-Cookie", websso::cookie(call, kCookie, departure.cookie, websso::kLongestAbsenceS))
        .header("Cache-Control", "no-store");
}

// The provider that the assertion itself names, among those with this protocol.
std::string idp_of_assertion(const Call& call, Transaction& txn, const std::string& protocol_id,
                             const federation::Assertion& assertion) {
    for (const auto& idp : txn.scan<IdentityProvider>({})) {
        const auto protocol = txn.get<FederationProtocol>(idp.id, protocol_id);
        if (!protocol) continue;
        const auto said = assertion.find(remote_id_attribute(call, protocol->remote_id_attribute));
        if (said == assertion.end() || said->second.size() != 1) continue;
        const auto named = idp_of_remote_id(txn, said->second.front());
        if (!named) throw not_found("Identity Provider", said->second.front());
        return named->id;
    }
    throw unauthorized("Missing entity ID from environment");
}

http::Task<Reply> sign_in(api::StreamCall& call, const std::string& idp_id) {
    const auto origin = websso::trusted_origin(call);
    const std::string protocol_id = call.path("protocol_id");
    auto& gate = gate_of(call);
    if (auto* issuer = gate.issuer(idp_id, protocol_id)) co_return co_await send_to_provider(call, *issuer, origin);
    if (const auto* issuer = gate.sign_on(idp_id, protocol_id)) co_return websso::send_by_saml(call, *issuer, origin);
    const auto assertion = gate.by_proxy(call.request());
    if (!assertion) throw unauthorized("nobody whom this service trusts says who this user is");
    IssuedToken issued;
    auto issue = [&](Transaction& txn) {
        const auto from = idp_id.empty() ? idp_of_assertion(call, txn, protocol_id, *assertion) : idp_id;
        issued = issue_federated(call, txn, from, protocol_id, *assertion);
    };
    co_await call.transact(issue);
    audit_success(call, issued.token->facts);
    co_return websso::page(origin, issued.id);
}

http::Task<Reply> by_protocol(api::StreamCall& call) { co_return co_await audited(call, sign_in(call, "")); }
http::Task<Reply> by_provider(api::StreamCall& call) {
    co_return co_await audited(call, sign_in(call, call.path("idp_id")));
}

http::Task<Reply> return_with_code(api::StreamCall& call) {
    const auto back = oidc::open_state(sealer_of(call), call.query("state").value_or(""),
                                       websso::cookie_of(call, kCookie), call.now());
    if (const auto error = call.query("error"))
        throw unauthorized("the identity provider refused: " + error->substr(0, 200));
    auto* issuer = gate_of(call).issuer(back.identity_provider, back.protocol);
    if (!issuer) throw unauthorized("the provider is no longer configured");
    const auto code = call.query("code").value_or("");
    federation::Assertion assertion;
    auto redeem = [&] { assertion = oidc::assertion_of_claims(oidc::redeem(*issuer, back, code)); };
    co_await on_gate(call, redeem);
    IssuedToken issued;
    auto issue = [&](Transaction& txn) {
        issued = issue_federated(call, txn, back.identity_provider, back.protocol, assertion);
    };
    co_await call.transact(issue);
    audit_success(call, issued.token->facts);
    co_return websso::page(back.origin, issued.id).header("Set-Cookie", websso::cookie(call, kCookie, "", 0));
}

http::Task<Reply> come_back(api::StreamCall& call) { co_return co_await audited(call, return_with_code(call)); }

http::Task<Reply> take_assertion(api::StreamCall& call) {
    co_return co_await audited(call, websso::return_by_saml(call));
}

constexpr api::StreamHandle kWebsso{by_protocol}, kWebssoOfIdp{by_provider}, kComeBack{come_back},
    kTakeAssertion{take_assertion};

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v3/auth/OS-FEDERATION/websso/{protocol_id}",
     .policy = Policy::open(),
     .summary = "Sign a browser in for a trusted dashboard.",
     .stream = &kWebsso},
    {.method = Method::post,
     .path = "/v3/auth/OS-FEDERATION/websso/{protocol_id}",
     .policy = Policy::open(),
     .summary = "Sign a browser in for a trusted dashboard.",
     .stream = &kWebsso},
    {.method = Method::get,
     .path = "/v3/auth/OS-FEDERATION/identity_providers/{idp_id}/protocols/{protocol_id}/websso",
     .policy = Policy::open(),
     .summary = "Sign a browser in for a trusted dashboard by this provider.",
     .stream = &kWebssoOfIdp},
    {.method = Method::post,
     .path = "/v3/auth/OS-FEDERATION/identity_providers/{idp_id}/protocols/{protocol_id}/websso",
     .policy = Policy::open(),
     .summary = "Sign a browser in for a trusted dashboard by this provider.",
     .stream = &kWebssoOfIdp},
    {.method = Method::post,
     .path = "/v3/auth/OS-FEDERATION/saml2/acs",
     .policy = Policy::open(),
     .summary = "Where a SAML provider's form sends the browser back to.",
     .stream = &kTakeAssertion},
    {.method = Method::get,
     .path = "/v3/auth/OS-FEDERATION/oidc/callback",
     .policy = Policy::open(),
     .summary = "Where an OpenID Connect provider sends the browser back to.",
     .stream = &kComeBack},
};

}  // namespace

api::EndpointTable websso_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity
