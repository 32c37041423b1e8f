// The users and groups of a directory as rows of ours.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/store/transaction.hpp"
#include "identity/ldap/directory.hpp"

namespace cumulet::identity::ldap {

// The row of a user, made or brought up to date; its id. nullopt when somebody else in the domain has the name. One who
// is disabled in the directory loses their tokens.
std::optional<std::string> mirror_user(store::Transaction& txn, const std::string& domain_id,
                                       const DirectoryUser& user);
std::optional<std::string> mirror_group(store::Transaction& txn, const std::string& domain_id,
                                        const DirectoryGroup& group);
// Makes the user's memberships in the directory's groups these.
void mirror_groups_of_user(store::Transaction& txn, const std::string& domain_id, const std::string& user_id,
                           const std::set<std::string>& group_ids);

// Everything at once, in many small transactions; who is no longer in the directory is disabled, not deleted, so that a
// directory that loses its entries for an hour takes nobody's roles.
struct MirrorCounts {
    std::size_t users = 0, groups = 0, gone = 0, skipped = 0;
};
MirrorCounts mirror_all(store::Engine& engine, const Clock& clock, const std::string& domain_id, Directory& directory);

}  // namespace cumulet::identity::ldap
