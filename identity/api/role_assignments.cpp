// Who has which role where, as a list.
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/model/assignment_query.hpp"
#include "identity/model/resource_rules.hpp"
#include "identity/model/user_rules.hpp"

namespace cumulet::identity {
namespace {

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

// Names are looked up once a list, however often an id appears in it.
class Names {
public:
    Names(Transaction& txn, bool wanted) : txn_(txn), wanted_(wanted) {}

    json project(const std::string& id) {
        return cached("p" + id, id, [&]() -> json {
            auto project = txn_.peek<Project>(id);
            if (!project) return {};
            return {{"id", id}, {"name", project->name}, {"domain", domain(owning_domain(*project))}};
        });
    }
    json domain(const std::string& id) {
        return cached("d" + id, id, [&]() -> json {
            auto domain = txn_.peek<Project>(id);
            return domain ? json{{"id", id}, {"name", domain->name}} : json{};
        });
    }
    json user(const std::string& id) {
        return cached("u" + id, id, [&]() -> json {
            auto user = txn_.peek<User>(id);
            return user ? json{{"id", id}, {"name", user->name}, {"domain", domain(user->domain_id)}} : json{};
        });
    }
    json group(const std::string& id) {
        return cached("g" + id, id, [&]() -> json {
            auto group = txn_.peek<Group>(id);
            return group ? json{{"id", id}, {"name", group->name}, {"domain", domain(group->domain_id)}} : json{};
        });
    }
    json role(const std::string& id) {
        return cached("r" + id, id, [&]() -> json {
            auto role = txn_.peek<Role>(id);
            if (!role) return {};
            json view{{"id", id}, {"name", role->name}};
            if (!role->domain_id.empty()) view["domain"] = domain(role->domain_id);
            return view;
        });
    }

private:
    template <class Find>
    json cached(const std::string& key, const std::string& id, Find&& find) {
        if (!wanted_) return {{"id", id}};
        auto known = known_.find(key);
        if (known != known_.end()) return known->second;
        json view = find();
        if (view.is_null()) view = {{"id", id}};
        return known_[key] = view;
    }

    Transaction& txn_;
    bool wanted_;
    std::map<std::string, json> known_;
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

json view(const Call& call, Names& names, const ListedAssignment& listed) {
    const auto& a = listed.assignment;
    json entry;
    entry["role"] = names.role(a.role_id);
    if (a.actor_kind == ActorKind::user)
        entry["user"] = names.user(a.actor_id);
    else
        entry["group"] = names.group(a.actor_id);
    json& scope = entry["scope"] = json::object();
    if (a.target_kind == TargetKind::project) scope["project"] = names.project(a.target_id);
    if (a.target_kind == TargetKind::domain) scope["domain"] = names.domain(a.target_id);
    if (a.target_kind == TargetKind::system) scope["system"] = {{"all", true}};
    if (a.inherited || listed.inherited_from_kind) scope["OS-INHERIT:inherited_to"] = "projects";
    const auto base = call.base_url() + "/v3";
    entry["links"]["assignment"] = base + path_of(listed);
    if (!listed.by_group_id.empty())
        entry["links"]["membership"] = fmt::format("{}/groups/{}/users/{}", base, listed.by_group_id, a.actor_id);
    if (!listed.by_prior_role_id.empty())
        entry["links"]["prior_role"] =
            fmt::format("{}/prior_role/{}/implies/{}", base, listed.by_prior_role_id, a.role_id);
    return entry;
}

// A domain's own people see what is in it.
bool in_domain(Transaction& txn, const Assignment& a, const std::string& domain_id) {
    if (a.target_kind == TargetKind::domain) return a.target_id == domain_id;
    if (a.target_kind == TargetKind::system) return false;
    auto project = txn.peek<Project>(a.target_id);
    return project && owning_domain(*project) == domain_id;
}

Reply list(Call& call, Transaction& txn) {
    const auto filter = filter_of(call);
    Names names(txn, flag(call, "include_names"));
    const auto& who = call.actor();
    json items = json::array();
    for (const auto& listed : list_assignments(txn, filter))
        if (who.domain_id.empty() || in_domain(txn, listed.assignment, who.domain_id))
            items.push_back(view(call, names, listed));
    return list_reply(call, "role_assignments", std::move(items));
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
     .summary = "List role assignments, as made or as they take effect.",
     .handle = list},
};

}  // namespace

api::EndpointTable role_assignment_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity
