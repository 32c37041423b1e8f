// Rules over domains and the trees of projects in them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/store/transaction.hpp"
#include "identity/model/resources.hpp"

namespace cumulet::identity {

inline constexpr std::string_view kDefaultDomain = "default";
inline constexpr std::size_t kDeepestTree = 5;  // levels of projects below a domain

// Fault 404 when there is none. A domain is found as a project too (it acts as one).
Project require_project(store::Transaction& txn, std::string_view id);
Project require_domain(store::Transaction& txn, std::string_view id);
std::optional<Project> find_domain_by_name(store::Transaction& txn, std::string_view name);
std::optional<Project> find_project_by_name(store::Transaction& txn, std::string_view domain_id, std::string_view name);

// The domain that owns it: itself for a domain.
std::string owning_domain(const Project& project);

// From the nearest parent up to the domain.
std::vector<Project> parents_of(store::Transaction& txn, const Project& project);
// Everything below, parents before children.
std::vector<Project> subtree_of(store::Transaction& txn, std::string_view project_id);

// Checks name, parent and depth, then stores it. Fault 400, 403, 404, 409.
void create_project(store::Transaction& txn, const Project& project);
// Stores `changed` in place of `before`. Fault 400, 403, 409. With `cascade` the subtree takes over `enabled`.
void update_project(store::Transaction& txn, const Project& before, const Project& changed, bool cascade = false);
// Removes a leaf (or, with `cascade`, a disabled subtree) and all that hangs on it. Fault 403.
void delete_project(store::Transaction& txn, const Project& project, bool cascade = false);
// Removes a disabled domain with its projects, users, groups, roles and assignments. Fault 403.
void delete_domain(store::Transaction& txn, const Project& domain);

bool is_immutable(const nlohmann::json& options);

}  // namespace cumulet::identity
