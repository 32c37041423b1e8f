#include "identity/revocation_list.hpp"

#include "common/store/transaction.hpp"
#include "identity/model/revocation_rules.hpp"

namespace cumulet::identity {
namespace {

// The attribute under which an event is kept: the rarest that it names.
std::string shelf_of(const RevocationEvent& event) {
    if (!event.audit_id.empty()) return "audit/" + event.audit_id;
    if (!event.audit_chain_id.empty()) return "chain/" + event.audit_chain_id;
    if (!event.application_credential_id.empty()) return "application_credential/" + event.application_credential_id;
    if (!event.trust_id.empty()) return "trust/" + event.trust_id;
    if (!event.user_id.empty()) return "user/" + event.user_id;
    if (!event.project_id.empty()) return "project/" + event.project_id;
    if (!event.domain_id.empty()) return "domain/" + event.domain_id;
    return "";
}

}  // namespace

void RevocationList::load(store::Engine& engine, Timestamp now) {
    store::Transaction txn(engine, {.time = now, .operation = "load revocations"});
    std::vector<RevocationEvent> events;
    txn.visit<RevocationEvent>({}, [&](RevocationEvent&& event) {
        if (!event.refresh) events.push_back(std::move(event));
        return true;
    });
    {
        std::lock_guard lock(mutex_);
        events_.clear();
    }
    for (const auto& event : events) add(event);
}

void RevocationList::add(const RevocationEvent& event) {
    if (event.refresh) return;
    std::lock_guard lock(mutex_);
    events_[shelf_of(event)].push_back(event);
}

void RevocationList::remove(const RevocationEvent& event) {
    std::lock_guard lock(mutex_);
    auto shelf = events_.find(shelf_of(event));
    if (shelf == events_.end()) return;
    std::erase_if(shelf->second,
                  [&](const auto& each) { return each.revoked_at == event.revoked_at && each.id == event.id; });
    if (shelf->second.empty()) events_.erase(shelf);
}

bool RevocationList::revoked(const tokens::TokenFacts& facts, const std::vector<std::string>& domain_ids) const {
    std::vector<std::string> shelves{"audit/" + facts.audit_ids.front(), "chain/" + facts.audit_ids.back(),
                                     "user/" + facts.user_id};
    if (!facts.project_id.empty()) shelves.push_back("project/" + facts.project_id);
    if (!facts.trust_id.empty()) shelves.push_back("trust/" + facts.trust_id);
    if (!facts.application_credential_id.empty())
        shelves.push_back("application_credential/" + facts.application_credential_id);
    for (const auto& id : domain_ids) shelves.push_back("domain/" + id);
    std::lock_guard lock(mutex_);
    for (const auto& name : shelves) {
        auto shelf = events_.find(name);
        if (shelf == events_.end()) continue;
        for (const auto& event : shelf->second)
            if (revokes(event, facts, domain_ids)) return true;
    }
    return false;
}

}  // namespace cumulet::identity
