// Rules over OAuth consumers and what users authorised.
#pragma once

#include "common/store/transaction.hpp"
#include "identity/model/oauth1.hpp"
#include "identity/model/roles.hpp"

namespace cumulet::identity {

OauthConsumer require_consumer(store::Transaction& txn, std::string_view id);      // Fault 404
OauthRequest require_oauth_request(store::Transaction& txn, std::string_view id);  // Fault 401 (ended), 404
OauthAccess require_oauth_access(store::Transaction& txn, std::string_view id);    // Fault 404

void delete_consumer(store::Transaction& txn, const OauthConsumer& consumer);  // with all that was given to it
// Tokens made with it are void.
void delete_oauth_access(store::Transaction& txn, const OauthAccess& access, std::string_view reason);
void remove_oauth_of_user(store::Transaction& txn, std::string_view user_id);
void remove_oauth_of_project(store::Transaction& txn, std::string_view project_id);

// The authorised roles, and those they imply, that the user still has.
std::vector<Role> oauth_roles(store::Transaction& txn, const OauthAccess& access);

}  // namespace cumulet::identity
