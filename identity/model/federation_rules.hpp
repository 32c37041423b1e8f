// Rules over federation: what refers to what, and what goes with it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/store/transaction.hpp"
#include "identity/model/federation.hpp"
#include "identity/model/users.hpp"

namespace cumulet::identity {

// Fault 404 when there is none.
IdentityProvider require_idp(store::Transaction& txn, std::string_view id);
FederationProtocol require_protocol(store::Transaction& txn, std::string_view idp_id, std::string_view id);
Mapping require_mapping(store::Transaction& txn, std::string_view id);
ServiceProvider require_service_provider(store::Transaction& txn, std::string_view id);

// Without a domain in `idp` one is made for it, under the given id. Fault 404 (domain), 409 (id, remote id).
void create_idp(store::Transaction& txn, IdentityProvider& idp, const std::string& new_domain_id);
// Fault 409 (remote id). One that is disabled makes its tokens void.
void update_idp(store::Transaction& txn, const IdentityProvider& before, const IdentityProvider& changed);
// With its protocols, and the users that only it knew.
void delete_idp(store::Transaction& txn, const IdentityProvider& idp);
// Of a domain that goes.
void remove_idps_of_domain(store::Transaction& txn, std::string_view domain_id);
// The provider that sends this remote id; nullopt when nobody does.
std::optional<IdentityProvider> idp_of_remote_id(store::Transaction& txn, std::string_view remote_id);

// Fault 400 (mapping), 409.
void create_protocol(store::Transaction& txn, const FederationProtocol& protocol);
void update_protocol(store::Transaction& txn, const FederationProtocol& protocol);  // Fault 400
void delete_protocol(store::Transaction& txn, const FederationProtocol& protocol);

std::vector<FederatedUser> federated_objects_of(store::Transaction& txn, std::string_view user_id);
// Replaces them. Fault 400 when a provider or protocol is not there, 409 when an identity is another user's.
void set_federated_objects(store::Transaction& txn, const User& user, const std::vector<FederatedUser>& objects);
void remove_federation_of_user(store::Transaction& txn, std::string_view user_id);
void remove_expiring_memberships_in(store::Transaction& txn, std::string_view group_id);

// The user behind an identity, made (with the id that `identity` names) when it is new, named as it is named now; an
// e-mail address is kept with it. Fault 409 when that id is another provider's user.
User shadow_federated_user(store::Transaction& txn, const IdentityProvider& idp, const FederatedUser& identity,
                           const std::optional<std::string>& email);
// Memberships last until `expires_at`; those that the provider no longer vouches for end.
void set_expiring_memberships(store::Transaction& txn, std::string_view user_id, std::string_view idp_id,
                              const std::vector<std::string>& group_ids, Timestamp expires_at);
// Those in force now.
std::vector<ExpiringMembership> expiring_memberships_of(store::Transaction& txn, std::string_view user_id);

// Fault 401 when it was used before.
void use_assertion_once(store::Transaction& txn, std::string_view idp_id, std::string_view assertion_id,
                        Timestamp until);
// Removes at most `most` used assertions that are no good any more, and ended memberships. How many went.
std::size_t forget_ended_federation(store::Transaction& txn, std::size_t most);

}  // namespace cumulet::identity
