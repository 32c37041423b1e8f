// Rules over limits.
#pragma once

#include "common/store/transaction.hpp"
#include "identity/model/limits.hpp"

namespace cumulet::identity {

RegisteredLimit require_registered_limit(store::Transaction& txn, std::string_view id);  // Fault 404
Limit require_limit(store::Transaction& txn, std::string_view id);                       // Fault 404

// Fault 400 (service, region), 409.
void create_registered_limit(store::Transaction& txn, const RegisteredLimit& limit);
// What it is for can change only while no limit refers to it. Fault 400, 403, 409.
void update_registered_limit(store::Transaction& txn, const RegisteredLimit& before, const RegisteredLimit& changed);
void delete_registered_limit(store::Transaction& txn, const RegisteredLimit& limit);  // Fault 403 while in use
// Fault 403 without a registered limit, 404, 409.
void create_limit(store::Transaction& txn, const Limit& limit);
// Fault 403 unless a project's limit is at most its domain's (or the registered one), and a domain's at least those of
// its projects: the strict_two_level model.
void check_two_levels(store::Transaction& txn, const Limit& limit);
void remove_limits_of_project(store::Transaction& txn, std::string_view project_id);
void remove_limits_of_domain(store::Transaction& txn, std::string_view domain_id);

}  // namespace cumulet::identity
