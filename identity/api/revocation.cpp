// What was revoked lately: services that remember tokens poll this when the bus is away.
#include "identity/model/revocation.hpp"
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"

namespace cumulet::identity {
namespace {

json event_view(const RevocationEvent& event) {
    json view = {{"issued_before", to_iso_micros(event.issued_before)},
                 {"revoked_at", to_iso_micros(event.revoked_at)}};
    auto add = [&](const char* name, const std::string& value) {
        if (!value.empty()) view[name] = value;
    };
    add("audit_id", event.audit_id);
    add("audit_chain_id", event.audit_chain_id);
    add("user_id", event.user_id);
    add("project_id", event.project_id);
    add("domain_id", event.domain_id);
    add("role_id", event.role_id);
    add("OS-TRUST:trust_id", event.trust_id);
    add("application_credential_id", event.application_credential_id);
    // Revokes nothing: what such a token gives has changed, so whoever remembers it asks again.
    if (event.refresh) view["refresh"] = true;
    return view;
}

Reply list_events(Call& call, Transaction& txn) {
    Timestamp since{};
    if (auto text = call.query("since")) {
        auto time = parse_iso(*text);
        if (!time) throw Fault(Errc::bad_request, "invalid date format {}", *text);
        since = *time;
    }
    json events = json::array();
    txn.visit<RevocationEvent>({.reverse = true}, [&](RevocationEvent&& event) {
        if (event.revoked_at < since) return false;
        events.push_back(event_view(event));
        return true;
    });
    std::reverse(events.begin(), events.end());
    return list_reply(call, "events", std::move(events));
}

// Once the list of revoked PKI tokens, which are no more.
Reply list_revoked(Call&, Transaction&) { throw Fault(Errc::forbidden, "There is no list of revoked tokens."); }

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v3/auth/tokens/OS-PKI/revoked",
     .policy = Policy::open(),
     .summary = "Refuses: PKI tokens, whose revocations it listed, are no more.",
     .handle = list_revoked},
    {.method = Method::get,
     .path = "/v3/OS-REVOKE/events",
     .policy = Policy("identity:list_revoke_events", "rule:service_or_admin", kSystemProject),
     .summary = "List revocations, oldest first, from a time on.",
     .handle = list_events},
};

}  // namespace

api::EndpointTable revocation_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity
