// Giving roles to users and groups on projects, domains and the system.
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/api/views.hpp"
#include "identity/model/assignment_rules.hpp"
#include "identity/model/credential_rules.hpp"
#include "identity/model/resource_rules.hpp"
#include "identity/model/role_rules.hpp"
#include "identity/model/user_rules.hpp"

namespace cumulet::identity {
namespace {

bool names(const Call& call, std::string_view parameter) {
    return call.endpoint().path.find(parameter) != std::string_view::npos;
}

// Who gets what where, as the path says; everything it names exists. The role is left out where the path has none.
Assignment assignment_of(Call& call, Transaction& txn) {
    Assignment a;
    a.actor_kind = names(call, "{user_id}") ? ActorKind::user : ActorKind::group;
    a.actor_id = a.actor_kind == ActorKind::user ? require_user(txn, call.path("user_id")).id
                                                 : require_group(txn, call.path("group_id")).id;
    if (names(call, "{project_id}")) {
        a.target_id = require_project(txn, call.path("project_id")).id;
    } else if (names(call, "{domain_id}")) {
        a.target_kind = TargetKind::domain;
        a.target_id = require_domain(txn, call.path("domain_id")).id;
    } else {
        a.target_kind = TargetKind::system;
        a.target_id = kSystemTarget;
    }
    if (names(call, "{role_id}")) a.role_id = require_role(txn, call.path("role_id")).id;
    a.inherited = names(call, "inherited_to_projects");
    a.created_at = call.now();
    return a;
}

// A role of a domain stays among its projects (on domains Keystone does not look).
void check_role_domain(Transaction& txn, const Assignment& a) {
    const auto role = require_role(txn, a.role_id);
    if (role.domain_id.empty()) return;
    if (a.target_kind == TargetKind::system)
        throw Fault(Errc::bad_request,
                    "Role {} is a domain-specific role. Unable to use a domain-specific role in a system assignment.",
                    role.id);
    if (a.target_kind == TargetKind::domain) return;
    const auto target = require_project(txn, a.target_id);
    if (owning_domain(target) != role.domain_id)
        throw Fault(Errc::forbidden, "Project {} must be in the same domain as the role {} being assigned.", target.id,
                    role.id);
}

Reply put_grant(Call& call, Transaction& txn) {
    const auto assignment = assignment_of(call, txn);
    check_role_domain(txn, assignment);
    grant(txn, assignment);
    return Reply::no_content();
}

Reply check_grant(Call& call, Transaction& txn) {
    const auto a = assignment_of(call, txn);
    if (!txn.get<Assignment>(a.actor_kind, a.actor_id, a.target_kind, a.target_id, a.role_id, a.inherited))
        throw Fault(Errc::not_found,
                    "Could not find role assignment with role: {}, user or group: {}, project, domain, or system: {}.",
                    a.role_id, a.actor_id, a.target_id);
    return Reply::no_content();
}

Reply delete_grant(Call& call, Transaction& txn) {
    const auto a = assignment_of(call, txn);
    revoke_grant(txn, a);
    if (a.actor_kind == ActorKind::user && a.target_kind == TargetKind::project)
        remove_application_credentials(txn, a.actor_id, a.target_id);
    return Reply::no_content();
}

Reply list_grants(Call& call, Transaction& txn) {
    const auto a = assignment_of(call, txn);
    json items = json::array();
    for (const auto& found : txn.scan<Assignment>({}, a.actor_kind, a.actor_id, a.target_kind, a.target_id))
        if (found.inherited == a.inherited)
            if (auto role = txn.get<Role>(found.role_id)) items.push_back(role_view(call, *role));
    return list_reply(call, "roles", std::move(items));
}

constexpr std::string_view kCheck =
    "(rule:admin_required) or ((role:reader and system_scope:all) or ((role:reader and "
    "domain_id:%(target.user.domain_id)s and "
    "domain_id:%(target.project.domain_id)s) or (role:reader and domain_id:%(target.user.domain_id)s and "
    "domain_id:%(target.domain.id)s) or "
    "(role:reader and domain_id:%(target.group.domain_id)s and domain_id:%(target.project.domain_id)s) or (role:reader "
    "and "
    "domain_id:%(target.group.domain_id)s and domain_id:%(target.domain.id)s)) and "
    "(domain_id:%(target.role.domain_id)s or "
    "None:%(target.role.domain_id)s))";
constexpr std::string_view kList =
    "(rule:admin_required) or (role:reader and system_scope:all) or (role:reader and "
    "domain_id:%(target.user.domain_id)s and "
    "domain_id:%(target.project.domain_id)s) or (role:reader and domain_id:%(target.user.domain_id)s and "
    "domain_id:%(target.domain.id)s) or "
    "(role:reader and domain_id:%(target.group.domain_id)s and domain_id:%(target.project.domain_id)s) or (role:reader "
    "and "
    "domain_id:%(target.group.domain_id)s and domain_id:%(target.domain.id)s)";
constexpr std::string_view kChange =
    "(rule:admin_required) or ((role:admin and domain_id:%(target.user.domain_id)s and "
    "domain_id:%(target.project.domain_id)s) or "
    "(role:admin and domain_id:%(target.user.domain_id)s and domain_id:%(target.domain.id)s) or (role:admin and "
    "domain_id:%(target.group.domain_id)s and domain_id:%(target.project.domain_id)s) or (role:admin and "
    "domain_id:%(target.group.domain_id)s and domain_id:%(target.domain.id)s)) and "
    "(domain_id:%(target.role.domain_id)s or "
    "None:%(target.role.domain_id)s) or "
    "((role:manager and domain_id:%(target.user.domain_id)s and domain_id:%(target.project.domain_id)s) or "
    "(role:manager and domain_id:%(target.user.domain_id)s and domain_id:%(target.domain.id)s) or "
    "(role:manager and domain_id:%(target.group.domain_id)s and domain_id:%(target.project.domain_id)s) or "
    "(role:manager and domain_id:%(target.group.domain_id)s and domain_id:%(target.domain.id)s)) and "
    "rule:domain_managed_target_role";

constexpr Policy kGrants("identity:list_grants", kList, kAnyScope);
constexpr Policy kGrant("identity:create_grant", kChange, kAnyScope);
constexpr Policy kHasGrant("identity:check_grant", kCheck, kAnyScope);
constexpr Policy kRevoke("identity:revoke_grant", kChange, kAnyScope);

// What can be done with grants; path and policy are filled in.
constexpr Endpoint kListing{.method = Method::get,
                            .policy = kGrants,
                            .target = path_target,
                            .summary = "List the roles that were granted here.",
                            .handle = list_grants};
constexpr Endpoint kPutting{.method = Method::put,
                            .policy = kGrant,
                            .target = path_target,
                            .body = api::kNoBody,
                            .success = 204,
                            .summary = "Grant a role.",
                            .handle = put_grant};
constexpr Endpoint kChecking{.method = Method::get,
                             .policy = kHasGrant,
                             .target = path_target,
                             .success = 204,
                             .summary = "Check whether a role was granted.",
                             .handle = check_grant};
constexpr Endpoint kTaking{.method = Method::del,
                           .policy = kRevoke,
                           .target = path_target,
                           .success = 204,
                           .summary = "Take a granted role away.",
                           .handle = delete_grant};

constexpr Endpoint at(Endpoint kind, std::string_view path) {
    kind.path = path;
    return kind;
}
constexpr Endpoint at(Endpoint kind, std::string_view path, Policy policy) {
    kind.policy = policy;
    return at(kind, path);
}

constexpr Endpoint kEndpoints[] = {
    at(kListing, "/v3/projects/{project_id}/users/{user_id}/roles"),
    at(kPutting, "/v3/projects/{project_id}/users/{user_id}/roles/{role_id}"),
    at(kChecking, "/v3/projects/{project_id}/users/{user_id}/roles/{role_id}"),
    at(kTaking, "/v3/projects/{project_id}/users/{user_id}/roles/{role_id}"),
    at(kListing, "/v3/projects/{project_id}/groups/{group_id}/roles"),
    at(kPutting, "/v3/projects/{project_id}/groups/{group_id}/roles/{role_id}"),
    at(kChecking, "/v3/projects/{project_id}/groups/{group_id}/roles/{role_id}"),
    at(kTaking, "/v3/projects/{project_id}/groups/{group_id}/roles/{role_id}"),
    at(kListing, "/v3/domains/{domain_id}/users/{user_id}/roles"),
    at(kPutting, "/v3/domains/{domain_id}/users/{user_id}/roles/{role_id}"),
    at(kChecking, "/v3/domains/{domain_id}/users/{user_id}/roles/{role_id}"),
    at(kTaking, "/v3/domains/{domain_id}/users/{user_id}/roles/{role_id}"),
    at(kListing, "/v3/domains/{domain_id}/groups/{group_id}/roles"),
    at(kPutting, "/v3/domains/{domain_id}/groups/{group_id}/roles/{role_id}"),
    at(kChecking, "/v3/domains/{domain_id}/groups/{group_id}/roles/{role_id}"),
    at(kTaking, "/v3/domains/{domain_id}/groups/{group_id}/roles/{role_id}"),

    at(kListing, "/v3/OS-INHERIT/domains/{domain_id}/users/{user_id}/roles/inherited_to_projects"),
    at(kPutting, "/v3/OS-INHERIT/domains/{domain_id}/users/{user_id}/roles/{role_id}/inherited_to_projects"),
    at(kChecking, "/v3/OS-INHERIT/domains/{domain_id}/users/{user_id}/roles/{role_id}/inherited_to_projects"),
    at(kTaking, "/v3/OS-INHERIT/domains/{domain_id}/users/{user_id}/roles/{role_id}/inherited_to_projects"),
    at(kListing, "/v3/OS-INHERIT/domains/{domain_id}/groups/{group_id}/roles/inherited_to_projects"),
    at(kPutting, "/v3/OS-INHERIT/domains/{domain_id}/groups/{group_id}/roles/{role_id}/inherited_to_projects"),
    at(kChecking, "/v3/OS-INHERIT/domains/{domain_id}/groups/{group_id}/roles/{role_id}/inherited_to_projects"),
    at(kTaking, "/v3/OS-INHERIT/domains/{domain_id}/groups/{group_id}/roles/{role_id}/inherited_to_projects"),
    at(kPutting, "/v3/OS-INHERIT/projects/{project_id}/users/{user_id}/roles/{role_id}/inherited_to_projects"),
    at(kChecking, "/v3/OS-INHERIT/projects/{project_id}/users/{user_id}/roles/{role_id}/inherited_to_projects"),
    at(kTaking, "/v3/OS-INHERIT/projects/{project_id}/users/{user_id}/roles/{role_id}/inherited_to_projects"),
    at(kPutting, "/v3/OS-INHERIT/projects/{project_id}/groups/{group_id}/roles/{role_id}/inherited_to_projects"),
    at(kChecking, "/v3/OS-INHERIT/projects/{project_id}/groups/{group_id}/roles/{role_id}/inherited_to_projects"),
    at(kTaking, "/v3/OS-INHERIT/projects/{project_id}/groups/{group_id}/roles/{role_id}/inherited_to_projects"),

    at(kListing, "/v3/system/users/{user_id}/roles", reader_policy("identity:list_system_grants_for_user")),
    at(kPutting, "/v3/system/users/{user_id}/roles/{role_id}", admin_policy("identity:create_system_grant_for_user")),
    at(kChecking, "/v3/system/users/{user_id}/roles/{role_id}", reader_policy("identity:check_system_grant_for_user")),
    at(kTaking, "/v3/system/users/{user_id}/roles/{role_id}", admin_policy("identity:revoke_system_grant_for_user")),
    at(kListing, "/v3/system/groups/{group_id}/roles", reader_policy("identity:list_system_grants_for_group")),
    at(kPutting, "/v3/system/groups/{group_id}/roles/{role_id}",
       admin_policy("identity:create_system_grant_for_group")),
    at(kChecking, "/v3/system/groups/{group_id}/roles/{role_id}",
       reader_policy("identity:check_system_grant_for_group")),
    at(kTaking, "/v3/system/groups/{group_id}/roles/{role_id}", admin_policy("identity:revoke_system_grant_for_group")),
};

}  // namespace

api::EndpointTable grant_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity
