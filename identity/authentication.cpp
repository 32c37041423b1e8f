#include "identity/authentication.hpp"

#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "identity/directories.hpp"
#include "identity/login_rules.hpp"
#include "identity/model/assignment_rules.hpp"
#include "identity/model/credential_rules.hpp"
#include "identity/model/faults.hpp"
#include "identity/model/resource_rules.hpp"
#include "identity/model/trust_rules.hpp"
#include "identity/model/user_rules.hpp"
#include "identity/multi_factor.hpp"
#include "identity/oauth1_login.hpp"
#include "identity/password_rules.hpp"
#include "identity/totp.hpp"

namespace cumulet::identity {

using nlohmann::json;

api::Fault expecting(std::string_view attribute, std::string_view target) {
    return api::Fault(api::Errc::bad_request,
                      "Expecting to find {} in {}. The server could not comply with the request since it is either "
                      "malformed or otherwise "
                      "incorrect. The client is assumed to be in error.",
                      attribute, target);
}

namespace {

constexpr std::size_t kMostMethodsNamed = 64;  // with repeats

// A text member, or nullopt when it is missing; Fault 400 when it is something else.
std::optional<std::string> text_of(const json& object, const char* name) {
    auto found = object.find(name);
    if (found == object.end() || found->is_null()) return std::nullopt;
    if (!found->is_string())
        throw api::Fault(api::Errc::bad_request, "Invalid input for field '{}': it must be a string.", name);
    return found->get<std::string>();
}

const json* object_of(const json& object, const char* name) {
    auto found = object.find(name);
    if (found == object.end() || found->is_null()) return nullptr;
    if (!found->is_object())
        throw api::Fault(api::Errc::bad_request, "Invalid input for field '{}': it must be an object.", name);
    return &*found;
}

// What the methods found out together.
struct Login {
    const api::Call& call;
    const Identity& identity;
    store::Transaction& txn;
    tokens::TokenFacts facts;
    bool scope_is_fixed = false;

    void is_user(const std::string& id) {
        if (!facts.user_id.empty() && facts.user_id != id) throw unauthorized("the methods name different users");
        facts.user_id = id;
    }
    void ends_at(Timestamp time) {
        facts.expires_at = facts.expires_at == Timestamp{} ? time : std::min(facts.expires_at, time);
    }
};

// The user of {"id"} or {"name", "domain"}, or nullopt when there is none; the caller still has to cost what a hash
// costs.
std::optional<User> referred_user(store::Transaction& txn, const json& user) {
    if (auto id = text_of(user, "id")) return txn.get<User>(*id);
    auto name = text_of(user, "name");
    if (!name) throw expecting("id or name", "user");
    const auto* domain = object_of(user, "domain");
    if (!domain) throw expecting("domain", "user");
    std::optional<Project> found;
    if (auto domain_id = text_of(*domain, "id"))
        found = txn.get<Project>(*domain_id);
    else if (auto domain_name = text_of(*domain, "name"))
        found = find_domain_by_name(txn, *domain_name);
    else
        throw expecting("id or name", "domain");
    if (!found || !found->is_domain) return std::nullopt;
    return find_user_by_name(txn, found->id, *name);
}

// Whom a request means, as text: the same for the same user only.
std::string named_in(const json& user) { return user.value("id", json()).dump() + user.value("name", json()).dump(); }

// What both kinds of secret share that a user types: who is shut out is told nothing by text or time.
void by_user_secret(Login& login, const json& user, const std::function<bool(const std::optional<User>&)>& is_right) {
    const auto& rules = login.identity.settings.compliance;
    auto found = referred_user(login.txn, user);
    auto usable = found;
    if (usable &&
        (!usable->enabled || is_locked_out(login.txn, rules, *usable) || is_inactive(login.txn, rules, *usable)))
        usable.reset();
    const bool right = is_right(usable);
    if (!settle_attempt(login.call, found, named_in(user), right))
        throw unauthorized("wrong user or secret, or the user is disabled or locked out");
    login.is_user(found->id);
}

// The id of the domain that a reference to a user by name means, empty when there is none.
std::string domain_id_of_reference(store::Transaction& txn, const json& user) {
    const auto* domain = object_of(user, "domain");
    if (!domain) return "";
    if (auto id = text_of(*domain, "id")) return *id;
    auto found = find_domain_by_name(txn, text_of(*domain, "name").value_or(""));
    return found ? found->id : "";
}

// Whether a directory keeps the user and vouches for the password; it throws when it does not.
bool by_directory(Login& login, const json& user, const std::optional<User>& found, const std::string& password) {
    if (!login.identity.directories) return false;
    std::optional<std::string> id;
    try {
        // Also for who is shut out: it takes as long as for others.
        id = login.identity.directories->log_in(
            login.txn, {.domain_id = found ? found->domain_id : domain_id_of_reference(login.txn, user),
                        .name = text_of(user, "name").value_or(""),
                        .user_id = found ? found->id : "",
                        .password = password});
    } catch (const api::Fault& fault) {
        if (fault.code() == api::Errc::unauthorized) settle_attempt(login.call, found, named_in(user), false);
        throw;
    }
    if (!id) return false;
    if (!settle_attempt(login.call, login.txn.get<User>(*id), named_in(user), true))
        throw unauthorized("the user is locked out");
    login.is_user(*id);
    return true;
}

void by_password(Login& login, const json& data) {
    const auto* user = object_of(data, "user");
    if (!user) throw expecting("user", "password");
    auto password = text_of(*user, "password");
    if (!password) throw expecting("password", "user");
    if (password->size() > login.identity.settings.max_password_length) throw unauthorized("the password is too long");
    if (by_directory(login, *user, referred_user(login.txn, *user), *password)) return;
    std::optional<User> who;
    by_user_secret(login, *user, [&](const std::optional<User>& found) {
        who = found;
        const auto hash = found ? password_hash_of(login.txn, found->id) : std::nullopt;
        return login.identity.passwords.check(*password, hash, named_in(*user)) && found;
    });
    if (is_expired(*who, login.txn.now()))
        throw api::Fault(api::Errc::unauthorized, "The password is expired and needs to be changed for user: {}.",
                         who->id);
}

void by_totp(Login& login, const json& data) {
    const auto* user = object_of(data, "user");
    if (!user) throw expecting("user", "totp");
    auto passcode = text_of(*user, "passcode");
    if (!passcode) throw expecting("passcode", "user");
    by_user_secret(login, *user, [&](const std::optional<User>& found) {
        bool fits = false;
        if (!found) return fits;
        for (const auto& credential :
             login.txn.scan<Credential>({.index = "user"}, found->id, std::string_view("totp"))) {
            const auto secret = from_base32(login.identity.vault.open(credential.sealed_blob));
            fits |= secret && totp_fits(*secret, *passcode, login.txn.now(), login.identity.settings.totp_windows);
        }
        return fits;
    });
}

void by_token(Login& login, const json& data) {
    auto id = text_of(data, "id");
    if (!id) throw expecting("id", "token");
    auto parent = login.identity.tokens.validate(*id);
    if (!parent)
        throw api::Fault(api::Errc::not_found, "Failed to validate token")
            .detail("a token that is not valid was used to log in");
    const auto& facts = parent->facts;
    if (!facts.trust_id.empty() || !facts.access_token_id.empty() || !facts.application_credential_id.empty())
        throw api::Fault(api::Errc::forbidden,
                         "You are not authorized to perform the requested action: rescope a scoped token.");
    if (!login.identity.settings.allow_rescope && (!facts.project_id.empty() || !facts.domain_id.empty()))
        throw api::Fault(api::Errc::forbidden,
                         "You are not authorized to perform the requested action: rescope a scoped token.");
    login.is_user(facts.user_id);
    login.ends_at(facts.expires_at);
    login.facts.audit_ids = {facts.audit_ids.back()};
    login.facts.methods.insert(login.facts.methods.end(), facts.methods.begin(), facts.methods.end());
    login.facts.group_ids = facts.group_ids;
    login.facts.identity_provider_id = facts.identity_provider_id;
    login.facts.protocol_id = facts.protocol_id;
}

std::optional<ApplicationCredential> referred_credential(store::Transaction& txn, const json& data) {
    if (auto id = text_of(data, "id")) return txn.get<ApplicationCredential>(*id);
    auto name = text_of(data, "name");
    if (!name) throw expecting("name or ID", "application credential");
    const auto* user = object_of(data, "user");
    if (!user) throw expecting("user", "application credential");
    auto owner = referred_user(txn, *user);
    if (!owner) return std::nullopt;
    return txn.find<ApplicationCredential>("name", owner->id, *name);
}

void by_application_credential(Login& login, const json& data) {
    auto secret = text_of(data, "secret");
    auto credential = referred_credential(login.txn, data);
    if (!secret) throw expecting("secret", "application credential");
    if (secret->size() > login.identity.settings.max_password_length) throw unauthorized("the secret is too long");
    const auto hash = credential ? std::optional(credential->secret_hash) : std::nullopt;
    if (!login.identity.passwords.check(*secret, hash, text_of(data, "id").value_or("")) || !credential)
        throw unauthorized("wrong application credential");
    if (credential->expires_at && *credential->expires_at <= login.txn.now())
        throw unauthorized("the application credential has expired");
    login.is_user(credential->user_id);
    if (credential->expires_at) login.ends_at(*credential->expires_at);
    login.facts.project_id = credential->project_id;
    login.facts.application_credential_id = credential->id;
    login.scope_is_fixed = true;
}

void by_oauth1(Login& login) {
    const auto access = oauth_login(login.call, login.txn);
    login.is_user(access.user_id);
    if (access.expires_at) login.ends_at(*access.expires_at);
    login.facts.project_id = access.project_id;
    login.facts.access_token_id = access.id;
    login.scope_is_fixed = true;
}

void run_methods(Login& login, const json& identity) {
    auto methods = identity.find("methods");
    if (methods == identity.end() || !methods->is_array()) throw expecting("methods", "identity");
    if (methods->size() > kMostMethodsNamed) throw unauthorized("more methods than there are");
    std::vector<std::string> names;
    for (const auto& method : *methods) {
        if (!method.is_string())
            throw api::Fault(api::Errc::bad_request,
                             "Invalid input for field 'identity/methods': they must be strings.");
        auto name = method.get<std::string>();
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
    }
    if (names.empty()) throw unauthorized("no method was named");
    if (names.size() > login.identity.settings.methods.size()) throw unauthorized("more methods than there are");
    for (const auto& name : names) {
        const auto* data = object_of(identity, name.c_str());
        if (!data) throw expecting(name, "identity");
        login.facts.methods.insert(login.facts.methods.begin(), name);
        if (name == "password")
            by_password(login, *data);
        else if (name == "token")
            by_token(login, *data);
        else if (name == "application_credential")
            by_application_credential(login, *data);
        else if (name == "totp")
            by_totp(login, *data);
        else if (name == "oauth1")
            by_oauth1(login);
        else
            throw unauthorized("unsupported method " + name);
    }
    for (auto& shown : methods_of_receipt(login.call, login.facts.user_id))
        login.facts.methods.push_back(std::move(shown));
    std::set<std::string> seen;
    std::erase_if(login.facts.methods, [&](const std::string& name) { return !seen.insert(name).second; });
}

bool needs_more_methods(const Login& login) {
    if (login.facts.federated()) return false;
    auto user = login.txn.get<User>(login.facts.user_id);
    return user && !satisfies(factor_rules(*user, login.identity.settings.methods), login.facts.methods);
}

Project enabled_project(store::Transaction& txn, const json& reference) {
    std::optional<Project> project;
    if (auto name = text_of(reference, "name")) {
        const auto* domain = object_of(reference, "domain");
        if (!domain) throw expecting("domain", "project");
        project = find_project_by_name(txn, referred_domain(txn, *domain).id, *name);
    } else if (auto id = text_of(reference, "id")) {
        project = txn.get<Project>(*id);
    } else {
        throw expecting("id or name", "project");
    }
    if (!project || !project->enabled) throw unauthorized("the project is not there or disabled");
    return *project;
}

void take_trust(Login& login, const json& reference) {
    auto id = text_of(reference, "id");
    if (!id) throw expecting("trust_id", "trust");
    auto trust = login.txn.get<Trust>(*id);
    if (!trust || (trust->expires_at && *trust->expires_at <= login.txn.now()) || trust->remaining_uses == 0)
        throw unauthorized("the trust is gone");
    if (trust->trustee_user_id != login.facts.user_id) throw api::Fault(api::Errc::forbidden, "User is not a trustee.");
    if (!trust->project_id.empty()) enabled_project(login.txn, {{"id", trust->project_id}});
    login.facts.trust_id = trust->id;
    login.facts.project_id = trust->project_id;
    if (trust->expires_at) login.ends_at(*trust->expires_at);
    consume_use(login.txn, *trust);
}

void take_scope(Login& login, const json& scope) {
    if (scope.is_string() && scope.get<std::string>() == "unscoped") return;
    if (!scope.is_object())
        throw api::Fault(api::Errc::bad_request, "Invalid input for field 'scope': it must be an object.");
    std::size_t named = 0;
    for (const char* kind : {"project", "domain", "unscoped", "system", "OS-TRUST:trust"})
        named += scope.contains(kind) ? 1 : 0;
    if (named != 1) throw expecting("system, project, domain, OS-TRUST:trust or unscoped", "scope");
    if (scope.contains("system"))
        login.facts.system = true;
    else if (const auto* project = object_of(scope, "project"))
        login.facts.project_id = enabled_project(login.txn, *project).id;
    else if (const auto* domain = object_of(scope, "domain"))
        login.facts.domain_id = referred_domain(login.txn, *domain).id;
    else if (const auto* trust = object_of(scope, "OS-TRUST:trust"))
        take_trust(login, *trust);
    else if (!scope.contains("unscoped"))
        throw unauthorized("a scope of an unknown kind");
}

// Without a scope in the request: the user's default project, if it may still go there.
void default_scope(Login& login) {
    if (login.facts.federated()) return;
    auto user = login.txn.get<User>(login.facts.user_id);
    if (!user || user->default_project_id.empty()) return;
    auto project = login.txn.get<Project>(user->default_project_id);
    if (!project || !project->enabled) return;
    auto domain = login.txn.get<Project>(owning_domain(*project));
    if (!domain || !domain->enabled) return;
    if (!effective_roles(login.txn, user->id, TargetKind::project, project->id).empty())
        login.facts.project_id = project->id;
}

}  // namespace

Project referred_domain(store::Transaction& txn, const json& reference) {
    std::optional<Project> domain;
    if (auto name = text_of(reference, "name"))
        domain = find_domain_by_name(txn, *name);
    else if (auto id = text_of(reference, "id"))
        domain = txn.get<Project>(*id);
    else
        throw expecting("id or name", "domain");
    if (!domain || !domain->is_domain || !domain->enabled) throw unauthorized("the domain is not there or disabled");
    return *domain;
}

Authenticated authenticate(const api::Call& call, store::Transaction& txn, const json& auth) {
    if (!auth.is_object()) throw expecting("auth", "request body");
    const auto* method_data = object_of(auth, "identity");
    if (!method_data) throw expecting("identity", "auth");
    Login login{.call = call, .identity = call.module<Identity>(), .txn = txn, .facts = {}};
    run_methods(login, *method_data);
    if (needs_more_methods(login)) return {.facts = std::move(login.facts), .needs_more_methods = true};
    auto scope = auth.find("scope");
    const bool asked = scope != auth.end() && !scope->is_null();
    if (login.scope_is_fixed) {
        if (asked && !login.facts.application_credential_id.empty())
            throw api::Fault(api::Errc::bad_request,
                             "Invalid application credential: Application credentials cannot request a scope.");
    } else if (asked) {
        take_scope(login, *scope);
    } else {
        default_scope(login);
    }
    return {.facts = std::move(login.facts)};
}

}  // namespace cumulet::identity
