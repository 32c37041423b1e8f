// OAuth 2.0: a token for an application credential by the client credentials grant (RFC 6749, section 4.4).
#include "common/runtime/text.hpp"
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/authentication.hpp"
#include "identity/login_audit.hpp"
#include "identity/login_rules.hpp"

namespace cumulet::identity {
namespace {

constexpr std::string_view kGrant = "client_credentials";

// Errors have a form of their own here (RFC 6749, section 5.2).
Reply refusal(const Call& call, int status, std::string_view error, std::string_view why) {
    auto reply = Reply::json(status, {{"error", error}, {"error_description", why}});
    if (status != 401) return reply;
    return std::move(reply).header("WWW-Authenticate",
                                   fmt::format("Keystone uri=\"{}\"", identity_of(call).settings.authenticate_uri));
}

struct Client {
    std::string id, secret;
};

// From "Authorization: Basic …"; nullopt when it is not that.
std::optional<Client> client_of(const Call& call) {
    constexpr std::string_view kBasic = "basic ";
    const auto header = call.header("Authorization").value_or("");
    if (!text::iequals(header.substr(0, kBasic.size()), kBasic)) return std::nullopt;
    const auto pair = text::from_base64(text::trim(header.substr(kBasic.size())));
    if (!pair || !text::is_utf8(*pair)) return std::nullopt;
    const auto colon = pair->find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == pair->size()) return std::nullopt;
    return Client{pair->substr(0, colon), pair->substr(colon + 1)};
}

Reply issue(Call& call, Transaction& txn, const Client& client) {
    const json wish{{"identity",
                     {{"methods", {"application_credential"}},
                      {"application_credential", {{"id", client.id}, {"secret", client.secret}}}}}};
    auto& identity = identity_of(call);
    try {
        auto who = authenticate(call, txn, wish);
        if (who.needs_more_methods)
            return refusal(call, 401, "invalid_client", "The user of this credential needs more than it to log in.");
        note_activity(call, txn, who.facts.user_id);
        auto issued = identity.tokens.issue(txn, std::move(who.facts));
        audit_success(call, issued.token->facts);
        const auto life = issued.token->facts.expires_at - issued.token->facts.issued_at;
        return Reply::ok({{"access_token", issued.id},
                          {"token_type", "Bearer"},
                          {"expires_in", std::chrono::duration_cast<std::chrono::seconds>(life).count()}})
            .header("Cache-Control", "no-store");
    } catch (const Fault& fault) {
        audit_failure(call, txn, fault);
        if (fault.status() == 401) return refusal(call, 401, "invalid_client", fault.what());
        if (fault.status() == 400) return refusal(call, 400, "invalid_request", fault.what());
        throw;
    }
}

Reply token(Call& call, Transaction& txn) {
    const auto client = client_of(call);
    if (!client) return refusal(call, 401, "invalid_client", "OAuth2.0 client authorization is required.");
    const auto grant = text_member(call.body(), "grant_type");
    if (!grant) return refusal(call, 400, "invalid_request", "The parameter grant_type is required.");
    if (*grant != kGrant)
        return refusal(call, 400, "unsupported_grant_type",
                       fmt::format("The parameter grant_type {} is not supported.", *grant));
    return issue(call, txn, *client);
}

constexpr Schema kForm{R"({"type": ["object", "null"], "maxProperties": 32})"};

constexpr Endpoint kEndpoints[] = {
    {.method = Method::post,
     .path = "/v3/OS-OAUTH2/token",
     .policy = Policy::open(),
     .body = kForm,
     .form = true,
     .summary = "Issue a bearer token for an application credential.",
     .handle = token,
     .heavy = true},
};

}  // namespace

api::EndpointTable oauth2_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity
