// Listing assignments: as they were made, or what follows from them.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/store/transaction.hpp"
#include "identity/model/roles.hpp"

namespace cumulet::identity {

struct AssignmentFilter {
    std::string user_id, group_id, role_id;  // empty: any
    std::optional<TargetKind> target_kind;
    std::string target_id;          // set together with target_kind
    bool include_subtree = false;   // projects below the target too
    std::optional<bool> inherited;  // only those that are, or are not
    bool effective = false;         // groups, inheritance and implied roles worked out: only users on targets are left
};

struct ListedAssignment {
    Assignment assignment;
    // Where an effective one comes from; empty where it was made as it is.
    std::string by_group_id;
    std::optional<TargetKind> inherited_from_kind;
    std::string inherited_from_id;
    std::string by_prior_role_id;
};

// Calls `each` with every one that fits until it returns false. Those asked for as they were made are taken from the
// store as `each` goes on; effective ones are worked out before the first.
void visit_assignments(store::Transaction& txn, const AssignmentFilter& filter,
                       const std::function<bool(ListedAssignment&&)>& each);

}  // namespace cumulet::identity
