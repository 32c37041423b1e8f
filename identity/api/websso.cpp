// Federated log-ins of browsers: a dashboard sends them here, and gets them back with a token in a form.
#include "common/api/stream.hpp"
#include "common/runtime/text.hpp"
#include "identity/api/federated_login.hpp"
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/federation/oidc/claims.hpp"
#include "identity/federation/oidc/code_flow.hpp"
#include "identity/model/federation_rules.hpp"

namespace cumulet::identity {
namespace {

namespace oidc = federation::oidc;

constexpr std::string_view kCookie = "cumulet_websso";
constexpr std::string_view kCallback = "/auth/OS-FEDERATION/oidc/callback";

// Names of hosts are compared without case.
std::string with_lower_host(std::string url) {
    const auto begin = url.find("://");
    if (begin == std::string::npos) return url;
    const auto end = std::min(url.find('/', begin + 3), url.size());
    return text::to_lower(url.substr(0, end)) + url.substr(end);
}

// The dashboard that asks, if it is one to which tokens may be given.
std::string trusted_origin(const Call& call) {
    const auto origin = call.query("origin");
    if (!origin || origin->empty()) throw Fault(Errc::bad_request, "Request must have an origin query parameter");
    for (const auto& trusted : identity_of(call).settings.trusted_dashboards)
        if (with_lower_host(trusted) == with_lower_host(*origin)) return *origin;
    throw unauthorized("'" + *origin + "' is not a trusted dashboard");
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

// A page that posts the token to the dashboard by itself.
Reply form(const std::string& origin, const std::string& token) {
    auto page = fmt::format(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>Signing in</title></head>\n"
        "<body onload=\"document.forms.sso.submit()\">\n<form id=\"sso\" name=\"sso\" action=\"{}\" method=\"post\">\n"
        "<input type=\"hidden\" name=\"token\" id=\"token\" value=\"{}\"/>\n"
        "<noscript><input type=\"submit\" value=\"Continue\"/></noscript>\n</form></body></html>\n",
        escaped(origin), escaped(token));
    return Reply::text(200, std::move(page), "text/html; charset=utf-8")
        .header("Cache-Control", "no-store")
        .header("X-Frame-Options", "DENY")
        .header("Referrer-Policy", "no-referrer");
}

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

std::string cookie_of(const Call& call, std::string_view name) {
    for (const auto part : text::split(call.header("Cookie").value_or(""), ';')) {
        const auto trimmed = text::trim(part);
        const auto equals = trimmed.find('=');
        if (equals != std::string_view::npos && trimmed.substr(0, equals) == name)
            return std::string(trimmed.substr(equals + 1));
    }
    return "";
}

std::string set_cookie(const Call& call, std::string_view value, int seconds) {
    const bool secure = identity_of(call).settings.authenticate_uri.starts_with("https:");
    return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{}", kCookie, value, seconds,
                       secure ? "; Secure" : "");
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
        .header("Set-Cookie", set_cookie(call, departure.cookie, 600))
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
    const auto origin = trusted_origin(call);
    const std::string protocol_id = call.path("protocol_id");
    auto& gate = gate_of(call);
    if (auto* issuer = gate.issuer(idp_id, protocol_id)) co_return co_await send_to_provider(call, *issuer, origin);
    const auto assertion = gate.by_proxy(call.request());
    if (!assertion) throw unauthorized("nobody whom this service trusts says who this user is");
    IssuedToken issued;
    auto issue = [&](Transaction& txn) {
        const auto from = idp_id.empty() ? idp_of_assertion(call, txn, protocol_id, *assertion) : idp_id;
        issued = issue_federated(call, txn, from, protocol_id, *assertion);
    };
    co_await call.transact(issue);
    co_return form(origin, issued.id);
}

http::Task<Reply> websso(api::StreamCall& call) { co_return co_await sign_in(call, ""); }
http::Task<Reply> websso_of_idp(api::StreamCall& call) { co_return co_await sign_in(call, call.path("idp_id")); }

http::Task<Reply> come_back(api::StreamCall& call) {
    const auto back =
        oidc::open_state(sealer_of(call), call.query("state").value_or(""), cookie_of(call, kCookie), call.now());
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
    co_return form(back.origin, issued.id).header("Set-Cookie", set_cookie(call, "", 0));
}

constexpr api::StreamHandle kWebsso{websso}, kWebssoOfIdp{websso_of_idp}, kComeBack{come_back};

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
    {.method = Method::get,
     .path = "/v3/auth/OS-FEDERATION/oidc/callback",
     .policy = Policy::open(),
     .summary = "Where an OpenID Connect provider sends the browser back to.",
     .stream = &kComeBack},
};

}  // namespace

api::EndpointTable websso_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity
