// Roles and which role implies which.
#include "identity/api/schemas.hpp"
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/api/views.hpp"
#include "identity/model/role_rules.hpp"

namespace cumulet::identity {
namespace {

constexpr std::initializer_list<std::string_view> kKnown = {"name", "domain_id", "description", "options"};

// Roles of a domain have rules of their own.
constexpr std::pair<std::string_view, std::string_view> kRulesOfDomainRoles[] = {
    {"identity:list_roles", "identity:list_domain_roles"},
    {"identity:create_role", "identity:create_domain_role"},
    {"identity:get_role", "identity:get_domain_role"},
    {"identity:update_role", "identity:update_domain_role"},
    {"identity:delete_role", "identity:delete_domain_role"}};

std::string_view guarded_by(const Call& call, const std::string& domain_id) {
    const auto rule = call.endpoint().policy.rule;
    if (domain_id.empty()) return rule;
    for (const auto& [global, of_domain] : kRulesOfDomainRoles)
        if (global == rule) return of_domain;
    return rule;
}

std::string_view rule_of_list(Call& call, Transaction&) {
    return guarded_by(call, call.query("domain_id").value_or(""));
}
std::string_view rule_of_new(Call& call, Transaction&) {
    return guarded_by(call, text_or(described(call, "role"), "domain_id", ""));
}
std::string_view rule_of_existing(Call& call, Transaction& txn) {
    return guarded_by(call, require_role(txn, call.path("role_id")).domain_id);
}

// Whether a role is there is no secret.
json prior_target(Call& call, Transaction& txn) {
    require_role(txn, call.path("prior_role_id"));
    if (call.endpoint().path.find("{implied_role_id}") != std::string_view::npos)
        require_role(txn, call.path("implied_role_id"));
    return json::object();
}

Reply list_roles(Call& call, Transaction& txn) {
    json items = json::array();
    // Without a domain in the query: the global roles.
    const auto domain = call.query("domain_id").value_or("");
    txn.visit<Role>(
        {.index = "domain"},
        [&](Role&& role) {
            items.push_back(role_view(call, role));
            return true;
        },
        domain);
    return list_reply(call, "roles", filtered(call, std::move(items), {"name", "id"}));
}

Reply create(Call& call, Transaction& txn) {
    const json& body = call.body()["role"];
    Role role{.id = call.random().hex_uuid(),
              .name = text_or(body, "name", ""),
              .domain_id = text_or(body, "domain_id", ""),
              .description = text_or(body, "description", "")};
    role.has_description = text_member(body, "description").has_value();
    merge_members(role.options, body.value("options", json::object()));
    role.extra = extra_members(body, kKnown);
    create_role(txn, role);
    return Reply::created({{"role", role_view(call, role)}});
}

Reply show(Call& call, Transaction& txn) {
    return Reply::ok({{"role", role_view(call, require_role(txn, call.path("role_id")))}});
}

Reply update(Call& call, Transaction& txn) {
    const json& body = call.body()["role"];
    const Role before = require_role(txn, call.path("role_id"));
    Role role = before;
    role.name = text_or(body, "name", role.name);
    if (body.contains("description")) {
        role.description = text_or(body, "description", "");
        role.has_description = text_member(body, "description").has_value();
    }
    if (body.contains("domain_id")) role.domain_id = text_or(body, "domain_id", "");
    merge_members(role.options, body.value("options", json::object()));
    set_extra_members(role.extra, body, kKnown);
    update_role(txn, before, role);
    return Reply::ok({{"role", role_view(call, role)}});
}

Reply remove(Call& call, Transaction& txn) {
    delete_role(txn, require_role(txn, call.path("role_id")));
    return Reply::no_content();
}

json short_view(const Call& call, const Role& role) {
    return {{"id", role.id}, {"name", role.name}, {"links", {{"self", link_to(call, "roles", role.id)}}}};
}

json implied_views(Call& call, Transaction& txn, const std::string& prior_id) {
    json implied = json::array();
    for (const auto& rule : txn.scan<ImpliedRole>({}, prior_id))
        if (auto role = txn.get<Role>(rule.implied_role_id)) implied.push_back(short_view(call, *role));
    return implied;
}

Reply list_implied(Call& call, Transaction& txn) {
    const auto prior = require_role(txn, call.path("prior_role_id"));
    return Reply::ok(
        {{"role_inference", {{"prior_role", short_view(call, prior)}, {"implies", implied_views(call, txn, prior.id)}}},
         {"links", {{"self", call.base_url() + call.request().target}}}});
}

json inference_view(Call& call, const Role& prior, const Role& implied) {
    return {{"role_inference", {{"prior_role", short_view(call, prior)}, {"implies", short_view(call, implied)}}},
            {"links", {{"self", call.base_url() + call.request().target}}}};
}

Reply imply(Call& call, Transaction& txn) {
    const auto prior = require_role(txn, call.path("prior_role_id"));
    const auto implied = require_role(txn, call.path("implied_role_id"));
    add_implication(txn, prior, implied);
    return Reply::created(inference_view(call, prior, implied));
}

ImpliedRole rule_of(Call& call, Transaction& txn) {
    auto rule = txn.get<ImpliedRole>(call.path("prior_role_id"), call.path("implied_role_id"));
    if (!rule)
        throw Fault(Errc::not_found, "{} does not imply {}.", call.path("prior_role_id"), call.path("implied_role_id"));
    return *rule;
}

// HEAD has a rule of its own, and takes what GET takes besides.
constexpr std::string_view kCheckImplied = "identity:check_implied_role";

std::string_view rule_of_implication(Call& call, Transaction&) {
    return call.request().method == Method::head ? kCheckImplied : call.endpoint().policy.rule;
}

Reply show_implied(Call& call, Transaction& txn) {
    const auto rule = rule_of(call, txn);
    if (call.request().method == Method::head) {
        call.enforce(call.endpoint().policy.rule, json::object());
        return Reply::no_content();
    }
    return Reply::ok(
        inference_view(call, require_role(txn, rule.prior_role_id), require_role(txn, rule.implied_role_id)));
}

Reply no_longer_imply(Call& call, Transaction& txn) {
    remove_implication(txn, rule_of(call, txn));
    return Reply::no_content();
}

Reply list_inferences(Call& call, Transaction& txn) {
    json items = json::array();
    std::set<std::string> priors;
    for (const auto& rule : txn.scan<ImpliedRole>({})) priors.insert(rule.prior_role_id);
    for (const auto& id : priors)
        if (auto prior = txn.get<Role>(id))
            items.push_back({{"prior_role", short_view(call, *prior)}, {"implies", implied_views(call, txn, id)}});
    return Reply::ok({{"role_inferences", items}, {"links", {{"self", call.base_url() + "/v3/role_inferences"}}}});
}

constexpr std::string_view kMember = "role";
constexpr std::string_view kProperties =
    R"("name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "\\S"},
    "domain_id": {"type": ["string", "null"], "maxLength": 64}, "description": {"type": ["string", "null"]}, "options": {"type": "object", "additionalProperties": false, "properties": {"immutable": {"type": ["boolean", "null"]}}})";
constexpr Schema kCreate = body_of<kMember, kNamed, kProperties>;
constexpr Schema kUpdate = body_of<kMember, kAnything, kProperties>;

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v3/roles",
     .policy = Policy("identity:list_roles",
                      "(rule:admin_required or (role:reader and system_scope:all)) or (role:manager and not "
                      "domain_id:None)",
                      kAnyScope),
     .rule = rule_of_list,
     .summary = "List roles.",
     .handle = list_roles},
    {.method = Method::post,
     .path = "/v3/roles",
     .policy = admin_policy("identity:create_role"),
     .rule = rule_of_new,
     .body = kCreate,
     .success = 201,
     .summary = "Create a role.",
     .handle = create},
    {.method = Method::get,
     .path = "/v3/roles/{role_id}",
     .policy = Policy("identity:get_role",
                      "(rule:admin_required or (role:reader and system_scope:all)) or (role:manager and "
                      "rule:domain_managed_target_role)",
                      kAnyScope),
     .target = path_target,
     .rule = rule_of_existing,
     .summary = "Show a role.",
     .handle = show},
    {.method = Method::patch,
     .path = "/v3/roles/{role_id}",
     .policy = admin_policy("identity:update_role"),
     .target = path_target,
     .rule = rule_of_existing,
     .body = kUpdate,
     .summary = "Change a role.",
     .handle = update},
    {.method = Method::del,
     .path = "/v3/roles/{role_id}",
     .policy = admin_policy("identity:delete_role"),
     .target = path_target,
     .rule = rule_of_existing,
     .success = 204,
     .summary = "Delete a role and its assignments.",
     .handle = remove},
    {.method = Method::get,
     .path = "/v3/roles/{prior_role_id}/implies",
     .policy = reader_policy("identity:list_implied_roles"),
     .target = prior_target,
     .summary = "List the roles that a role implies.",
     .handle = list_implied},
    {.method = Method::put,
     .path = "/v3/roles/{prior_role_id}/implies/{implied_role_id}",
     .policy = admin_policy("identity:create_implied_role"),
     .target = prior_target,
     .body = api::kNoBody,
     .success = 201,
     .summary = "Let a role imply another.",
     .handle = imply},
    {.method = Method::get,
     .path = "/v3/roles/{prior_role_id}/implies/{implied_role_id}",
     .policy = reader_policy("identity:get_implied_role"),
     .target = prior_target,
     .rule = rule_of_implication,
     .summary = "Show that a role implies another.",
     .handle = show_implied},
    {.method = Method::del,
     .path = "/v3/roles/{prior_role_id}/implies/{implied_role_id}",
     .policy = admin_policy("identity:delete_implied_role"),
     .target = prior_target,
     .success = 204,
     .summary = "Let a role no longer imply another.",
     .handle = no_longer_imply},
    {.method = Method::get,
     .path = "/v3/role_inferences",
     .policy = reader_policy("identity:list_role_inference_rules"),
     .summary = "List every implication.",
     .handle = list_inferences},
};

}  // namespace

api::EndpointTable role_endpoints() { return kEndpoints; }

std::vector<auth::RuleDefault> more_role_rules() {
    const std::vector<std::string> scopes{"system", "project"};
    std::vector<auth::RuleDefault> rules;
    for (const char* read : {"identity:list_domain_roles", "identity:get_domain_role"})
        rules.push_back({read, std::string(kAdminOrReader), scopes});
    for (const char* change :
         {"identity:create_domain_role", "identity:update_domain_role", "identity:delete_domain_role"})
        rules.push_back({change, std::string(kAdmin), scopes});
    rules.push_back({std::string(kCheckImplied), std::string(kAdminOrReader), scopes});
    // The roles that managers of a domain may hand out.
    rules.push_back({"domain_managed_target_role",
                     "'manager':%(target.role.name)s or 'member':%(target.role.name)s or 'reader':%(target.role.name)s",
                     {}});
    return rules;
}

}  // namespace cumulet::identity
