// Users that need more than one method to log in, and the receipts they get for the methods they have shown.
#pragma once

#include <string>
#include <vector>

#include "common/api/call.hpp"
#include "common/api/reply.hpp"
#include "common/store/transaction.hpp"
#include "identity/model/users.hpp"
#include "identity/tokens/payload.hpp"

namespace cumulet::identity {

// The user's rules, a list of methods each, without methods that this service does not know; none when they are
// switched off.
std::vector<std::vector<std::string>> factor_rules(const User& user, const std::vector<std::string>& known);
// Whether the methods are all of one rule, or there is no rule.
bool satisfies(const std::vector<std::vector<std::string>>& rules, const std::vector<std::string>& methods);

// What the caller has shown already in an earlier call, by the receipt it brings; empty without one. Fault 401 when it
// is not good for this user any more.
std::vector<std::string> methods_of_receipt(const api::Call& call, const std::string& user_id);
// The 401 that carries a receipt for `methods` and says what is missing.
api::Reply receipt_reply(const api::Call& call, store::Transaction& txn, const std::string& user_id,
                         const std::vector<std::string>& methods);

}  // namespace cumulet::identity
