#include "identity/password_rules.hpp"

#include <algorithm>

#include "identity/identity.hpp"
#include "identity/login_rules.hpp"
#include "identity/model/user_rules.hpp"
#include "identity/passwords/pattern.hpp"

namespace cumulet::identity {

using api::Errc;
using api::Fault;

namespace {

constexpr auto kDay = std::chrono::hours(24);

const Compliance& rules_of(const api::Call& call) { return call.module<Identity>().settings.compliance; }

std::optional<UserSecret> secret_of(store::Transaction& txn, const User& user) {
    auto secret = txn.get<UserSecret>(user.id);
    if (!secret || secret->passwords.empty()) return std::nullopt;
    return secret;
}

void check_age(const api::Call& call, const PasswordEntry& present) {
    const auto days = rules_of(call).minimum_password_age_days;
    const auto until = present.created_at + days * kDay;
    if (!present.self_service || call.now() >= until) return;
    const auto left = std::chrono::duration_cast<std::chrono::hours>(until - call.now()) / kDay;
    throw Fault(Errc::bad_request,
                "You cannot change your password at this time due to the minimum password age. Once you change your "
                "password, it must be used for {} day(s) before it can be changed. Please try again in {} day(s) or "
                "contact your administrator to reset your password.",
                days, left);
}

void check_history(const api::Call& call, const UserSecret& secret, const std::string& wanted) {
    const auto unique = static_cast<std::size_t>(rules_of(call).unique_last_passwords);
    const auto looked_at = std::min(unique, secret.passwords.size());
    auto& passwords = call.module<Identity>().passwords;
    for (auto entry = secret.passwords.end() - static_cast<std::ptrdiff_t>(looked_at); entry != secret.passwords.end();
         ++entry)
        if (passwords.check(wanted, entry->hash))
            throw Fault(Errc::bad_request,
                        "The new password cannot be identical to a previous password. The total number which "
                        "includes the new password must be unique is {}.",
                        unique);
}

}  // namespace

std::string hash_new_password(const api::Call& call, const std::string& password) {
    const auto& identity = call.module<Identity>();
    if (password.size() > identity.settings.max_password_length)
        throw Fault(Errc::bad_request,
                    "Password validation error: The password length must be less than or equal to {}.",
                    identity.settings.max_password_length);
    if (password.find('\0') != std::string::npos)
        throw Fault(Errc::bad_request, "Password validation error: it holds a NUL character.");
    const auto& rules = identity.settings.compliance;
    if (!rules.password_regex.empty() && !passwords::matches_pattern(rules.password_regex, password))
        throw Fault(Errc::bad_request, "The password does not match the requirements: {}.",
                    rules.password_regex_description);
    return identity.passwords.hash(password);
}

std::optional<Timestamp> password_end(const api::Call& call, const User& user, bool by_user) {
    const auto& rules = rules_of(call);
    if (!by_user && rules.change_on_first_use && !has_option(user, "ignore_change_password_upon_first_use"))
        return call.now();
    if (rules.password_expires_days == 0 || has_option(user, "ignore_password_expiry")) return std::nullopt;
    return call.now() + rules.password_expires_days * kDay;
}

void check_own_change(const api::Call& call, store::Transaction& txn, const User& user, const std::string& wanted) {
    if (has_option(user, "lock_password"))
        throw Fault(Errc::bad_request,
                    "You cannot change your password at this time due to password policy disallowing password "
                    "changes. Please contact your administrator to reset your password.");
    const auto secret = secret_of(txn, user);
    if (!secret) return;
    check_age(call, secret->passwords.back());
    check_history(call, *secret, wanted);
}

std::size_t passwords_kept(const api::Call& call) {
    return std::max(kPasswordsKept, static_cast<std::size_t>(rules_of(call).unique_last_passwords));
}

PasswordEndFilter::Comparison PasswordEndFilter::comparison_of(std::string_view name) {
    if (name == "lt") return [](Timestamp a, Timestamp b) { return a < b; };
    if (name == "lte") return [](Timestamp a, Timestamp b) { return a <= b; };
    if (name == "gt") return [](Timestamp a, Timestamp b) { return a > b; };
    if (name == "gte") return [](Timestamp a, Timestamp b) { return a >= b; };
    if (name == "eq") return [](Timestamp a, Timestamp b) { return a == b; };
    if (name == "neq") return [](Timestamp a, Timestamp b) { return a != b; };
    return nullptr;
}

PasswordEndFilter::PasswordEndFilter(const api::Call& call) {
    for (const auto& wish : call.query_all("password_expires_at")) {
        const auto colon = wish.find(':');
        const auto time = colon == std::string::npos ? std::nullopt : parse_iso(wish.substr(colon + 1));
        const auto comparison = comparison_of(std::string_view(wish).substr(0, colon));
        if (!time || !comparison)
            throw Fault(Errc::bad_request,
                        "Invalid filter password_expires_at={}: expected OPERATOR:TIME with lt, lte, gt, gte, eq or "
                        "neq and a time as 2026-11-22T06:00:00Z.",
                        wish);
        wishes_.emplace_back(comparison, *time);
    }
}

bool PasswordEndFilter::fits(const User& user) const {
    return std::all_of(wishes_.begin(), wishes_.end(), [&](const auto& wish) {
        return user.password_expires_at && wish.first(*user.password_expires_at, wish.second);
    });
}

bool is_expired(const User& user, Timestamp now) {
    return user.password_expires_at && *user.password_expires_at <= now && !has_option(user, "ignore_password_expiry");
}

}  // namespace cumulet::identity
