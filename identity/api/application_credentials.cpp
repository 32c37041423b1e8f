// Application credentials and the access rules they are limited to.
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/delegation.hpp"
#include "identity/model/credential_rules.hpp"
#include "identity/model/role_rules.hpp"
#include "identity/model/user_rules.hpp"

namespace cumulet::identity {
namespace {

constexpr std::size_t kSecretBytes = 64;
constexpr std::string_view kManage = "manage application credentials with a delegated token";

std::string collection_of(const std::string& user_id) {
    return fmt::format("users/{}/application_credentials", user_id);
}

json rule_view(const Call& call, const AccessRule& rule) {
    return {{"id", rule.id},
            {"service", rule.service},
            {"path", rule.path},
            {"method", rule.method},
            {"links", {{"self", link_to(call, fmt::format("users/{}/access_rules", rule.user_id), rule.id)}}}};
}

json view(const Call& call, Transaction& txn, const ApplicationCredential& credential) {
    json roles = json::array();
    for (const auto& id : credential.role_ids)
        if (auto role = txn.get<Role>(id))
            roles.push_back({{"id", role->id},
                             {"name", role->name},
                             {"domain_id", role->domain_id.empty() ? json(nullptr) : json(role->domain_id)}});
    json shown{{"id", credential.id},
               {"name", credential.name},
               {"description", credential.description.empty() ? json(nullptr) : json(credential.description)},
               {"user_id", credential.user_id},
               {"project_id", credential.project_id},
               {"system", nullptr},
               {"roles", roles},
               {"unrestricted", credential.unrestricted},
               {"expires_at", credential.expires_at ? json(to_iso_naive(*credential.expires_at)) : json(nullptr)},
               {"links", {{"self", link_to(call, collection_of(credential.user_id), credential.id)}}}};
    if (credential.has_access_rules) {
        json rules = json::array();
        for (const auto& id : credential.access_rule_ids)
            if (auto rule = txn.get<AccessRule>(id))
                rules.push_back(
                    {{"id", rule->id}, {"service", rule->service}, {"path", rule->path}, {"method", rule->method}});
        shown["access_rules"] = rules;
    }
    return shown;
}

Reply list(Call& call, Transaction& txn) {
    const auto user = require_user(txn, call.path("user_id"));
    json items = json::array();
    for (const auto& credential : txn.scan<ApplicationCredential>({.index = "user"}, user.id))
        items.push_back(view(call, txn, credential));
    return list_reply(call, "application_credentials", filtered(call, std::move(items), {"name"}));
}

// The wanted roles, all of them in the token; without a wish, all of the token's.
std::vector<std::string> roles_for(Call& call, Transaction& txn, const json& body) {
    const auto& own = call.actor().role_ids;
    auto wanted = body.find("roles");
    if (wanted == body.end() || !wanted->is_array() || wanted->empty()) return own;
    std::vector<std::string> ids;
    for (const auto& each : *wanted) {
        std::string id = text_or(each, "id", "");
        if (id.empty()) {
            const auto name = text_or(each, "name", "");
            auto role = find_role_by_name(txn, "", name);
            if (!role) throw not_found("role", name);
            id = role->id;
        }
        if (std::find(own.begin(), own.end(), id) == own.end())
            throw Fault(Errc::bad_request,
                        "Invalid application credential: Cannot create an application credential with unassigned "
                        "role");
        ids.push_back(std::move(id));
    }
    return ids;
}

std::optional<Timestamp> end_of(Call& call, const json& body) {
    auto text = text_member(body, "expires_at");
    if (!text) return std::nullopt;
    auto time = parse_iso(*text);
    if (!time)
        throw Fault(Errc::bad_request,
                    "Timestamp not in expected format. The server could not comply with the request since it is either "
                    "malformed or otherwise incorrect. The client is assumed to be in error.");
    if (*time < call.now())
        throw Fault(Errc::bad_request,
                    "The 'expires_at' must not be before now. The server could not comply with the request since it is "
                    "either malformed or otherwise incorrect. The client is assumed to be in error.");
    return time;
}

void take_access_rules(Call& call, Transaction& txn, const json& body, ApplicationCredential& credential) {
    auto rules = body.find("access_rules");
    if (rules == body.end() || !rules->is_array()) return;
    credential.has_access_rules = true;
    for (const auto& each : *rules) {
        if (auto id = text_member(each, "id")) {
            auto known = txn.get<AccessRule>(*id);
            if (!known || known->user_id != credential.user_id) throw not_found("Access Rule", *id);
            credential.access_rule_ids.push_back(known->id);
            continue;
        }
        AccessRule rule{.id = call.random().hex_uuid(),
                        .user_id = credential.user_id,
                        .service = text_or(each, "service", ""),
                        .path = text_or(each, "path", ""),
                        .method = text_or(each, "method", "")};
        if (rule.service.empty() || rule.path.empty() || rule.method.empty())
            throw Fault(Errc::bad_request,
                        "Invalid input for field 'access_rules': a rule has a service, a path and a method.");
        credential.access_rule_ids.push_back(ensure_access_rule(txn, rule).id);
    }
}

Reply create(Call& call, Transaction& txn) {
    const auto& who = call.actor();
    const json& body = call.body()["application_credential"];
    require_unrestricted(call, kManage);
    if (who.user_id != call.path("user_id"))
        throw Fault(Errc::forbidden,
                    "You are not authorized to perform the requested action: Cannot create an application credential "
                    "for another user..");
    if (who.project_id.empty())
        throw Fault(Errc::bad_request, "Invalid application credential: it needs a token for a project.");
    ApplicationCredential credential;
    credential.id = call.random().hex_uuid();
    credential.name = text_or(body, "name", "");
    credential.description = text_or(body, "description", "");
    credential.user_id = who.user_id;
    credential.project_id = who.project_id;
    credential.role_ids = roles_for(call, txn, body);
    credential.expires_at = end_of(call, body);
    credential.unrestricted = bool_or(body, "unrestricted", false);
    credential.created_at = call.now();
    take_access_rules(call, txn, body, credential);
    auto& identity = identity_of(call);
    auto given = text_member(body, "secret");
    if (given && given->size() > identity.settings.max_password_length)
        throw Fault(Errc::bad_request, "Invalid application credential: the secret is too long.");
    const auto secret = given ? *given : call.random().token(kSecretBytes);
    credential.secret_hash = given ? identity.passwords.hash(secret) : identity.passwords.hash_random_secret(secret);
    create_application_credential(txn, credential);
    json shown = view(call, txn, credential);
    shown["secret"] = secret;
    return Reply::created({{"application_credential", shown}});
}

// It belongs to whom it says, whatever user the path names.
json owner_target(Call& call, Transaction& txn) {
    auto credential = txn.peek<ApplicationCredential>(call.path("application_credential_id"));
    return credential ? json{{"user_id", credential->user_id}} : json::object();
}

Reply show(Call& call, Transaction& txn) {
    return Reply::ok({{"application_credential",
                       view(call, txn, require_application_credential(txn, call.path("application_credential_id")))}});
}

Reply remove(Call& call, Transaction& txn) {
    require_unrestricted(call, kManage);
    delete_application_credential(txn, require_application_credential(txn, call.path("application_credential_id")));
    return Reply::no_content();
}

Reply list_rules(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& rule : txn.scan<AccessRule>({.index = "user"}, call.path("user_id")))
        items.push_back(rule_view(call, rule));
    return list_reply(call, "access_rules", filtered(call, std::move(items), {"service", "path", "method"}));
}

AccessRule rule_of(Call& call, Transaction& txn) {
    auto rule = txn.get<AccessRule>(call.path("access_rule_id"));
    if (!rule || rule->user_id != call.path("user_id")) throw not_found("Access Rule", call.path("access_rule_id"));
    return *rule;
}

Reply show_rule(Call& call, Transaction& txn) {
    return Reply::ok({{"access_rule", rule_view(call, rule_of(call, txn))}});
}

Reply remove_rule(Call& call, Transaction& txn) {
    const auto rule = rule_of(call, txn);
    for (const auto& credential : txn.scan<ApplicationCredential>({.index = "user"}, rule.user_id))
        if (std::find(credential.access_rule_ids.begin(), credential.access_rule_ids.end(), rule.id) !=
            credential.access_rule_ids.end())
            throw Fault(Errc::forbidden,
                        "You are not authorized to perform the requested action: access rule {} is in use by an "
                        "application credential.",
                        rule.id);
    txn.erase(rule, "deleted");
    return Reply::no_content();
}

constexpr std::string_view kRead = "(rule:admin_required) or (role:reader and system_scope:all) or rule:owner";
constexpr std::string_view kReadRules = "(role:reader and system_scope:all) or user_id:%(target.user.id)s";
constexpr std::string_view kDeleteRules = "(role:admin and system_scope:all) or user_id:%(target.user.id)s";
constexpr Schema kCreate{
    R"({"type": "object", "required": ["application_credential"], "properties": {"application_credential": {
    "type": "object", "required": ["name"], "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "\\S"},
        "description": {"type": ["string", "null"]},
        "secret": {"type": ["string", "null"]},
        "expires_at": {"type": ["string", "null"]},
        "roles": {"type": "array", "maxItems": 1000, "items": {"type": "object", "minProperties": 1, "maxProperties": 1,
            "properties": {"id": {"type": "string"}, "name": {"type": "string"}}, "additionalProperties": false}},
        "unrestricted": {"type": "boolean"},
        "access_rules": {"type": "array", "maxItems": 1000, "items": {"type": "object", "additionalProperties": false, "properties": {
            "path": {"type": "string", "maxLength": 225, "pattern": "^/"},
            "method": {"type": "string", "enum": ["POST", "GET", "HEAD", "PATCH", "PUT", "DELETE"]},
            "service": {"type": "string", "maxLength": 64}, "id": {"type": "string", "maxLength": 64}}}}}}}})"};

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v3/users/{user_id}/application_credentials",
     .policy = Policy("identity:list_application_credentials", kRead, kSystemProject),
     .summary = "List the application credentials of a user.",
     .handle = list},
    {.method = Method::post,
     .path = "/v3/users/{user_id}/application_credentials",
     .policy = Policy("identity:create_application_credential", "user_id:%(user_id)s", "project"),
     .body = kCreate,
     .success = 201,
     .summary = "Create an application credential of one's own.",
     .handle = create,
     .heavy = true},
    {.method = Method::get,
     .path = "/v3/users/{user_id}/application_credentials/{application_credential_id}",
     .policy = Policy("identity:get_application_credential", kRead, kSystemProject),
     .target = owner_target,
     .summary = "Show an application credential.",
     .handle = show},
    {.method = Method::del,
     .path = "/v3/users/{user_id}/application_credentials/{application_credential_id}",
     .policy = Policy("identity:delete_application_credential", "rule:admin_or_owner", kSystemProject),
     .target = owner_target,
     .success = 204,
     .summary = "Delete an application credential.",
     .handle = remove},
    {.method = Method::get,
     .path = "/v3/users/{user_id}/access_rules",
     .policy = Policy("identity:list_access_rules", kReadRules, kSystemProject),
     .target = path_target,
     .summary = "List the access rules of a user.",
     .handle = list_rules},
    {.method = Method::get,
     .path = "/v3/users/{user_id}/access_rules/{access_rule_id}",
     .policy = Policy("identity:get_access_rule", kReadRules, kSystemProject),
     .target = path_target,
     .summary = "Show an access rule.",
     .handle = show_rule},
    {.method = Method::del,
     .path = "/v3/users/{user_id}/access_rules/{access_rule_id}",
     .policy = Policy("identity:delete_access_rule", kDeleteRules, kSystemProject),
     .target = path_target,
     .success = 204,
     .summary = "Delete an access rule that nothing uses.",
     .handle = remove_rule},
};

}  // namespace

api::EndpointTable application_credential_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity
