// Rules over credentials and application credentials.
#pragma once

#include <string>

#include "common/store/transaction.hpp"
#include "identity/model/credentials.hpp"

namespace cumulet::identity {

Credential require_credential(store::Transaction& txn, std::string_view id);                         // Fault 404
ApplicationCredential require_application_credential(store::Transaction& txn, std::string_view id);  // Fault 404

// Fault 409 when one of that id is there.
void create_credential(store::Transaction& txn, const Credential& credential);
void update_credential(store::Transaction& txn, const Credential& credential);
void create_application_credential(store::Transaction& txn, const ApplicationCredential& credential);  // Fault 409
void delete_application_credential(store::Transaction& txn, const ApplicationCredential& credential);

// The rule of this user with this content, made when it is new.
AccessRule ensure_access_rule(store::Transaction& txn, AccessRule rule);

void remove_credentials_of_user(store::Transaction& txn, std::string_view user_id);
void remove_credentials_of_project(store::Transaction& txn, std::string_view project_id);
// Application credentials do not outlive the access they were made from.
void remove_application_credentials(store::Transaction& txn, std::string_view user_id, std::string_view project_id);

}  // namespace cumulet::identity
