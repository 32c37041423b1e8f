// Registered limits and the limits of projects and domains.
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/model/limit_rules.hpp"
#include "identity/model/resource_rules.hpp"

namespace cumulet::identity {
namespace {

json text_or_null(const std::string& text) { return text.empty() ? json(nullptr) : json(text); }

json view(const Call& call, const RegisteredLimit& limit) {
    return {{"id", limit.id},
            {"service_id", limit.service_id},
            {"region_id", text_or_null(limit.region_id)},
            {"resource_name", limit.resource_name},
            {"default_limit", limit.default_limit},
            {"description", text_or_null(limit.description)},
            {"links", {{"self", link_to(call, "registered_limits", limit.id)}}}};
}

json view(const Call& call, const Limit& limit) {
    return {{"id", limit.id},
            {"project_id", text_or_null(limit.project_id)},
            {"domain_id", text_or_null(limit.domain_id)},
            {"service_id", limit.service_id},
            {"region_id", text_or_null(limit.region_id)},
            {"resource_name", limit.resource_name},
            {"resource_limit", limit.resource_limit},
            {"description", text_or_null(limit.description)},
            {"links", {{"self", link_to(call, "limits", limit.id)}}}};
}

Reply list_registered(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& limit : txn.scan<RegisteredLimit>({})) items.push_back(view(call, limit));
    return list_reply(call, "registered_limits",
                      filtered(call, std::move(items), {"service_id", "region_id", "resource_name"}));
}

void take(RegisteredLimit& limit, const json& body) {
    limit.service_id = text_or(body, "service_id", limit.service_id);
    if (body.contains("region_id")) limit.region_id = text_or(body, "region_id", "");
    limit.resource_name = text_or(body, "resource_name", limit.resource_name);
    limit.default_limit = body.value("default_limit", limit.default_limit);
    if (body.contains("description")) limit.description = text_or(body, "description", "");
}

Reply create_registered(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& body : call.body()["registered_limits"]) {
        RegisteredLimit limit;
        limit.id = call.random().hex_uuid();
        take(limit, body);
        create_registered_limit(txn, limit);
        items.push_back(view(call, limit));
    }
    return Reply::created({{"registered_limits", items}});
}

Reply show_registered(Call& call, Transaction& txn) {
    return Reply::ok(
        {{"registered_limit", view(call, require_registered_limit(txn, call.path("registered_limit_id")))}});
}

Reply update_registered(Call& call, Transaction& txn) {
    const auto before = require_registered_limit(txn, call.path("registered_limit_id"));
    auto limit = before;
    take(limit, call.body()["registered_limit"]);
    update_registered_limit(txn, before, limit);
    return Reply::ok({{"registered_limit", view(call, limit)}});
}

Reply remove_registered(Call& call, Transaction& txn) {
    delete_registered_limit(txn, require_registered_limit(txn, call.path("registered_limit_id")));
    return Reply::no_content();
}

// Projects see their own, domains their own and their projects', the system, administrators and services all.
bool may_see(Transaction& txn, const auth::Context& who, const Limit& limit) {
    if (who.system_scope || who.is_admin() || who.has_role("service")) return true;
    if (who.domain_id.empty()) return limit.project_id == who.project_id;
    if (!limit.domain_id.empty()) return limit.domain_id == who.domain_id;
    auto project = txn.peek<Project>(limit.project_id);
    return project && project->domain_id == who.domain_id;
}

Reply list(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& limit : txn.scan<Limit>({}))
        if (may_see(txn, call.actor(), limit)) items.push_back(view(call, limit));
    return list_reply(
        call, "limits",
        filtered(call, std::move(items), {"service_id", "region_id", "resource_name", "project_id", "domain_id"}));
}

Reply create(Call& call, Transaction& txn) {
    std::vector<Limit> limits;
    for (const auto& body : call.body()["limits"]) {
        Limit& limit = limits.emplace_back();
        limit.id = call.random().hex_uuid();
        limit.project_id = text_or(body, "project_id", "");
        limit.domain_id = text_or(body, "domain_id", "");
        limit.service_id = text_or(body, "service_id", "");
        limit.region_id = text_or(body, "region_id", "");
        limit.resource_name = text_or(body, "resource_name", "");
        limit.resource_limit = body.value("resource_limit", std::int64_t{0});
        limit.description = text_or(body, "description", "");
        create_limit(txn, limit);
    }
    json items = json::array();
    for (const auto& limit : limits) {
        // Against each other too, in whatever order they came.
        if (identity_of(call).settings.two_level_limits) check_two_levels(txn, limit);
        items.push_back(view(call, limit));
    }
    return Reply::created({{"limits", items}});
}

Reply show(Call& call, Transaction& txn) {
    return Reply::ok({{"limit", view(call, require_limit(txn, call.path("limit_id")))}});
}

json limit_target(Call& call, Transaction& txn) {
    auto limit = txn.peek<Limit>(call.path("limit_id"));
    if (!limit) throw Fault(Errc::not_found, "Could not find limit for {}.", call.path("limit_id"));
    json shown{{"project_id", text_or_null(limit->project_id)}};
    if (!limit->domain_id.empty()) shown["domain"] = {{"id", limit->domain_id}};
    if (auto project = txn.peek<Project>(limit->project_id)) shown["project"] = {{"domain_id", project->domain_id}};
    return {{"target", {{"limit", shown}}}};
}

Reply update(Call& call, Transaction& txn) {
    auto limit = require_limit(txn, call.path("limit_id"));
    const json& body = call.body()["limit"];
    limit.resource_limit = body.value("resource_limit", limit.resource_limit);
    if (body.contains("description")) limit.description = text_or(body, "description", "");
    if (identity_of(call).settings.two_level_limits) check_two_levels(txn, limit);
    txn.put(limit, "updated");
    return Reply::ok({{"limit", view(call, limit)}});
}

Reply remove(Call& call, Transaction& txn) {
    txn.erase(require_limit(txn, call.path("limit_id")), "deleted");
    return Reply::no_content();
}

Reply show_model(Call& call, Transaction&) {
    if (identity_of(call).settings.two_level_limits)
        return Reply::ok({{"model",
                           {{"name", "strict_two_level"},
                            {"description", "This model requires project hierarchy never exceeds a depth of two."}}}});
    return Reply::ok(
        {{"model",
          {{"name", "flat"},
           {"description", "Limit enforcement and validation does not take project hierarchy into consideration."}}}});
}

constexpr std::string_view kGet =
    "rule:admin_required or (role:reader and system_scope:all) or (domain_id:%(target.limit.domain.id)s or "
    "domain_id:%(target.limit.project.domain_id)s) or (project_id:%(target.limit.project_id)s and not "
    "None:%(target.limit.project_id)s)";

constexpr Schema kCreateRegistered{
    R"({"type": "object", "required": ["registered_limits"], "properties": {"registered_limits": {"type": "array",
    "minItems": 1, "maxItems": 1000, "items": {"type": "object", "required": ["service_id", "resource_name", "default_limit"], "additionalProperties": false,
    "properties": {"service_id": {"type": "string", "minLength": 1, "maxLength": 64}, "region_id": {"type": ["string", "null"], "maxLength": 255},
        "resource_name": {"type": "string", "minLength": 1, "maxLength": 255}, "description": {"type": ["string", "null"]},
        "default_limit": {"type": "integer", "minimum": -1, "maximum": 2147483647}}}}}})"};
constexpr Schema kUpdateRegistered{
    R"({"type": "object", "required": ["registered_limit"], "properties": {"registered_limit": {"type": "object",
    "additionalProperties": false,
    "properties": {"service_id": {"type": "string", "minLength": 1, "maxLength": 64}, "region_id": {"type": ["string", "null"], "maxLength": 255},
        "resource_name": {"type": "string", "minLength": 1, "maxLength": 255}, "description": {"type": ["string", "null"]},
        "default_limit": {"type": "integer", "minimum": -1, "maximum": 2147483647}}}}})"};
constexpr Schema kCreate{
    R"({"type": "object", "required": ["limits"], "properties": {"limits": {"type": "array", "minItems": 1, "maxItems": 1000,
    "items": {"type": "object", "required": ["service_id", "resource_name", "resource_limit"], "additionalProperties": false,
    "oneOf": [{"required": ["project_id"]}, {"required": ["domain_id"]}],
    "properties": {"project_id": {"type": "string", "minLength": 1, "maxLength": 64}, "domain_id": {"type": "string", "minLength": 1, "maxLength": 64},
        "service_id": {"type": "string", "minLength": 1, "maxLength": 64}, "region_id": {"type": "string", "maxLength": 255},
        "resource_name": {"type": "string", "minLength": 1, "maxLength": 255}, "description": {"type": ["string", "null"]},
        "resource_limit": {"type": "integer", "minimum": -1, "maximum": 2147483647}}}}}})"};
constexpr Schema kUpdate{
    R"({"type": "object", "required": ["limit"], "properties": {"limit": {"type": "object", "additionalProperties": false,
    "properties": {"description": {"type": ["string", "null"]}, "resource_limit": {"type": "integer", "minimum": -1, "maximum": 2147483647}}}}})"};

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v3/registered_limits",
     .policy = Policy("identity:list_registered_limits", "", kAnyScope),
     .summary = "List the default limits.",
     .handle = list_registered},
    {.method = Method::post,
     .path = "/v3/registered_limits",
     .policy = admin_policy("identity:create_registered_limits"),
     .body = kCreateRegistered,
     .success = 201,
     .summary = "Register default limits.",
     .handle = create_registered},
    {.method = Method::get,
     .path = "/v3/registered_limits/{registered_limit_id}",
     .policy = Policy("identity:get_registered_limit", "", kAnyScope),
     .summary = "Show a default limit.",
     .handle = show_registered},
    {.method = Method::patch,
     .path = "/v3/registered_limits/{registered_limit_id}",
     .policy = admin_policy("identity:update_registered_limit"),
     .body = kUpdateRegistered,
     .summary = "Change a default limit.",
     .handle = update_registered},
    {.method = Method::del,
     .path = "/v3/registered_limits/{registered_limit_id}",
     .policy = admin_policy("identity:delete_registered_limit"),
     .success = 204,
     .summary = "Delete a default limit that nothing refers to.",
     .handle = remove_registered},
    {.method = Method::get,
     .path = "/v3/limits/model",
     .policy = Policy("identity:get_limit_model", "", kAnyScope),
     .summary = "Show how limits are to be enforced.",
     .handle = show_model},
    {.method = Method::get,
     .path = "/v3/limits",
     .policy = Policy("identity:list_limits", "", kAnyScope),
     .summary = "List limits.",
     .handle = list},
    {.method = Method::post,
     .path = "/v3/limits",
     .policy = admin_policy("identity:create_limits"),
     .body = kCreate,
     .success = 201,
     .summary = "Set limits of projects and domains.",
     .handle = create},
    {.method = Method::get,
     .path = "/v3/limits/{limit_id}",
     .policy = Policy("identity:get_limit", kGet, kAnyScope),
     .target = limit_target,
     .summary = "Show a limit.",
     .handle = show},
    {.method = Method::patch,
     .path = "/v3/limits/{limit_id}",
     .policy = admin_policy("identity:update_limit"),
     .body = kUpdate,
     .summary = "Change a limit.",
     .handle = update},
    {.method = Method::del,
     .path = "/v3/limits/{limit_id}",
     .policy = admin_policy("identity:delete_limit"),
     .success = 204,
     .summary = "Delete a limit: the default holds again.",
     .handle = remove},
};

}  // namespace

api::EndpointTable limit_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity
