#include "identity/model/assignment_query.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "identity/model/resource_rules.hpp"
#include "identity/model/role_rules.hpp"
#include "identity/model/user_rules.hpp"

namespace cumulet::identity {
namespace {

using Listed = std::vector<ListedAssignment>;

struct Target {
    TargetKind kind;
    std::string id;
    bool operator<(const Target& other) const { return std::tie(kind, id) < std::tie(other.kind, other.id); }
};

// The targets that are asked for; empty: all.
std::set<Target> wanted_targets(store::Transaction& txn, const AssignmentFilter& filter) {
    std::set<Target> targets;
    if (!filter.target_kind) return targets;
    targets.insert({*filter.target_kind, filter.target_id});
    if (filter.include_subtree)
        for (const auto& below : subtree_of(txn, filter.target_id)) targets.insert({TargetKind::project, below.id});
    return targets;
}

// Assignments are inherited from here too.
std::set<Target> with_parents(store::Transaction& txn, std::set<Target> targets) {
    std::set<Target> all = targets;
    for (const auto& target : targets) {
        if (target.kind != TargetKind::project) continue;
        auto project = txn.get<Project>(target.id);
        if (!project) continue;
        for (const auto& above : parents_of(txn, *project))
            all.insert({above.is_domain ? TargetKind::domain : TargetKind::project, above.id});
    }
    return all;
}

// Walks the smallest part of the store that holds everything of interest.
void visit_candidates(store::Transaction& txn, const AssignmentFilter& filter, const std::set<Target>& targets,
                      const std::function<bool(Assignment&&)>& take) {
    bool more = true;
    auto each = [&](Assignment&& assignment) { return more = take(std::move(assignment)); };
    if (!filter.user_id.empty()) {
        txn.visit<Assignment>({}, each, ActorKind::user, filter.user_id);
        if (filter.effective)
            for (const auto& group : groups_of(txn, filter.user_id))
                txn.visit<Assignment>({}, each, ActorKind::group, group);
    } else if (!filter.group_id.empty()) {
        txn.visit<Assignment>({}, each, ActorKind::group, filter.group_id);
    } else if (!targets.empty()) {
        for (auto target = targets.begin(); more && target != targets.end(); ++target)
            txn.visit<Assignment>({.index = "target"}, each, target->kind, target->id);
    } else if (!filter.role_id.empty() && !filter.effective) {
        txn.visit<Assignment>({.index = "role"}, each, filter.role_id);
    } else {
        txn.visit<Assignment>({}, each);
    }
}

ListedAssignment as_made(Assignment&& assignment) {
    return {.assignment = std::move(assignment),
            .by_group_id = "",
            .inherited_from_kind = std::nullopt,
            .inherited_from_id = "",
            .by_prior_role_id = ""};
}

Listed expand_groups(store::Transaction& txn, Listed listed, const std::string& only_user) {
    Listed out;
    for (auto& each : listed) {
        if (each.assignment.actor_kind == ActorKind::user) {
            out.push_back(std::move(each));
            continue;
        }
        for (const auto& membership : txn.scan<Membership>({.index = "group"}, each.assignment.actor_id)) {
            if (!only_user.empty() && membership.user_id != only_user) continue;
            auto of_user = each;
            of_user.by_group_id = each.assignment.actor_id;
            of_user.assignment.actor_kind = ActorKind::user;
            of_user.assignment.actor_id = membership.user_id;
            out.push_back(std::move(of_user));
        }
    }
    return out;
}

Listed expand_inheritance(store::Transaction& txn, Listed listed) {
    Listed out;
    for (auto& each : listed) {
        if (!each.assignment.inherited) {
            out.push_back(std::move(each));
            continue;
        }
        for (const auto& below : subtree_of(txn, each.assignment.target_id)) {
            auto there = each;
            there.inherited_from_kind = each.assignment.target_kind;
            there.inherited_from_id = each.assignment.target_id;
            there.assignment.target_kind = TargetKind::project;
            there.assignment.target_id = below.id;
            there.assignment.inherited = false;
            out.push_back(std::move(there));
        }
    }
    return out;
}

// Roles of a domain only stand for what they imply.
Listed expand_implied(store::Transaction& txn, const Listed& listed) {
    Listed out;
    for (const auto& each : listed) {
        const auto prior = each.assignment.role_id;
        for (const auto& role_id : with_implied(txn, {prior})) {
            auto role = txn.get<Role>(role_id);
            if (!role || !role->domain_id.empty()) continue;
            auto implied = each;
            if (role_id != prior) implied.by_prior_role_id = prior;
            implied.assignment.role_id = role_id;
            out.push_back(std::move(implied));
        }
    }
    return out;
}

void drop_repeated(Listed& listed) {
    std::set<std::string> seen;
    std::erase_if(listed, [&](const ListedAssignment& each) {
        std::string key = store::detail::key_parts(each.assignment);
        for (const auto& part : {each.by_group_id, each.inherited_from_id, each.by_prior_role_id})
            store::append_key(key, std::string_view(part));
        return !seen.insert(std::move(key)).second;
    });
}

}  // namespace

void visit_assignments(store::Transaction& txn, const AssignmentFilter& filter,
                       const std::function<bool(ListedAssignment&&)>& each) {
    const auto targets = wanted_targets(txn, filter);
    auto fits = [&](const Assignment& a) {
        if (!targets.empty() && !targets.contains({a.target_kind, a.target_id})) return false;
        return filter.role_id.empty() || a.role_id == filter.role_id;
    };
    auto is_kind = [&](const Assignment& a) { return !filter.inherited || a.inherited == *filter.inherited; };
    if (!filter.effective) {
        visit_candidates(txn, filter, targets,
                         [&](Assignment&& a) { return !is_kind(a) || !fits(a) || each(as_made(std::move(a))); });
        return;
    }
    Listed listed;
    visit_candidates(txn, filter, with_parents(txn, targets), [&](Assignment&& a) {
        if (is_kind(a)) listed.push_back(as_made(std::move(a)));
        return true;
    });
    listed = expand_groups(txn, std::move(listed), filter.user_id);
    listed = expand_inheritance(txn, std::move(listed));
    listed = expand_implied(txn, listed);
    drop_repeated(listed);
    for (auto& effective : listed)
        if (fits(effective.assignment) && !each(std::move(effective))) return;
}

}  // namespace cumulet::identity
