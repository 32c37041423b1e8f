// Rules over roles and their implications.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "common/store/transaction.hpp"
#include "identity/model/roles.hpp"

namespace cumulet::identity {

Role require_role(store::Transaction& txn, std::string_view id);  // Fault 404
std::optional<Role> find_role_by_name(store::Transaction& txn, std::string_view domain_id, std::string_view name);

void create_role(store::Transaction& txn, const Role& role);                         // Fault 409
void update_role(store::Transaction& txn, const Role& before, const Role& changed);  // Fault 403, 409
void delete_role(store::Transaction& txn, const Role& role);                         // Fault 403

// Fault 403 when the implied role is `admin`, or belongs to a domain while the prior one does not.
void add_implication(store::Transaction& txn, const Role& prior, const Role& implied);
void remove_implication(store::Transaction& txn, const ImpliedRole& rule);

// `role_ids` and everything they imply, over any number of steps.
std::set<std::string> with_implied(store::Transaction& txn, std::set<std::string> role_ids);

}  // namespace cumulet::identity
