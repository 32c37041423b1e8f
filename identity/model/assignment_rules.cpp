#include "identity/model/assignment_rules.hpp"

#include <map>
#include <set>

#include "identity/model/births.hpp"
#include "identity/model/faults.hpp"
#include "identity/model/resource_rules.hpp"
#include "identity/model/revocation_rules.hpp"
#include "identity/model/role_rules.hpp"
#include "identity/model/user_rules.hpp"

namespace cumulet::identity {
namespace {

std::optional<Assignment> find(store::Transaction& txn, const Assignment& a) {
    return txn.get<Assignment>(a.actor_kind, a.actor_id, a.target_kind, a.target_id, a.role_id, a.inherited);
}

// Tokens of these users give something else from now on.
void refresh_actor(store::Transaction& txn, ActorKind kind, const std::string& actor_id) {
    if (kind == ActorKind::user) return refresh(txn, {.user_id = actor_id});
    for (auto& membership : txn.scan<Membership>({.index = "group"}, actor_id))
        refresh(txn, {.user_id = membership.user_id});
}

struct Actor {
    ActorKind kind;
    std::string id;
};

std::vector<Actor> actors_of(store::Transaction& txn, std::string_view user_id,
                             const std::vector<std::string>& more_groups) {
    std::vector<Actor> actors{{ActorKind::user, std::string(user_id)}};
    std::set<std::string> groups(more_groups.begin(), more_groups.end());
    for (auto& id : groups_of(txn, user_id)) groups.insert(std::move(id));
    for (const auto& id : groups) actors.push_back({ActorKind::group, id});
    return actors;
}

void collect(store::Transaction& txn, const std::vector<Actor>& actors, TargetKind kind, std::string_view target_id,
             bool inherited, std::set<std::string>& role_ids) {
    for (const auto& actor : actors)
        for (auto& found : txn.scan<Assignment>({}, actor.kind, actor.id, kind, target_id))
            if (found.inherited == inherited) role_ids.insert(std::move(found.role_id));
}

}  // namespace

void grant(store::Transaction& txn, const Assignment& assignment) {
    if (find(txn, assignment)) return;
    refresh_actor(txn, assignment.actor_kind, assignment.actor_id);
    for (const auto& id : {assignment.actor_id, assignment.target_id, assignment.role_id}) hang_on(txn, id);
    txn.put(assignment, "granted");
}

void revoke_grant(store::Transaction& txn, const Assignment& assignment) {
    auto found = find(txn, assignment);
    if (!found) {
        if (assignment.target_kind == TargetKind::system)
            throw api::Fault(
                api::Errc::not_found,
                "Could not find role assignment with role: {}, user or group: {}, project, domain, or system: {}.",
                assignment.role_id, assignment.actor_id, kSystemTarget);
        throw api::Fault(
            api::Errc::not_found,
            "Could not find role assignment with role: {}, user or group: {}, project, domain, or system: {}.",
            assignment.role_id, assignment.actor_id, assignment.target_id);
    }
    refresh_actor(txn, found->actor_kind, found->actor_id);
    txn.erase(*found, "revoked");
}

void remove_assignments_of(store::Transaction& txn, ActorKind kind, std::string_view actor_id) {
    for (const auto& found : txn.scan<Assignment>({}, kind, actor_id)) txn.erase(found, "actor deleted");
}

void remove_assignments_on(store::Transaction& txn, TargetKind kind, std::string_view target_id) {
    for (const auto& found : txn.scan<Assignment>({.index = "target"}, kind, target_id))
        txn.erase(found, "target deleted");
}

void remove_assignments_with(store::Transaction& txn, std::string_view role_id) {
    for (const auto& found : txn.scan<Assignment>({.index = "role"}, role_id)) txn.erase(found, "role deleted");
}

std::vector<Role> effective_roles(store::Transaction& txn, std::string_view user_id, TargetKind kind,
                                  std::string_view target_id, const std::vector<std::string>& more_groups) {
    const auto actors = actors_of(txn, user_id, more_groups);
    std::set<std::string> role_ids;
    collect(txn, actors, kind, target_id, false, role_ids);
    if (kind == TargetKind::project) {
        if (auto project = txn.get<Project>(target_id)) {
            for (const auto& above : parents_of(txn, *project))
                collect(txn, actors, above.is_domain ? TargetKind::domain : TargetKind::project, above.id, true,
                        role_ids);
        }
    }
    std::vector<Role> roles;
    for (const auto& id : with_implied(txn, std::move(role_ids)))
        if (auto role = txn.get<Role>(id); role && role->domain_id.empty()) roles.push_back(std::move(*role));
    return roles;
}

std::vector<Project> projects_of_user(store::Transaction& txn, std::string_view user_id,
                                      const std::vector<std::string>& more_groups) {
    std::map<std::string, Project> found;
    auto add = [&](Project project) {
        if (!project.is_domain) found.emplace(project.id, std::move(project));
    };
    for (const auto& actor : actors_of(txn, user_id, more_groups)) {
        for (const auto& assignment : txn.scan<Assignment>({}, actor.kind, actor.id)) {
            if (assignment.target_kind == TargetKind::system) continue;
            if (assignment.inherited) {
                for (auto& below : subtree_of(txn, assignment.target_id)) add(std::move(below));
            } else if (assignment.target_kind == TargetKind::project) {
                if (auto project = txn.get<Project>(assignment.target_id)) add(std::move(*project));
            }
        }
    }
    std::vector<Project> projects;
    for (auto& [id, project] : found) projects.push_back(std::move(project));
    return projects;
}

std::vector<Project> domains_of_user(store::Transaction& txn, std::string_view user_id,
                                     const std::vector<std::string>& more_groups) {
    std::map<std::string, Project> found;
    for (const auto& actor : actors_of(txn, user_id, more_groups))
        for (const auto& assignment : txn.scan<Assignment>({}, actor.kind, actor.id, TargetKind::domain))
            if (!assignment.inherited)
                if (auto domain = txn.get<Project>(assignment.target_id)) found.emplace(domain->id, std::move(*domain));
    std::vector<Project> domains;
    for (auto& [id, domain] : found) domains.push_back(std::move(domain));
    return domains;
}

}  // namespace cumulet::identity
