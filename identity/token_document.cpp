#include "identity/token_document.hpp"

#include <nlohmann/json.hpp>

#include "identity/catalog_document.hpp"
#include "identity/login_rules.hpp"
#include "identity/model/assignment_rules.hpp"
#include "identity/model/credential_rules.hpp"
#include "identity/model/faults.hpp"
#include "identity/model/federation_rules.hpp"
#include "identity/model/oauth1_rules.hpp"
#include "identity/model/resource_rules.hpp"
#include "identity/model/trust_rules.hpp"
#include "identity/model/user_rules.hpp"

namespace cumulet::identity {
namespace {

using Json = nlohmann::ordered_json;

// What is gathered while a token is described.
struct Draft {
    store::Transaction& txn;
    const tokens::TokenFacts& facts;
    const Compliance& rules;
    auth::Context who;
    std::vector<std::string> domain_ids;
    Json token = Json::object();
    std::optional<Timestamp> look_again_at;
};

Project enabled_domain(Draft& draft, const std::string& id) {
    auto domain = draft.txn.get<Project>(id);
    if (!domain || !domain->is_domain) throw unauthorized("domain " + id + " is gone");
    if (!domain->enabled) throw unauthorized("domain " + id + " is disabled");
    draft.domain_ids.push_back(id);
    return *domain;
}

Json name_and_id(const Project& project) { return Json{{"id", project.id}, {"name", project.name}}; }

void show_user(Draft& draft, const User& user, const Project& domain) {
    draft.token["user"] =
        Json{{"domain", name_and_id(domain)},
             {"id", user.id},
             {"name", user.name},
             {"password_expires_at",
              user.password_expires_at ? Json(to_iso_micros(*user.password_expires_at)) : Json(nullptr)}};
    draft.who.user_id = user.id;
    draft.who.user_name = user.name;
    draft.who.user_domain_id = domain.id;
    draft.who.user_domain_name = domain.name;
}

// Who vouched for the user, which must still be one who may.
void describe_federation(Draft& draft) {
    auto idp = draft.txn.get<IdentityProvider>(draft.facts.identity_provider_id);
    if (!idp || !idp->enabled) throw unauthorized("the identity provider is gone or disabled");
    Json groups = Json::array();
    for (const auto& id : draft.facts.group_ids) groups.push_back(Json{{"id", id}});
    auto& user = draft.token["user"];
    user.erase("password_expires_at");
    user["OS-FEDERATION"] = Json{{"groups", std::move(groups)},
                                 {"identity_provider", Json{{"id", idp->id}}},
                                 {"protocol", Json{{"id", draft.facts.protocol_id}}}};
}

void describe_user(Draft& draft) {
    auto user = draft.txn.get<User>(draft.facts.user_id);
    if (!user) throw unauthorized("the user is gone");
    if (!user->enabled) throw unauthorized("the user is disabled");
    if (is_inactive(draft.txn, draft.rules, *user)) throw unauthorized("the user has not logged in for too long");
    draft.token["methods"] = draft.facts.methods;
    show_user(draft, *user, enabled_domain(draft, user->domain_id));
    if (draft.facts.federated()) describe_federation(draft);
    for (const auto& membership : expiring_memberships_of(draft.txn, user->id))
        draft.look_again_at = std::min(draft.look_again_at.value_or(membership.expires_at), membership.expires_at);
}

void describe_service_providers(Draft& draft) {
    Json providers = Json::array();
    for (const auto& provider : draft.txn.scan<ServiceProvider>({}))
        if (provider.enabled)
            providers.push_back(
                Json{{"id", provider.id}, {"auth_url", provider.auth_url}, {"sp_url", provider.sp_url}});
    if (!providers.empty()) draft.token["service_providers"] = std::move(providers);
}

void describe_times(Draft& draft) {
    draft.token["audit_ids"] = draft.facts.audit_ids;
    draft.token["expires_at"] = to_iso_micros(draft.facts.expires_at);
    draft.token["issued_at"] = to_iso_micros(draft.facts.issued_at);
    draft.who.methods = draft.facts.methods;
    draft.who.audit_ids = draft.facts.audit_ids;
    draft.who.expires_at = draft.facts.expires_at;
    draft.who.issued_at = draft.facts.issued_at;
}

void describe_project(Draft& draft) {
    auto project = draft.txn.get<Project>(draft.facts.project_id);
    if (!project) throw unauthorized("the project is gone");
    if (!project->enabled) throw unauthorized("the project is disabled");
    const auto domain = enabled_domain(draft, owning_domain(*project));
    draft.token["project"] = Json{{"domain", name_and_id(domain)}, {"id", project->id}, {"name", project->name}};
    draft.token["is_domain"] = project->is_domain;
    draft.who.project_id = project->id;
    draft.who.project_name = project->name;
    draft.who.project_domain_id = domain.id;
    draft.who.project_domain_name = domain.name;
}

void describe_domain(Draft& draft) {
    const auto domain = enabled_domain(draft, draft.facts.domain_id);
    draft.token["domain"] = name_and_id(domain);
    draft.who.domain_id = domain.id;
    draft.who.domain_name = domain.name;
}

void describe_roles(Draft& draft, std::vector<Role> roles) {
    if (roles.empty()) throw unauthorized("no role on what the token is for");
    Json list = Json::array();
    for (auto& role : roles) {
        list.push_back(Json{{"id", role.id}, {"name", role.name}});
        draft.who.role_ids.push_back(std::move(role.id));
        draft.who.roles.push_back(std::move(role.name));
    }
    draft.token["roles"] = std::move(list);
}

// Those of the credential's roles that its user still has.
std::vector<Role> roles_left(std::vector<Role> roles, const ApplicationCredential& credential) {
    std::erase_if(roles, [&](const Role& role) {
        return std::find(credential.role_ids.begin(), credential.role_ids.end(), role.id) == credential.role_ids.end();
    });
    return roles;
}

void describe_application_credential(Draft& draft, const ApplicationCredential& credential) {
    draft.who.application_credential_id = credential.id;
    Json shown{{"id", credential.id}, {"name", credential.name}, {"restricted", !credential.unrestricted}};
    if (credential.has_access_rules) {
        Json rules = Json::array();
        for (const auto& id : credential.access_rule_ids)
            if (auto rule = draft.txn.get<AccessRule>(id))
                rules.push_back(
                    Json{{"id", rule->id}, {"service", rule->service}, {"path", rule->path}, {"method", rule->method}});
        shown["access_rules"] = std::move(rules);
    }
    draft.token["application_credential"] = std::move(shown);
}

// The trustee's token, in the trustor's name when the trust says so.
void describe_trust(Draft& draft) {
    const auto trust = [&] {
        auto found = draft.txn.get<Trust>(draft.facts.trust_id);
        if (!found || (found->expires_at && *found->expires_at <= draft.txn.now()))
            throw unauthorized("the trust is gone");
        return *found;
    }();
    if (trust.trustee_user_id != draft.facts.user_id) throw api::Fault(api::Errc::forbidden, "User is not a trustee.");
    auto trustor = draft.txn.get<User>(trust.trustor_user_id);
    if (!trustor || !trustor->enabled) throw api::Fault(api::Errc::forbidden, "Trustor is disabled.");
    const auto trustor_domain = enabled_domain(draft, trustor->domain_id);
    draft.token["OS-TRUST:trust"] = Json{{"id", trust.id},
                                         {"trustor_user", Json{{"id", trust.trustor_user_id}}},
                                         {"trustee_user", Json{{"id", trust.trustee_user_id}}},
                                         {"impersonation", trust.impersonation}};
    draft.who.trust_id = trust.id;
    if (trust.impersonation) show_user(draft, *trustor, trustor_domain);
    if (trust.project_id.empty()) return;
    describe_project(draft);
    draft.token.erase("is_domain");
    describe_roles(draft, trusted_roles(draft.txn, trust));
}

void describe_oauth(Draft& draft) {
    auto access = draft.txn.get<OauthAccess>(draft.facts.access_token_id);
    if (!access) throw unauthorized("the OAuth access token is gone");
    draft.token["OS-OAUTH1"] = Json{{"access_token_id", access->id}, {"consumer_id", access->consumer_id}};
    describe_project(draft);
    describe_roles(draft, oauth_roles(draft.txn, *access));
}

void describe_scope(Draft& draft) {
    const auto& facts = draft.facts;
    std::optional<ApplicationCredential> credential;
    if (!facts.application_credential_id.empty()) {
        credential = draft.txn.get<ApplicationCredential>(facts.application_credential_id);
        if (!credential) throw unauthorized("the application credential is gone");
    }
    if (!facts.trust_id.empty()) {
        describe_trust(draft);
    } else if (!facts.access_token_id.empty()) {
        describe_oauth(draft);
    } else if (facts.system) {
        describe_roles(draft,
                       effective_roles(draft.txn, facts.user_id, TargetKind::system, kSystemTarget, facts.group_ids));
        draft.token["system"] = Json{{"all", true}};
        draft.who.system_scope = true;
    } else if (!facts.domain_id.empty()) {
        describe_domain(draft);
        describe_roles(draft,
                       effective_roles(draft.txn, facts.user_id, TargetKind::domain, facts.domain_id, facts.group_ids));
    } else if (!facts.project_id.empty()) {
        describe_project(draft);
        auto roles = effective_roles(draft.txn, facts.user_id, TargetKind::project, facts.project_id, facts.group_ids);
        describe_roles(draft, credential ? roles_left(std::move(roles), *credential) : std::move(roles));
    }
    if (credential) describe_application_credential(draft, *credential);
}

bool is_scoped(const tokens::TokenFacts& facts) {
    return facts.system || !facts.project_id.empty() || !facts.domain_id.empty();
}

}  // namespace

std::string ValidToken::document(bool with_catalog) const {
    if (!with_catalog || !catalog) return document_without_catalog;
    constexpr std::string_view kEnd = "}}";
    std::string whole;
    whole.reserve(document_without_catalog.size() + catalog->size() + 16);
    whole.append(document_without_catalog, 0, document_without_catalog.size() - kEnd.size());
    whole += ",\"catalog\":";
    whole += *catalog;
    whole += kEnd;
    return whole;
}

std::shared_ptr<ValidToken> described_alike(const ValidToken& known, const tokens::TokenFacts& facts) {
    auto valid = std::make_shared<ValidToken>(known);
    valid->facts = facts;
    const Json audit_ids = facts.audit_ids;
    const auto expires_at = to_iso_micros(facts.expires_at), issued_at = to_iso_micros(facts.issued_at);
    // The three stand together (describe_times), and nothing but a member's name can look like this: quotes within
    // values are escaped.
    auto& text = valid->document_without_catalog;
    constexpr std::string_view kFirst = ",\"audit_ids\":", kLast = "\"issued_at\":\"";
    const auto begin = text.find(kFirst);
    const auto end = text.find('"', text.find(kLast, begin) + kLast.size()) + 1;
    text.replace(
        begin, end - begin,
        fmt::format(R"(,"audit_ids":{},"expires_at":"{}","issued_at":"{}")", audit_ids.dump(), expires_at, issued_at));
    auto who = *known.context;
    who.audit_ids = facts.audit_ids;
    who.expires_at = facts.expires_at;
    who.issued_at = facts.issued_at;
    who.token["audit_ids"] = facts.audit_ids;
    who.token["expires_at"] = expires_at;
    who.token["issued_at"] = issued_at;
    valid->context = std::make_shared<auth::Context>(std::move(who));
    return valid;
}

std::shared_ptr<ValidToken> describe_token(store::Transaction& txn, const tokens::TokenFacts& facts,
                                           const Compliance& rules) {
    Draft draft{.txn = txn, .facts = facts, .rules = rules, .who = {}, .domain_ids = {}};
    describe_user(draft);
    describe_times(draft);
    describe_scope(draft);
    describe_service_providers(draft);
    auto valid = std::make_shared<ValidToken>();
    valid->facts = facts;
    valid->domain_ids = std::move(draft.domain_ids);
    valid->look_again_at = draft.look_again_at;
    valid->document_without_catalog = Json{{"token", draft.token}}.dump();
    auto document = nlohmann::json::parse(valid->document_without_catalog);
    draft.who.token = std::move(document["token"]);
    if (is_scoped(facts))
        valid->catalog = std::make_shared<const std::string>(catalog_document(txn, facts.user_id, facts.project_id));
    valid->context = std::make_shared<auth::Context>(std::move(draft.who));
    return valid;
}

}  // namespace cumulet::identity
