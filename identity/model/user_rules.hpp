// Rules over users, their passwords and groups.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/store/transaction.hpp"
#include "identity/model/users.hpp"

namespace cumulet::identity {

User require_user(store::Transaction& txn, std::string_view id);    // Fault 404
Group require_group(store::Transaction& txn, std::string_view id);  // Fault 404
std::optional<User> find_user_by_name(store::Transaction& txn, std::string_view domain_id, std::string_view name);

// Fault 404 (domain), 409 (name).
void create_user(store::Transaction& txn, const User& user);
// A user that is disabled loses its tokens. Fault 409.
void update_user(store::Transaction& txn, const User& before, const User& changed);
void delete_user(store::Transaction& txn, const User& user);

// The hash in force; nullopt when the user cannot log in by password.
std::optional<std::string> password_hash_of(store::Transaction& txn, std::string_view user_id);
inline constexpr std::size_t kPasswordsKept = 10;
// Puts a new hash in force; tokens issued before are void. The newest `keep` stay known.
void set_password_hash(store::Transaction& txn, std::string_view user_id, std::string hash, bool self_service,
                       std::size_t keep = kPasswordsKept);

void create_group(store::Transaction& txn, const Group& group);
void update_group(store::Transaction& txn, const Group& before, const Group& changed);
void delete_group(store::Transaction& txn, const Group& group);

// Memberships that a federated log-in proved for a while among them.
std::vector<std::string> groups_of(store::Transaction& txn, std::string_view user_id);
void add_to_group(store::Transaction& txn, std::string_view user_id, std::string_view group_id);
void remove_from_group(store::Transaction& txn, const Membership& membership);

}  // namespace cumulet::identity
