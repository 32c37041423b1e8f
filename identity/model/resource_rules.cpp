#include "identity/model/resource_rules.hpp"

#include "identity/model/assignment_rules.hpp"
#include "identity/model/births.hpp"
#include "identity/model/credential_rules.hpp"
#include "identity/model/domain_config.hpp"
#include "identity/model/endpoint_filter_rules.hpp"
#include "identity/model/faults.hpp"
#include "identity/model/federation_rules.hpp"
#include "identity/model/limit_rules.hpp"
#include "identity/model/oauth1_rules.hpp"
#include "identity/model/revocation_rules.hpp"
#include "identity/model/role_rules.hpp"
#include "identity/model/trust_rules.hpp"
#include "identity/model/user_rules.hpp"

namespace cumulet::identity {

using api::Errc;
using api::Fault;

bool is_immutable(const nlohmann::json& options) {
    auto found = options.find("immutable");
    return found != options.end() && found->is_boolean() && found->get<bool>();
}

Project require_project(store::Transaction& txn, std::string_view id) {
    auto project = txn.get<Project>(id);
    if (!project) throw not_found("project", id);
    return *project;
}

Project require_domain(store::Transaction& txn, std::string_view id) {
    auto domain = txn.get<Project>(id);
    if (!domain || !domain->is_domain) throw not_found("domain", id);
    return *domain;
}

std::optional<Project> find_domain_by_name(store::Transaction& txn, std::string_view name) {
    return txn.find<Project>("name", std::string_view(""), name);
}

std::optional<Project> find_project_by_name(store::Transaction& txn, std::string_view domain_id,
                                            std::string_view name) {
    if (domain_id.empty()) return std::nullopt;
    return txn.find<Project>("name", domain_id, name);
}

std::string owning_domain(const Project& project) { return project.is_domain ? project.id : project.domain_id; }

std::vector<Project> parents_of(store::Transaction& txn, const Project& project) {
    std::vector<Project> parents;
    std::string above = project.parent_id;
    while (!above.empty()) {
        auto parent = txn.get<Project>(above);
        if (!parent) break;
        above = parent->parent_id;
        parents.push_back(std::move(*parent));
    }
    return parents;
}

std::vector<Project> subtree_of(store::Transaction& txn, std::string_view project_id) {
    std::vector<Project> found = txn.scan<Project>({.index = "parent"}, project_id);
    for (std::size_t next = 0; next < found.size(); ++next) {
        auto below = txn.scan<Project>({.index = "parent"}, found[next].id);
        found.insert(found.end(), below.begin(), below.end());
    }
    return found;
}

namespace {

void check_name_free(store::Transaction& txn, const Project& project) {
    auto same = txn.find<Project>("name", project.domain_id, project.name);
    if (!same || same->id == project.id) return;
    if (project.is_domain)
        throw conflict("domain",
                       fmt::format("it is not permitted to have two projects acting as domains with the same name: {}",
                                   project.name));
    throw conflict(
        "project",
        fmt::format("it is not permitted to have two projects with either the same name or same id in the same "
                    "domain: name is {}, project id {}",
                    project.name, project.id));
}

void check_place_in_tree(store::Transaction& txn, const Project& project) {
    const auto domain = require_domain(txn, project.domain_id);
    const auto parent = require_project(txn, project.parent_id);
    if (owning_domain(parent) != domain.id) {
        if (parent.is_domain)
            throw Fault(Errc::bad_request,
                        "Cannot create project, the parent ({}) is acting as a domain, but this project's domain id "
                        "({}) does not match the "
                        "parent's id.",
                        parent.id, domain.id);
        throw Fault(Errc::bad_request,
                    "Cannot create project, since it specifies its domain_id {}, but specifies a parent in a different "
                    "domain ({}).",
                    domain.id, owning_domain(parent));
    }
    auto above = parents_of(txn, project);
    for (const auto& each : above)
        if (!each.enabled)
            throw Fault(Errc::bad_request, "cannot create a project in a branch containing a disabled project: {}",
                        each.id);
    if (above.size() > kDeepestTree)
        throw Fault(Errc::forbidden, "Max hierarchy depth reached for {} branch.", parent.id);
}

void remove_one_project(store::Transaction& txn, const Project& project) {
    close(txn, project.id);
    remove_assignments_on(txn, TargetKind::project, project.id);
    remove_credentials_of_project(txn, project.id);
    remove_trusts_of_project(txn, project.id);
    remove_oauth_of_project(txn, project.id);
    remove_limits_of_project(txn, project.id);
    remove_endpoint_links_of_project(txn, project.id);
    revoke(txn, {.project_id = project.id});
    txn.erase(project, "deleted");
}

}  // namespace

void create_project(store::Transaction& txn, const Project& project) {
    if (project.is_domain) {
        if (!project.parent_id.empty())
            throw Fault(Errc::bad_request, "only root projects are allowed to act as domains.");
    } else {
        check_place_in_tree(txn, project);
    }
    check_name_free(txn, project);
    hang_on(txn, project.domain_id);
    if (project.parent_id != project.domain_id) hang_on(txn, project.parent_id);
    txn.put(project, "created");
}

void update_project(store::Transaction& txn, const Project& before, const Project& changed, bool cascade) {
    const char* kind = before.is_domain ? "domain" : "project";
    if (is_immutable(before.options) && is_immutable(changed.options)) throw immutable(kind, "update", before.id);
    check_name_free(txn, changed);
    if (!before.enabled && changed.enabled) {
        for (const auto& parent : parents_of(txn, before))
            if (!parent.enabled)
                throw Fault(Errc::forbidden, "Cannot enable project {} since it has disabled parents", before.id);
    }
    const bool disabled = before.enabled && !changed.enabled;
    if (disabled && !before.is_domain && !cascade) {
        for (const auto& below : subtree_of(txn, before.id))
            if (below.enabled)
                throw Fault(Errc::forbidden, "Cannot disable project {} since its subtree contains enabled projects.",
                            before.id);
    }
    if (cascade) {
        for (auto below : subtree_of(txn, before.id)) {
            if (below.enabled == changed.enabled) continue;
            below.enabled = changed.enabled;
            if (!changed.enabled) refresh(txn, {.project_id = below.id});
            txn.put(below, "enabled by parent");
        }
    }
    if (before.enabled != changed.enabled || before.name != changed.name)
        refresh(txn,
                before.is_domain ? RevocationEvent{.domain_id = before.id} : RevocationEvent{.project_id = before.id});
    txn.put(changed, "updated");
}

void delete_project(store::Transaction& txn, const Project& project, bool cascade) {
    if (project.is_domain && project.enabled)
        throw Fault(Errc::forbidden,
                    "cannot delete an enabled project acting as a domain. Please disable the project {} first.",
                    project.id);
    if (is_immutable(project.options)) throw immutable("project", "delete", project.id);
    auto below = subtree_of(txn, project.id);
    if (!below.empty() && !cascade)
        throw Fault(Errc::forbidden,
                    "Cannot delete the project {} since it is not a leaf in the hierarchy. Use the cascade option if "
                    "you want to delete a "
                    "whole subtree.",
                    project.id);
    for (const auto& each : below)
        if (each.enabled)
            throw Fault(Errc::forbidden, "Cannot delete project {} since its subtree contains enabled projects.",
                        project.id);
    for (auto each = below.rbegin(); each != below.rend(); ++each) remove_one_project(txn, *each);
    remove_one_project(txn, project);
}

void delete_domain(store::Transaction& txn, const Project& domain) {
    if (is_immutable(domain.options)) throw immutable("domain", "delete", domain.id);
    if (domain.enabled)
        throw Fault(Errc::forbidden, "Cannot delete a domain that is enabled, please disable it first.");
    close(txn, domain.id);
    auto below = subtree_of(txn, domain.id);
    for (auto each = below.rbegin(); each != below.rend(); ++each) remove_one_project(txn, *each);
    remove_idps_of_domain(txn, domain.id);
    for (const auto& user : txn.scan<User>({.index = "domain"}, domain.id)) delete_user(txn, user);
    for (const auto& group : txn.scan<Group>({.index = "domain"}, domain.id)) delete_group(txn, group);
    for (const auto& role : txn.scan<Role>({.index = "domain"}, domain.id)) delete_role(txn, role);
    remove_assignments_on(txn, TargetKind::domain, domain.id);
    remove_limits_of_domain(txn, domain.id);
    if (auto config = txn.get<DomainConfig>(domain.id)) txn.erase(*config, "domain deleted");
    revoke(txn, {.domain_id = domain.id});
    txn.erase(domain, "deleted");
}

}  // namespace cumulet::identity
