// Who has which role where, as a list.
#include <unordered_map>

#include "identity/api/listing.hpp"
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/json_text.hpp"
#include "identity/model/assignment_query.hpp"
#include "identity/model/resource_rules.hpp"
#include "identity/model/user_rules.hpp"

namespace cumulet::identity {
namespace {

constexpr std::string_view kTreeRule = "identity:list_role_assignments_for_tree";

bool flag(const Call& call, std::string_view name) {
    auto value = call.query(name);
    return value && *value != "0";
}

AssignmentFilter filter_of(const Call& call) {
    AssignmentFilter filter;
    filter.user_id = call.query("user.id").value_or("");
    filter.group_id = call.query("group.id").value_or("");
    filter.role_id = call.query("role.id").value_or("");
    filter.effective = flag(call, "effective");
    filter.include_subtree = flag(call, "include_subtree");
    const auto project = call.query("scope.project.id"), domain = call.query("scope.domain.id");
    const auto system = call.query("scope.system");
    if (auto inherited = call.query("scope.OS-INHERIT:inherited_to")) filter.inherited = *inherited == "projects";
    if (domain && project) throw Fault(Errc::bad_request, "Specify a domain or project, not both");
    if (system && domain) throw Fault(Errc::bad_request, "Specify system or domain, not both");
    if (system && project) throw Fault(Errc::bad_request, "Specify system or project, not both");
    if (!filter.user_id.empty() && !filter.group_id.empty())
        throw Fault(Errc::bad_request, "Specify a user or group, not both");
    if (filter.effective && !filter.group_id.empty())
        throw Fault(Errc::bad_request, "Combining effective and group filter will always result in an empty list.");
    if (filter.effective && domain && filter.inherited.value_or(false))
        throw Fault(Errc::bad_request,
                    "Combining effective, domain and inherited filters will always result in an empty list.");
    if (filter.include_subtree && !project)
        throw Fault(Errc::bad_request, "scope.project.id must be specified if include_subtree is also specified");
    if (project) {
        filter.target_kind = TargetKind::project;
        filter.target_id = *project;
    } else if (domain) {
        filter.target_kind = TargetKind::domain;
        filter.target_id = *domain;
    } else if (system) {
        filter.target_kind = TargetKind::system;
        filter.target_id = kSystemTarget;
    }
    return filter;
}

// What assignments refer to, as text. Names are looked up once a list, however often an id appears in it.
class Names {
public:
    Names(Transaction& txn, bool wanted) : txn_(txn), wanted_(wanted) {}

    std::string project(const std::string& id) {
        return known_or('p', id, [&] {
            auto project = txn_.peek<Project>(id);
            return project ? named(id, project->name, domain(owning_domain(*project))) : "";
        });
    }
    std::string domain(const std::string& id) {
        return known_or('d', id, [&] {
            auto domain = txn_.peek<Project>(id);
            return domain ? named(id, domain->name, "") : "";
        });
    }
    std::string user(const std::string& id) {
        return known_or('u', id, [&] {
            auto user = txn_.peek<User>(id);
            return user ? named(id, user->name, domain(user->domain_id)) : "";
        });
    }
    std::string group(const std::string& id) {
        return known_or('g', id, [&] {
            auto group = txn_.peek<Group>(id);
            return group ? named(id, group->name, domain(group->domain_id)) : "";
        });
    }
    std::string role(const std::string& id) {
        return known_or('r', id, [&] {
            auto role = txn_.peek<Role>(id);
            return role ? named(id, role->name, role->domain_id.empty() ? "" : domain(role->domain_id)) : "";
        });
    }

private:
    static std::string with_id(const std::string& id) {
        std::string text = R"({"id":)";
        append_json(text, id);
        return text;
    }
    static std::string named(const std::string& id, const std::string& name, const std::string& domain) {
        std::string text = with_id(id) + R"(,"name":)";
        append_json(text, name);
        if (!domain.empty()) text += R"(,"domain":)" + domain;
        return text + "}";
    }
    template <class Find>
    std::string known_or(char kind, const std::string& id, Find&& find) {
        if (!wanted_) return with_id(id) + "}";
        auto known = known_.find(kind + id);
        if (known != known_.end()) return known->second;
        std::string text = find();
        if (text.empty()) text = with_id(id) + "}";
        return known_[kind + id] = std::move(text);
    }

    Transaction& txn_;
    bool wanted_;
    std::unordered_map<std::string, std::string> known_;
};

std::string_view collection(TargetKind kind) { return kind == TargetKind::domain ? "domains" : "projects"; }

// Where the assignment that this follows from can be looked at.
std::string path_of(const ListedAssignment& listed) {
    const auto& a = listed.assignment;
    const auto kind = listed.inherited_from_kind.value_or(a.target_kind);
    const auto& target = listed.inherited_from_kind ? listed.inherited_from_id : a.target_id;
    std::string path = kind == TargetKind::system ? "/system" : fmt::format("/{}/{}", collection(kind), target);
    if (!listed.by_group_id.empty())
        path += "/groups/" + listed.by_group_id;
    else
        path += fmt::format("/{}/{}", a.actor_kind == ActorKind::user ? "users" : "groups", a.actor_id);
    path += "/roles/" + (listed.by_prior_role_id.empty() ? a.role_id : listed.by_prior_role_id);
    if (a.inherited || listed.inherited_from_kind) path = "/OS-INHERIT" + path + "/inherited_to_projects";
    return path;
}

void append_scope(std::string& out, Names& names, const ListedAssignment& listed) {
    const auto& a = listed.assignment;
    if (a.target_kind == TargetKind::project)
        out += R"("project":)" + names.project(a.target_id);
    else if (a.target_kind == TargetKind::domain)
        out += R"("domain":)" + names.domain(a.target_id);
    else
        out += R"("system":{"all":true})";
    if (a.inherited || listed.inherited_from_kind) out += R"(,"OS-INHERIT:inherited_to":"projects")";
}

void append_assignment(std::string& out, const std::string& base, Names& names, const ListedAssignment& listed) {
    const auto& a = listed.assignment;
    out += R"({"role":)" + names.role(a.role_id);
    out += a.actor_kind == ActorKind::user ? R"(,"user":)" + names.user(a.actor_id)
                                           : R"(,"group":)" + names.group(a.actor_id);
    out += R"(,"scope":{)";
    append_scope(out, names, listed);
    out += R"(},"links":{"assignment":)";
    append_json(out, base + path_of(listed));
    if (!listed.by_group_id.empty()) {
        out += R"(,"membership":)";
        append_json(out, fmt::format("{}/groups/{}/users/{}", base, listed.by_group_id, a.actor_id));
    }
    if (!listed.by_prior_role_id.empty()) {
        out += R"(,"prior_role":)";
        append_json(out, fmt::format("{}/prior_role/{}/implies/{}", base, listed.by_prior_role_id, a.role_id));
    }
    out += "}}";
}

// A domain's own people see what is in it.
bool in_domain(Transaction& txn, const Assignment& a, const std::string& domain_id) {
    if (a.target_kind == TargetKind::domain) return a.target_id == domain_id;
    if (a.target_kind == TargetKind::system) return false;
    auto project = txn.peek<Project>(a.target_id);
    return project && owning_domain(*project) == domain_id;
}

Reply list(Call& call, Transaction& txn) {
    Names names(txn, flag(call, "include_names"));
    const auto& who = call.actor();
    Listing listing(call, "role_assignments");
    const auto base = listing.base_url() + "/v3";
    visit_assignments(txn, filter_of(call), [&](ListedAssignment&& listed) {
        if (!who.domain_id.empty() && !in_domain(txn, listed.assignment, who.domain_id)) return true;
        return listing.add([&](std::string& out) { append_assignment(out, base, names, listed); });
    });
    return std::move(listing).reply();
}

std::string_view rule(Call& call, Transaction&) {
    return flag(call, "include_subtree") ? kTreeRule : call.endpoint().policy.rule;
}

json target(Call& call, Transaction& txn) {
    // A tree belongs to the domain of its root; everything else to the domain that the token is for.
    std::string domain = call.actor().domain_id;
    if (flag(call, "include_subtree"))
        if (auto project = txn.peek<Project>(call.query("scope.project.id").value_or("")))
            domain = owning_domain(*project);
    return {{"target", {{"domain_id", domain.empty() ? json(nullptr) : json(domain)}}}};
}

constexpr std::string_view kList =
    "(rule:admin_required) or (role:reader and system_scope:all) or (role:reader and domain_id:%(target.domain_id)s "
    "and not None:%(target.domain_id)s)";

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v3/role_assignments",
     .policy = Policy("identity:list_role_assignments", kList, kAnyScope),
     .target = target,
     .rule = rule,
     .summary = "List role assignments, as made or as they take effect.",
     .handle = list},
};

}  // namespace

api::EndpointTable role_assignment_endpoints() { return kEndpoints; }

std::vector<auth::RuleDefault> assignment_tree_rules() {
    return {{std::string(kTreeRule), std::string(kList), {"system", "domain", "project"}}};
}

}  // namespace cumulet::identity
