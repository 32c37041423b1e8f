// What a new password has to be like.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/api/call.hpp"
#include "common/store/transaction.hpp"
#include "identity/model/users.hpp"

namespace cumulet::identity {

// The hash of a password that somebody sets. Fault 400 when it is too long or not what the operator asks for. Burns
// CPU: on the worker pool.
std::string hash_new_password(const api::Call& call, const std::string& password);
// When a password set now ends: at once when its user has to change it first.
std::optional<Timestamp> password_end(const api::Call& call, const User& user, bool by_user);
// Fault 400 when the user may not change its password now, or had this one before.
void check_own_change(const api::Call& call, store::Transaction& txn, const User& user, const std::string& wanted);
// How many hashes are kept of a user.
std::size_t passwords_kept(const api::Call& call);

// What "password_expires_at=OPERATOR:TIME" in a query (lt, lte, gt, gte, eq, neq; each of them when there are several)
// asks of users.
class PasswordEndFilter {
public:
    explicit PasswordEndFilter(const api::Call& call);  // Fault 400
    bool fits(const User& user) const;

private:
    using Comparison = bool (*)(Timestamp, Timestamp);
    static Comparison comparison_of(std::string_view name);

    std::vector<std::pair<Comparison, Timestamp>> wishes_;
};

bool is_expired(const User& user, Timestamp now);

}  // namespace cumulet::identity
