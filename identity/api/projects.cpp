// Projects and the trees they form.
#include "identity/api/listing.hpp"
#include "identity/api/schemas.hpp"
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/api/views.hpp"
#include "identity/model/resource_rules.hpp"

namespace cumulet::identity {
namespace {

constexpr std::initializer_list<std::string_view> kKnown = {"name",    "domain_id", "parent_id", "description",
                                                            "enabled", "is_domain", "tags",      "options"};

std::set<std::string> tag_list(const std::optional<std::string>& query) {
    std::set<std::string> tags;
    if (!query) return tags;
    std::size_t at = 0;
    while (at <= query->size()) {
        const auto comma = std::min(query->find(',', at), query->size());
        if (comma > at) tags.insert(query->substr(at, comma - at));
        at = comma + 1;
    }
    return tags;
}

// tags: all of them; tags-any: one of them; not-tags: not all; not-tags-any: none.
struct TagFilter {
    std::set<std::string> all, any, not_all, none;

    explicit TagFilter(const Call& call)
        : all(tag_list(call.query("tags"))),
          any(tag_list(call.query("tags-any"))),
          not_all(tag_list(call.query("not-tags"))),
          none(tag_list(call.query("not-tags-any"))) {}
    bool fits(const Project& project) const {
        auto has = [&](const std::string& tag) { return project.tags.contains(tag); };
        return std::all_of(all.begin(), all.end(), has) && (any.empty() || std::any_of(any.begin(), any.end(), has)) &&
               (not_all.empty() || !std::all_of(not_all.begin(), not_all.end(), has)) &&
               std::none_of(none.begin(), none.end(), has);
    }
};

Reply list_projects(Call& call, Transaction& txn) {
    const TagFilter tags(call);
    Listing listing(call, "projects", {"domain_id", "enabled", "name", "parent_id", "id"});
    const bool domains = call.query("is_domain") && call.query_bool("is_domain").value_or(false);
    auto take = [&](Project&& project) {
        return project.is_domain != domains || !tags.fits(project) || show_project(listing, call, project);
    };
    auto domain = call.query("domain_id");
    if (!domain && !call.actor().domain_id.empty() && !domains) domain = call.actor().domain_id;
    const auto name = call.query("name"), parent = call.query("parent_id");
    if (domains)
        txn.visit<Project>({.index = "domain"}, take, true);
    else if (name)
        for (const auto& each : domain ? std::vector{*domain} : domain_ids(txn))
            txn.visit<Project>({.index = "domain"}, take, false, each, *name);
    else if (domain)
        txn.visit<Project>({.index = "domain"}, take, false, *domain);
    else if (parent)
        txn.visit<Project>({.index = "parent"}, take, *parent);
    else
        txn.visit<Project>({.index = "domain"}, take, false);
    return std::move(listing).reply();
}

json list_target(Call& call, Transaction&) {
    auto domain = call.query("domain_id");
    if (!domain) domain = call.actor().domain_id;
    return domain->empty() ? json::object() : json{{"target", {{"domain_id", *domain}}}};
}

// Where a new project belongs: the body's domain, else its parent's, else the token's.
std::string home_of_new(const Call& call, Transaction& txn, const json& body) {
    const auto parent_id = text_or(body, "parent_id", "");
    if (!text_member(body, "domain_id") && !parent_id.empty())
        if (auto parent = txn.peek<Project>(parent_id)) return owning_domain(*parent);
    return domain_for_new(call, body);
}

// A domain is made by who may make domains.
json target_of_new(Call& call, Transaction&) {
    return bool_or(described(call, "project"), "is_domain", false) ? json::object() : new_target(call, "project");
}

Reply create(Call& call, Transaction& txn) {
    const json& body = call.body()["project"];
    Project project{
        .id = call.random().hex_uuid(), .name = "", .domain_id = "", .parent_id = text_or(body, "parent_id", "")};
    take_project(project, body, kKnown);
    project.is_domain = bool_or(body, "is_domain", false);
    if (!project.is_domain) {
        if (!project.parent_id.empty()) require_project(txn, project.parent_id);
        project.domain_id = home_of_new(call, txn, body);
        if (project.parent_id.empty()) project.parent_id = project.domain_id;
    }
    project.created_at = call.now();
    if (identity_of(call).settings.two_level_limits && project.parent_id != project.domain_id)
        throw Fault(Errc::forbidden, "Max hierarchy depth reached for {} branch.", project.parent_id);
    create_project(txn, project);
    return Reply::created({{"project", project_view(call, project)}});
}

json parents_as_ids(const std::vector<Project>& parents, std::size_t from) {
    if (from >= parents.size()) return nullptr;
    return {{parents[from].id, parents_as_ids(parents, from + 1)}};
}

json subtree_as_ids(Transaction& txn, const std::string& id) {
    json below = json::object();
    for (const auto& child : txn.scan<Project>({.index = "parent"}, id))
        below[child.id] = subtree_as_ids(txn, child.id);
    return below.empty() ? json(nullptr) : below;
}

bool flag(const Call& call, std::string_view name) {
    auto value = call.query(name);
    return value && (value->empty() || call.query_bool(name).value_or(false));
}

json wrapped(const Call& call, const std::vector<Project>& projects) {
    json list = json::array();
    for (const auto& project : projects) list.push_back({{"project", project_view(call, project)}});
    return list;
}

Reply show(Call& call, Transaction& txn) {
    const auto project = require_project(txn, call.path("project_id"));
    json view = project_view(call, project);
    for (const char* pair : {"parents", "subtree"})
        if (flag(call, std::string(pair) + "_as_list") && flag(call, std::string(pair) + "_as_ids"))
            throw Fault(Errc::bad_request, "Cannot use {0}_as_list and {0}_as_ids query params at the same time.",
                        pair);
    if (flag(call, "parents_as_list")) view["parents"] = wrapped(call, parents_of(txn, project));
    if (flag(call, "parents_as_ids")) view["parents"] = parents_as_ids(parents_of(txn, project), 0);
    if (flag(call, "subtree_as_list")) view["subtree"] = wrapped(call, subtree_of(txn, project.id));
    if (flag(call, "subtree_as_ids")) view["subtree"] = subtree_as_ids(txn, project.id);
    return Reply::ok({{"project", view}});
}

Reply update(Call& call, Transaction& txn) {
    const json& body = call.body()["project"];
    const Project before = require_project(txn, call.path("project_id"));
    Project project = before;
    take_project(project, body, kKnown);
    if (auto parent = text_member(body, "parent_id"); parent && *parent != before.parent_id)
        throw Fault(Errc::forbidden, "Update of `parent_id` is not allowed.");
    if (auto domain = text_member(body, "domain_id"); domain && *domain != before.domain_id)
        throw Fault(Errc::bad_request, "Cannot change Domain ID");
    if (bool_or(body, "is_domain", before.is_domain) != before.is_domain)
        throw Fault(Errc::bad_request, "Update of `is_domain` is not allowed.");
    update_project(txn, before, project);
    return Reply::ok({{"project", project_view(call, project)}});
}

Reply remove(Call& call, Transaction& txn) {
    delete_project(txn, require_project(txn, call.path("project_id")));
    return Reply::no_content();
}

// With all projects below.
Reply update_tree(Call& call, Transaction& txn) {
    const Project before = require_project(txn, call.path("project_id"));
    Project project = before;
    project.enabled = bool_or(call.body()["project"], "enabled", project.enabled);
    update_project(txn, before, project, true);
    return Reply::ok({{"project", project_view(call, project)}});
}

Reply remove_tree(Call& call, Transaction& txn) {
    delete_project(txn, require_project(txn, call.path("project_id")), true);
    return Reply::no_content();
}

constexpr std::string_view kList =
    "(rule:admin_required) or (role:reader and system_scope:all) or (role:reader and domain_id:%(target.domain_id)s)";

constexpr std::string_view kMember = "project";
constexpr std::string_view kPlace = R"(, "domain_id": {"type": ["string", "null"], "maxLength": 64},
    "parent_id": {"type": ["string", "null"], "maxLength": 64}, "is_domain": {"type": "boolean"})";
constexpr auto kProperties = api::joined<kProjectProperties, kPlace>;
constexpr Schema kCreate = body_of<kMember, kNamed, kProperties>;
constexpr Schema kUpdate = body_of<kMember, kAnything, kProperties>;

constexpr std::string_view kDemandsOfTree = R"("required": ["enabled"], "additionalProperties": false)",
                           kTreeProperties = R"("enabled": {"type": "boolean"})";
constexpr Schema kTree = body_of<kMember, kDemandsOfTree, kTreeProperties>;

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v3/projects",
     .policy = Policy("identity:list_projects", kList, kAnyScope),
     .target = list_target,
     .summary = "List projects.",
     .handle = list_projects},
    {.method = Method::post,
     .path = "/v3/projects",
     .policy = Policy("identity:create_project", kManageProject, kAnyScope),
     .target = target_of_new,
     .body = kCreate,
     .success = 201,
     .summary = "Create a project.",
     .handle = create},
    {.method = Method::get,
     .path = "/v3/projects/{project_id}",
     .policy = Policy("identity:get_project", kReadProject, kAnyScope),
     .target = path_target,
     .summary = "Show a project, with its parents and subtree when asked.",
     .handle = show},
    {.method = Method::patch,
     .path = "/v3/projects/{project_id}",
     .policy = Policy("identity:update_project", kManageProject, kAnyScope),
     .target = path_target,
     .body = kUpdate,
     .summary = "Change a project.",
     .handle = update},
    {.method = Method::del,
     .path = "/v3/projects/{project_id}",
     .policy = Policy("identity:delete_project", kManageProject, kAnyScope),
     .target = path_target,
     .success = 204,
     .summary = "Delete a project.",
     .handle = remove},
    {.method = Method::patch,
     .path = "/v3/projects/{project_id}/cascade",
     .policy = Policy("identity:update_project", kManageProject, kAnyScope),
     .target = path_target,
     .body = kTree,
     .summary = "Enable or disable a project and all below it.",
     .handle = update_tree},
    {.method = Method::del,
     .path = "/v3/projects/{project_id}/cascade",
     .policy = Policy("identity:delete_project", kManageProject, kAnyScope),
     .target = path_target,
     .success = 204,
     .summary = "Delete a disabled project and all below it.",
     .handle = remove_tree},
};

}  // namespace

api::EndpointTable project_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity
