// Rules over trusts.
#pragma once

#include <string>
#include <vector>

#include "common/store/transaction.hpp"
#include "identity/model/roles.hpp"
#include "identity/model/trusts.hpp"

namespace cumulet::identity {

inline constexpr std::int64_t kMostRedelegations = 3;

// Fault 404 when there is none, it has expired or is used up.
Trust require_trust(store::Transaction& txn, std::string_view id);
// What the creator asked for, on top of the trust that its token is for (null: none). Fault 400, 403, 404.
struct TrustWish {
    Trust trust;
    bool allow_redelegation = false;
    std::optional<std::int64_t> redelegation_count;
};
Trust create_trust(store::Transaction& txn, TrustWish wish, const Trust* redelegated);
// With everything that was handed on from it.
void delete_trust(store::Transaction& txn, const Trust& trust);
void remove_trusts_of_user(store::Transaction& txn, std::string_view user_id);
void remove_trusts_of_project(store::Transaction& txn, std::string_view project_id);

// The roles that the trust gives now: all of them, as long as whoever gave them first still has them. Fault 403
// otherwise, or when one of those who handed it on is disabled.
std::vector<Role> trusted_roles(store::Transaction& txn, const Trust& trust);
// One token less. Nothing for trusts without a count.
void consume_use(store::Transaction& txn, Trust trust);

}  // namespace cumulet::identity
