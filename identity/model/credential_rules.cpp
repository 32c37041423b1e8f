#include "identity/model/credential_rules.hpp"

#include "identity/model/births.hpp"
#include "identity/model/faults.hpp"
#include "identity/model/resources.hpp"
#include "identity/model/revocation_rules.hpp"
#include "identity/model/users.hpp"

namespace cumulet::identity {

Credential require_credential(store::Transaction& txn, std::string_view id) {
    auto credential = txn.get<Credential>(id);
    if (!credential) throw not_found("credential", id);
    return *credential;
}

ApplicationCredential require_application_credential(store::Transaction& txn, std::string_view id) {
    auto credential = txn.get<ApplicationCredential>(id);
    if (!credential) throw not_found("Application Credential", id);
    return *credential;
}

namespace {

// The rows are read so that the commit fails when they go; Keystone takes credentials of users that it does not know.
void hang_on_owners(store::Transaction& txn, const Credential& credential) {
    if (txn.get<User>(credential.user_id)) hang_on(txn, credential.user_id);
    if (txn.get<Project>(credential.project_id)) hang_on(txn, credential.project_id);
}

}  // namespace

void create_credential(store::Transaction& txn, const Credential& credential) {
    if (txn.get<Credential>(credential.id))
        throw conflict("credential", fmt::format("Duplicate entry found with ID {}", credential.id));
    hang_on_owners(txn, credential);
    txn.put(credential, "created");
}

void update_credential(store::Transaction& txn, const Credential& credential) {
    hang_on_owners(txn, credential);
    txn.put(credential, "updated");
}

void create_application_credential(store::Transaction& txn, const ApplicationCredential& credential) {
    if (txn.find<ApplicationCredential>("name", credential.user_id, credential.name))
        throw conflict("application_credential", fmt::format("Duplicate entry found with name {}", credential.name));
    hang_on(txn, credential.user_id);
    hang_on(txn, credential.project_id);
    txn.put(credential, "created");
}

void delete_application_credential(store::Transaction& txn, const ApplicationCredential& credential) {
    revoke(txn, {.user_id = credential.user_id, .application_credential_id = credential.id});
    txn.erase(credential, "deleted");
}

AccessRule ensure_access_rule(store::Transaction& txn, AccessRule rule) {
    if (auto same = txn.find<AccessRule>("rule", rule.user_id, rule.service, rule.path, rule.method)) return *same;
    txn.put(rule, "created");
    return rule;
}

void remove_credentials_of_user(store::Transaction& txn, std::string_view user_id) {
    for (const auto& credential : txn.scan<Credential>({.index = "user"}, user_id))
        txn.erase(credential, "user deleted");
    for (const auto& credential : txn.scan<ApplicationCredential>({.index = "user"}, user_id))
        delete_application_credential(txn, credential);
    for (const auto& rule : txn.scan<AccessRule>({.index = "user"}, user_id)) txn.erase(rule, "user deleted");
}

void remove_credentials_of_project(store::Transaction& txn, std::string_view project_id) {
    for (const auto& credential : txn.scan<Credential>({.index = "project"}, project_id))
        txn.erase(credential, "project deleted");
    for (const auto& credential : txn.scan<ApplicationCredential>({.index = "project"}, project_id))
        delete_application_credential(txn, credential);
}

void remove_application_credentials(store::Transaction& txn, std::string_view user_id, std::string_view project_id) {
    for (const auto& credential : txn.scan<ApplicationCredential>({.index = "user"}, user_id))
        if (credential.project_id == project_id) delete_application_credential(txn, credential);
}

}  // namespace cumulet::identity
