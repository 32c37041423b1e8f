#include "identity/model/trust_rules.hpp"

#include <algorithm>
#include <set>

#include "identity/model/assignment_rules.hpp"
#include "identity/model/births.hpp"
#include "identity/model/faults.hpp"
#include "identity/model/resource_rules.hpp"
#include "identity/model/revocation_rules.hpp"
#include "identity/model/role_rules.hpp"
#include "identity/model/user_rules.hpp"

namespace cumulet::identity {

using api::Errc;
using api::Fault;

namespace {

// The trust itself, then what it was made from, up to the first.
std::vector<Trust> pedigree_of(store::Transaction& txn, const Trust& trust) {
    std::vector<Trust> chain{trust};
    while (!chain.back().redelegated_trust_id.empty()) {
        auto parent = txn.get<Trust>(chain.back().redelegated_trust_id);
        if (!parent) throw not_found("trust", chain.back().redelegated_trust_id);
        chain.push_back(std::move(*parent));
    }
    return chain;
}

void check_handing_on(const Trust& parent, const Trust& trust) {
    if (parent.redelegation_count < 1)
        throw Fault(Errc::forbidden, "Remaining redelegation depth of {} out of allowed range of [0..{}]",
                    parent.redelegation_count, kMostRedelegations);
    if (trust.remaining_uses)
        throw Fault(Errc::forbidden,
                    "Field \"remaining_uses\" is set to {} while it must not be set in order to redelegate a trust",
                    *trust.remaining_uses);
    if (parent.expires_at && trust.expires_at && *parent.expires_at < *trust.expires_at)
        throw Fault(Errc::forbidden, "Requested expiration time is more than redelegated trust can provide");
    for (const auto& id : trust.role_ids)
        if (std::find(parent.role_ids.begin(), parent.role_ids.end(), id) == parent.role_ids.end())
            throw Fault(Errc::forbidden, "Some of requested roles are not in redelegated trust");
    if (!parent.impersonation && trust.impersonation)
        throw Fault(Errc::forbidden,
                    "Impersonation is not allowed because redelegated trust does not specify impersonation. "
                    "Redelegated trust id: {}",
                    parent.id);
}

void settle_count(TrustWish& wish, const Trust* redelegated) {
    auto& trust = wish.trust;
    if (!wish.allow_redelegation || wish.redelegation_count == 0) {
        trust.redelegation_count = 0;
        return;
    }
    if (wish.redelegation_count && *wish.redelegation_count > kMostRedelegations)
        throw Fault(Errc::forbidden, "Requested redelegation depth of {} is greater than allowed {}",
                    *wish.redelegation_count, kMostRedelegations);
    if (trust.remaining_uses)
        throw Fault(Errc::bad_request, "remaining_uses must not be set if redelegation is allowed");
    const auto most = redelegated ? redelegated->redelegation_count - 1 : kMostRedelegations;
    if (redelegated && wish.redelegation_count && *wish.redelegation_count != most)
        throw Fault(
            Errc::forbidden,
            "Modifying \"redelegation_count\" upon redelegation is forbidden. Omitting this parameter is advised.");
    trust.redelegation_count = wish.redelegation_count.value_or(most);
}

}  // namespace

Trust require_trust(store::Transaction& txn, std::string_view id) {
    auto trust = txn.get<Trust>(id);
    if (!trust || (trust->expires_at && *trust->expires_at <= txn.now()) || trust->remaining_uses == 0)
        throw not_found("trust", id);
    return *trust;
}

Trust create_trust(store::Transaction& txn, TrustWish wish, const Trust* redelegated) {
    auto& trust = wish.trust;
    require_user(txn, trust.trustee_user_id);
    if (!trust.project_id.empty()) {
        require_project(txn, trust.project_id);
        if (trust.role_ids.empty())
            throw Fault(
                Errc::forbidden,
                "You are not authorized to perform the requested action: At least one role should be specified.");
    }
    settle_count(wish, redelegated);
    std::string giver = trust.trustor_user_id;
    if (redelegated) {
        trust.redelegated_trust_id = redelegated->id;
        for (const auto& each : pedigree_of(txn, *redelegated)) {
            check_handing_on(each, trust);
            giver = each.trustor_user_id;
        }
        if (!trust.expires_at) trust.expires_at = redelegated->expires_at;
    }
    std::set<std::string> own;
    for (const auto& role : effective_roles(txn, giver, TargetKind::project, trust.project_id)) own.insert(role.id);
    for (const auto& id : trust.role_ids)
        if (!own.contains(id)) throw not_found("role", id);
    for (const auto& id : {trust.trustor_user_id, trust.trustee_user_id, trust.project_id}) hang_on(txn, id);
    txn.put(trust, "created");
    return trust;
}

void delete_trust(store::Transaction& txn, const Trust& trust) {
    for (const auto& child : txn.scan<Trust>({.index = "parent"}, trust.id)) delete_trust(txn, child);
    revoke(txn, {.trust_id = trust.id});
    txn.erase(trust, "deleted");
}

void remove_trusts_of_user(store::Transaction& txn, std::string_view user_id) {
    for (const char* side : {"trustor", "trustee"})
        for (const auto& trust : txn.scan<Trust>({.index = side}, user_id))
            if (txn.get<Trust>(trust.id)) delete_trust(txn, trust);
}

void remove_trusts_of_project(store::Transaction& txn, std::string_view project_id) {
    for (const auto& trust : txn.scan<Trust>({.index = "project"}, project_id))
        if (txn.get<Trust>(trust.id)) delete_trust(txn, trust);
}

std::vector<Role> trusted_roles(store::Transaction& txn, const Trust& trust) {
    const auto chain = pedigree_of(txn, trust);
    for (const auto& each : chain) {
        auto trustor = txn.get<User>(each.trustor_user_id);
        if (!trustor || !trustor->enabled)
            throw Fault(Errc::forbidden, "One of the trust agents is disabled or deleted");
    }
    if (trust.project_id.empty()) return {};
    auto own = effective_roles(txn, chain.back().trustor_user_id, TargetKind::project, trust.project_id);
    const auto given = with_implied(txn, {trust.role_ids.begin(), trust.role_ids.end()});
    for (const auto& id : trust.role_ids)
        if (std::none_of(own.begin(), own.end(), [&](const Role& role) { return role.id == id; }))
            throw Fault(Errc::forbidden, "Trustee has no delegated roles.");
    std::erase_if(own, [&](const Role& role) { return !given.contains(role.id); });
    return own;
}

void consume_use(store::Transaction& txn, Trust trust) {
    if (!trust.remaining_uses) return;
    --*trust.remaining_uses;
    txn.put(trust, "used");
}

}  // namespace cumulet::identity
