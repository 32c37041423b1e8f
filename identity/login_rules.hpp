// Who is shut out: after too many wrong passwords, after too long without a log-in.
#pragma once

#include <optional>
#include <string_view>

#include "common/api/call.hpp"
#include "common/store/transaction.hpp"
#include "identity/model/users.hpp"
#include "identity/settings.hpp"

namespace cumulet::identity {

// A user's option of this name is set and true.
bool has_option(const User& user, std::string_view option);

// Too many wrong passwords: refused whatever comes, for a while. settle_attempt() decides; this is to know beforehand.
bool is_locked_out(store::Transaction& txn, const Compliance& rules, const User& user);
// Too long without a log-in: treated as disabled.
bool is_inactive(store::Transaction& txn, const Compliance& rules, const User& user);

// Counts an attempt, in a transaction of its own, since the call that is refused commits nothing: the check whether the
// user is locked out and the count are one commit, so that no number of guesses at the same moment gets past the bound.
// False when the attempt fails; it fails in the end when the user has been locked out meanwhile. `named` is how the
// request names a user that does not exist. Blocks: on the worker pool.
bool settle_attempt(const api::Call& call, const std::optional<User>& user, std::string_view named, bool right);
// A token was issued: the user is active today.
void note_activity(const api::Call& call, store::Transaction& txn, std::string_view user_id);
// An administrator enabled the user: as if nothing had been.
void forgive(store::Transaction& txn, const Compliance& rules, std::string_view user_id);

}  // namespace cumulet::identity
