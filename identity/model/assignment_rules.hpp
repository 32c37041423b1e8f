// Who has which role where: granting, revoking, and what follows from groups, inheritance and implied roles.
#pragma once

#include <string>
#include <vector>

#include "common/store/transaction.hpp"
#include "identity/model/resources.hpp"
#include "identity/model/roles.hpp"

namespace cumulet::identity {

// Repeating a success changes nothing.
void grant(store::Transaction& txn, const Assignment& assignment);
// Fault 404 when it was not granted.
void revoke_grant(store::Transaction& txn, const Assignment& assignment);

void remove_assignments_of(store::Transaction& txn, ActorKind kind, std::string_view actor_id);
void remove_assignments_on(store::Transaction& txn, TargetKind kind, std::string_view target_id);
void remove_assignments_with(store::Transaction& txn, std::string_view role_id);

// What the user may call its own on the target by itself and its groups (`more_groups` come from a federated log-in):
// direct, inherited from above, implied. Domain-specific roles are expanded and left out. In the order of their ids.
std::vector<Role> effective_roles(store::Transaction& txn, std::string_view user_id, TargetKind kind,
                                  std::string_view target_id, const std::vector<std::string>& more_groups = {});

// Every project (or domain) on which the user has an effective role, disabled ones included.
std::vector<Project> projects_of_user(store::Transaction& txn, std::string_view user_id,
                                      const std::vector<std::string>& more_groups = {});
std::vector<Project> domains_of_user(store::Transaction& txn, std::string_view user_id,
                                     const std::vector<std::string>& more_groups = {});

}  // namespace cumulet::identity
