// Accounts of the object store's own, for stand-alone use and tests: users with keys from the configuration, tokens
// from GET /auth/v1.0. Beside them tokens of the identity service stay valid.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "common/auth/validator.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/ids.hpp"

namespace cumulet::objectstore::swift {

// One user. Groups: ".admin" owns the account, ".reseller_admin" every account; others are names for ACLs.
struct TempUser {
    std::string account, user, key;
    std::vector<std::string> groups;
};
// "account:user:key group group". Throws std::invalid_argument, which does not show the key.
TempUser parse_temp_user(std::string_view text);

// Whether a token is one of these; its roles are then the user's groups.
bool is_tempauth(const auth::Context& who);

// Any thread. Tokens live in memory: after a restart users log in again.
class TempAuth final : public auth::Validator {
public:
    // `next` validates all other tokens; null: there are none. `prefixes` of account names: the first one is also that
    // of tokens.
    TempAuth(std::vector<TempUser> users, std::vector<std::string> prefixes, auth::Validator* next, const Clock& clock,
             Random& random);

    struct Login {
        std::string token;
        std::string account;  // "AUTH_test"
        Duration left{};
    };
    // `who` is "account:user". Absent for a wrong user or key.
    std::optional<Login> log_in(const std::string& who, std::string_view key);
    bool has_users() const { return !users_.empty(); }

    // For who proves to know a key without sending it: the key, and whom it stands for. Absent for other users.
    struct Secret {
        std::string key;
        auth::ContextPtr who;
    };
    std::optional<Secret> secret_of(const std::string& who) const;

    void validate(const std::string& token, std::function<void(auth::Validation)> done) override;
    std::string authenticate_uri() const override;

private:
    auth::ContextPtr context_of(const TempUser& user, Timestamp now) const;
    void forget_old(Timestamp now);

    std::map<std::string, TempUser> users_;
    const std::vector<std::string> prefixes_;
    auth::Validator* const next_;
    const Clock& clock_;
    Random& random_;
    std::mutex mutex_;
    std::map<std::string, auth::ContextPtr> tokens_;
    std::map<std::string, std::string> token_of_;  // by user: a second log-in gets the same token
};

}  // namespace cumulet::objectstore::swift
