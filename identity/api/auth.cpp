// Tokens: issue, validate, revoke; and what the holder of one may use.
#include "common/runtime/log.hpp"
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/api/views.hpp"
#include "identity/authentication.hpp"
#include "identity/login_audit.hpp"
#include "identity/login_rules.hpp"
#include "identity/model/assignment_rules.hpp"
#include "identity/model/resource_rules.hpp"
#include "identity/model/revocation_rules.hpp"
#include "identity/multi_factor.hpp"

namespace cumulet::identity {
namespace {

bool wants_catalog(const Call& call) { return !call.query("nocatalog"); }

Reply token_reply(int status, const std::string& id, const ValidToken& token, bool with_catalog) {
    return Reply::raw_json(status, token.document(with_catalog)).header("X-Subject-Token", id);
}

Reply issue_token(Call& call, Transaction& txn) {
    auto& identity = identity_of(call);
    auto auth = call.body().find("auth");
    if (auth == call.body().end()) throw expecting("auth", "request body");
    try {
        auto who = authenticate(call, txn, *auth);
        if (who.needs_more_methods) {
            audit_partial(call, who.facts);
            return receipt_reply(call, txn, who.facts.user_id, who.facts.methods);
        }
        note_activity(call, txn, who.facts.user_id);
        auto issued = identity.tokens.issue(txn, std::move(who.facts));
        audit_success(call, issued.token->facts);
        return token_reply(201, issued.id, *issued.token, wants_catalog(call));
    } catch (const Fault& fault) {
        audit_failure(call, txn, fault);
        throw;
    }
}

ValidTokenPtr subject_of(const Call& call) {
    auto subject = call.header("X-Subject-Token");
    auto& identity = identity_of(call);
    const bool grace = call.query("allow_expired") && call.query_bool("allow_expired").value_or(false);
    return subject ? identity.tokens.validate(*subject, grace ? identity.settings.expired_window : Duration{})
                   : nullptr;
}

Fault no_such_token() { return Fault(Errc::not_found, "Could not recognize Fernet token"); }

// Whether a token is a good one is no secret from who holds it.
json subject_target(Call& call, Transaction&) {
    auto token = subject_of(call);
    if (!token) throw no_such_token();
    return {{"target", {{"token", {{"user_id", token->facts.user_id}}}}}};
}

// Who does not say that it holds tokens to their access rules must not be told that one is good.
bool keeps_access_rules(const Call& call, const ValidToken& token) {
    if (call.header("OpenStack-Identity-Access-Rules")) return true;
    auto credential = token.context->token.find("application_credential");
    return credential == token.context->token.end() || !credential->contains("access_rules");
}

Reply validate_token(Call& call, Transaction&) {
    auto token = subject_of(call);
    if (!token || !keeps_access_rules(call, *token)) throw no_such_token();
    return token_reply(200, std::string(*call.header("X-Subject-Token")), *token, wants_catalog(call));
}

Reply revoke_token(Call& call, Transaction& txn) {
    auto token = subject_of(call);
    if (!token) throw no_such_token();
    // The event reaches to the token's own second, which may lie ahead of the clock (see TokenService::issue).
    revoke(txn, {.audit_id = token->facts.audit_ids.front(), .issued_before = token->facts.issued_at});
    return Reply::no_content();
}

// What the token itself brings along beside what the store knows of its user.
std::vector<std::string> federated_groups(const Call& call) {
    auto token = identity_of(call).tokens.validate(call.header("X-Auth-Token").value_or(""));
    return token ? token->facts.group_ids : std::vector<std::string>();
}

Reply list_projects(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& project : projects_of_user(txn, call.actor().user_id, federated_groups(call)))
        if (project.enabled) items.push_back(project_view(call, project));
    return list_reply(call, "projects", filtered(call, std::move(items), {"name", "domain_id", "enabled"}));
}

Reply list_domains(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& domain : domains_of_user(txn, call.actor().user_id, federated_groups(call)))
        if (domain.enabled) items.push_back(domain_view(call, domain));
    return list_reply(call, "domains", filtered(call, std::move(items), {"name", "enabled"}));
}

Reply list_systems(Call& call, Transaction& txn) {
    const auto roles =
        effective_roles(txn, call.actor().user_id, TargetKind::system, kSystemTarget, federated_groups(call));
    json items = json::array();
    if (!roles.empty()) items.push_back({{"all", true}});
    return Reply::ok({{"system", items}, {"links", {{"self", call.base_url() + "/v3/auth/system"}}}});
}

Reply show_catalog(Call& call, Transaction&) {
    auto token = identity_of(call).tokens.validate(call.header("X-Auth-Token").value_or(""));
    if (!token || !token->catalog)
        throw Fault(
            Errc::forbidden,
            "You are not authorized to perform the requested action: the token has no scope and so no catalog.");
    return Reply::raw_json(200, "{\"catalog\":" + *token->catalog +
                                    ",\"links\":" + json{{"self", call.base_url() + "/v3/auth/catalog"}}.dump() + "}");
}

constexpr std::string_view kValidate =
    "rule:admin_required or (role:reader and system_scope:all) or rule:service_role or rule:token_subject";
constexpr std::string_view kCheck = "rule:admin_required or (role:reader and system_scope:all) or rule:token_subject";
constexpr std::string_view kRevoke = "rule:admin_required or rule:token_subject";
constexpr std::string_view kCheckRule = "identity:check_token";

std::string_view rule_of_validation(Call& call, Transaction&) {
    return call.request().method == Method::head ? kCheckRule : call.endpoint().policy.rule;
}

constexpr Schema kLogin{R"({"type": "object"})"};

constexpr Endpoint kEndpoints[] = {
    {.method = Method::post,
     .path = "/v3/auth/tokens",
     .policy = Policy::open(),
     .body = kLogin,
     .success = 201,
     .summary = "Log in: issue a token.",
     .handle = issue_token,
     .heavy = true},
    {.method = Method::get,
     .path = "/v3/auth/tokens",
     .policy = Policy("identity:validate_token", kValidate, kAnyScope),
     .target = subject_target,
     .rule = rule_of_validation,
     .summary = "Validate a token and show what it gives.",
     .handle = validate_token},
    {.method = Method::del,
     .path = "/v3/auth/tokens",
     .policy = Policy("identity:revoke_token", kRevoke, kAnyScope),
     .target = subject_target,
     .success = 204,
     .summary = "Revoke a token.",
     .handle = revoke_token},
    {.method = Method::get,
     .path = "/v3/auth/projects",
     .policy = Policy("identity:get_auth_projects", ""),
     .summary = "List the projects that the token's user can scope to.",
     .handle = list_projects},
    {.method = Method::get,
     .path = "/v3/OS-FEDERATION/projects",
     .policy = Policy("identity:get_auth_projects", ""),
     .summary = "The older name of /v3/auth/projects.",
     .handle = list_projects},
    {.method = Method::get,
     .path = "/v3/auth/domains",
     .policy = Policy("identity:get_auth_domains", ""),
     .summary = "List the domains that the token's user can scope to.",
     .handle = list_domains},
    {.method = Method::get,
     .path = "/v3/OS-FEDERATION/domains",
     .policy = Policy("identity:get_auth_domains", ""),
     .summary = "The older name of /v3/auth/domains.",
     .handle = list_domains},
    {.method = Method::get,
     .path = "/v3/auth/system",
     .policy = Policy("identity:get_auth_system", ""),
     .summary = "Show whether the token's user can scope to the system.",
     .handle = list_systems},
    {.method = Method::get,
     .path = "/v3/auth/catalog",
     .policy = Policy("identity:get_auth_catalog", ""),
     .summary = "Show the catalog of the token.",
     .handle = show_catalog},
};

}  // namespace

api::EndpointTable auth_endpoints() { return kEndpoints; }

// Asking whether a token is one; services look at what it says, so they have no part in this, as with Keystone.
std::vector<auth::RuleDefault> head_rules() {
    return {{std::string(kCheckRule), std::string(kCheck), {"system", "domain", "project"}}};
}

}  // namespace cumulet::identity
