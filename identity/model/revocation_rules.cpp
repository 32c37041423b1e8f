#include "identity/model/revocation_rules.hpp"

#include "common/runtime/text.hpp"

namespace cumulet::identity {
namespace {

// The id only keeps events of one microsecond apart, so it is made of what the event says.
void store_event(store::Transaction& txn, RevocationEvent& event) {
    event.revoked_at = txn.now();
    event.id = event.audit_id + '/' + event.audit_chain_id + '/' + event.user_id + '/' + event.project_id + '/' +
               event.domain_id + '/' + event.role_id + '/' + event.trust_id + '/' + event.application_credential_id +
               (event.refresh ? "/refresh" : "");
    txn.put(event, event.refresh ? "refresh" : "revoked");
}

}  // namespace

void revoke(store::Transaction& txn, RevocationEvent event) {
    // Tokens know their issue time to the second only. One issued in the second of an event gets the next second (see
    // TokenService::issue), so a further event in that second has to reach as far.
    event.issued_before = std::max(event.issued_before, txn.now());
    if (!event.user_id.empty()) {
        constexpr auto kSecond = std::chrono::seconds(1);
        txn.visit<RevocationEvent>({.reverse = true}, [&](RevocationEvent&& earlier) {
            if (earlier.revoked_at + 2 * kSecond < txn.now()) return false;
            if (!earlier.refresh && earlier.user_id == event.user_id &&
                earlier.issued_before + kSecond > event.issued_before &&
                std::chrono::floor<std::chrono::seconds>(earlier.issued_before) >=
                    std::chrono::floor<std::chrono::seconds>(event.issued_before))
                event.issued_before = earlier.issued_before + kSecond;
            return true;
        });
    }
    store_event(txn, event);
}

void refresh(store::Transaction& txn, RevocationEvent event) {
    event.refresh = true;
    event.issued_before = txn.now();
    store_event(txn, event);
}

bool revokes(const RevocationEvent& event, const tokens::TokenFacts& facts,
             const std::vector<std::string>& domain_ids) {
    if (event.refresh || facts.issued_at > event.issued_before) return false;
    auto concerns = [](const std::string& named, const std::string& has) { return named.empty() || named == has; };
    if (!event.domain_id.empty() &&
        std::find(domain_ids.begin(), domain_ids.end(), event.domain_id) == domain_ids.end())
        return false;
    return concerns(event.audit_id, facts.audit_ids.front()) &&
           concerns(event.audit_chain_id, facts.audit_ids.back()) && concerns(event.user_id, facts.user_id) &&
           concerns(event.project_id, facts.project_id) && concerns(event.trust_id, facts.trust_id) &&
           concerns(event.application_credential_id, facts.application_credential_id) && event.role_id.empty();
}

std::size_t forget_events(store::Transaction& txn, Timestamp until, std::size_t most) {
    std::size_t gone = 0;
    for (const auto& event : txn.scan<RevocationEvent>({.limit = most})) {
        if (event.revoked_at >= until) break;
        txn.erase(event, "expired");
        ++gone;
    }
    return gone;
}

}  // namespace cumulet::identity
