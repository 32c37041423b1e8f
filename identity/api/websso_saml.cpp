#include "identity/api/websso_saml.hpp"

#include "common/runtime/text.hpp"
#include "identity/api/federated_login.hpp"
#include "identity/api/websso_page.hpp"
#include "identity/federation/saml/consumer.hpp"
#include "identity/federation/saml/request.hpp"
#include "identity/login_audit.hpp"
#include "identity/model/federation_rules.hpp"

namespace cumulet::identity::websso {
namespace {

namespace saml = federation::saml;

constexpr std::string_view kCookie = "cumulet_websso_saml";
constexpr std::string_view kAnswerTo = "/auth/OS-FEDERATION/saml2/acs";
constexpr std::size_t kRelayBytes = 24;
constexpr std::size_t kLongestBody = 1u << 20;

std::string answer_to(const Call& call) { return identity_of(call).settings.authenticate_uri + std::string(kAnswerTo); }

// What this browser was sent away with; nothing is remembered here, so any daemon may take it back.
struct Away {
    std::string idp_id, protocol_id, origin, request_id, relay_state;
};

std::string sealed(const Call& call, const Away& away) {
    const json state{{"idp", away.idp_id},
                     {"protocol", away.protocol_id},
                     {"origin", away.origin},
                     {"request", away.request_id},
                     {"relay", away.relay_state},
                     {"until", (call.now() + std::chrono::seconds(kLongestAbsenceS)).time_since_epoch().count()}};
    return identity_of(call).vault.seal(state.dump());
}

Away opened(const Call& call, const std::string& cookie) {
    json state;
    try {
        state = json::parse(identity_of(call).vault.open(cookie), nullptr, false);
    } catch (const Fault&) {
        throw unauthorized("a cookie that is none of ours");
    }
    if (!state.is_object() || !state.contains("request")) throw unauthorized("a cookie that is none of ours");
    if (state["until"].get<std::int64_t>() <= call.now().time_since_epoch().count())
        throw unauthorized("the browser was away for too long");
    return {.idp_id = state["idp"],
            .protocol_id = state["protocol"],
            .origin = state["origin"],
            .request_id = state["request"],
            .relay_state = state["relay"]};
}

struct Form {
    std::string response, relay_state;
};

Form form_of(const std::string& body) {
    Form form;
    for (auto& [name, value] : http::parse_query(body)) {
        if (name == "SAMLResponse") form.response = text::from_base64(value).value_or("");
        if (name == "RelayState") form.relay_state = std::move(value);
    }
    if (form.response.empty()) throw unauthorized("no SAML response came along");
    return form;
}

}  // namespace

Reply send_by_saml(const Call& call, const saml::TrustedIssuer& issuer, const std::string& origin) {
    Away away{.idp_id = issuer.identity_provider,
              .protocol_id = issuer.protocol,
              .origin = origin,
              .request_id = "",
              .relay_state = call.random().token(kRelayBytes)};
    auto begun = saml::begin_sign_on(issuer, answer_to(call), away.relay_state, call.now(), call.random());
    away.request_id = std::move(begun.request_id);
    return Reply::empty(302)
        .header("Location", std::move(begun.location))
        .header("Set-Cookie", cookie(call, kCookie, sealed(call, away), kLongestAbsenceS, true))
        .header("Cache-Control", "no-store");
}

http::Task<Reply> return_by_saml(api::StreamCall& call) {
    const std::string body = co_await call.body_stream().read_all(kLongestBody);
    const auto form = form_of(body);
    const auto away = opened(call, cookie_of(call, kCookie));
    if (!text::equal_in_constant_time(form.relay_state, away.relay_state))
        throw unauthorized("the log-in was begun by another browser");
    const auto* issuer = gate_of(call).sign_on(away.idp_id, away.protocol_id);
    if (!issuer) throw unauthorized("the provider is no longer configured");
    saml::Consumed said;
    auto consume = [&] { said = saml::consume(form.response, *issuer, answer_to(call), call.now(), away.request_id); };
    co_await on_gate(call, consume);
    IssuedToken issued;
    auto issue = [&](Transaction& txn) {
        use_assertion_once(txn, away.idp_id, said.assertion_id, said.until);
        issued = issue_federated(call, txn, away.idp_id, away.protocol_id, said.attributes);
    };
    co_await call.transact(issue);
    audit_success(call, issued.token->facts);
    co_return page(away.origin, issued.id).header("Set-Cookie", cookie(call, kCookie, "", 0, true));
}

}  // namespace cumulet::identity::websso
