// Making tokens void, and telling those who remember tokens that one gives something else now.
#pragma once

#include "common/store/transaction.hpp"
#include "identity/model/revocation.hpp"
#include "identity/tokens/payload.hpp"

namespace cumulet::identity {

// Tokens that carry every attribute set in `event` and were issued up to now (or `issued_before`, if that is later) are
// void.
void revoke(store::Transaction& txn, RevocationEvent event);
// They stay valid but have to be looked at again.
void refresh(store::Transaction& txn, RevocationEvent event);

// Whether `event` makes the token void. `domain_ids`: of its user and of its project.
bool revokes(const RevocationEvent& event, const tokens::TokenFacts& facts, const std::vector<std::string>& domain_ids);

// Removes at most `most` events from before `until`: no token that they could concern is alive any more. How many went.
std::size_t forget_events(store::Transaction& txn, Timestamp until, std::size_t most);

}  // namespace cumulet::identity
