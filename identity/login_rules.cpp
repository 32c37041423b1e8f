#include "identity/login_rules.hpp"

#include "identity/identity.hpp"
#include "identity/model/login_state.hpp"

namespace cumulet::identity {
namespace {

constexpr std::size_t kRowsForNobody = 256;

using Days = std::chrono::duration<std::int64_t, std::ratio<86'400>>;

std::int64_t day_of(Timestamp time) { return std::chrono::floor<Days>(time).time_since_epoch().count(); }

// Whether the attempts so far shut the user out at `now`.
bool locked(const Compliance& rules, const LoginState& state, Timestamp now) {
    if (rules.lockout_attempts == 0 || state.failures < rules.lockout_attempts || !state.failed_at) return false;
    return rules.lockout_duration == Duration{} || *state.failed_at + rules.lockout_duration > now;
}

std::string row_of(const std::optional<User>& user, std::string_view named) {
    if (user) return user->id;
    return fmt::format("?{}", std::hash<std::string_view>{}(named) % kRowsForNobody);
}

}  // namespace

bool has_option(const User& user, std::string_view option) {
    auto found = user.options.find(option);
    return found != user.options.end() && found->is_boolean() && found->get<bool>();
}

bool is_locked_out(store::Transaction& txn, const Compliance& rules, const User& user) {
    if (rules.lockout_attempts == 0 || has_option(user, "ignore_lockout_failure_attempts")) return false;
    auto state = txn.peek<LoginState>(user.id);
    return state && locked(rules, *state, txn.now());
}

bool is_inactive(store::Transaction& txn, const Compliance& rules, const User& user) {
    if (rules.disable_days_inactive == 0 || has_option(user, "ignore_user_inactivity")) return false;
    auto state = txn.peek<LoginState>(user.id);
    const auto last = state && state->active_at ? *state->active_at : user.created_at;
    return day_of(txn.now()) - day_of(last) >= rules.disable_days_inactive;
}

bool settle_attempt(const api::Call& call, const std::optional<User>& user, std::string_view named, bool right) {
    const auto& identity = call.module<Identity>();
    const auto& rules = identity.settings.compliance;
    if (rules.lockout_attempts == 0) return right;
    const bool exempt = user && has_option(*user, "ignore_lockout_failure_attempts");
    const auto row = row_of(user, named);
    const store::Cause cause{.time = call.now(), .request_id = call.request_id(), .operation = "log in"};
    return store::transact(identity.engine, cause, [&](store::Transaction& txn) {
        auto state = txn.get<LoginState>(row).value_or(LoginState{.user_id = row});
        const bool shut_out = !exempt && locked(rules, state, txn.now());
        if (right && !shut_out) {
            if (state.failures == 0) return true;
            state.failures = state.refused = 0;
            state.failed_at.reset();
            txn.put(state, "logged in");
            return true;
        }
        if (shut_out) {
            ++state.refused;
        } else {
            if (state.failures >= rules.lockout_attempts) state.failures = state.refused = 0;  // the time is over
            ++state.failures;
            state.failed_at = txn.now();
        }
        txn.put(state, shut_out ? "refused" : "failed");
        return false;
    });
}

void note_activity(const api::Call& call, store::Transaction& txn, std::string_view user_id) {
    if (call.module<Identity>().settings.compliance.disable_days_inactive == 0) return;
    auto state = txn.get<LoginState>(user_id).value_or(LoginState{.user_id = std::string(user_id)});
    if (state.active_at && day_of(*state.active_at) == day_of(txn.now())) return;
    state.active_at = txn.now();
    txn.put(state, "active");
}

void forgive(store::Transaction& txn, const Compliance& rules, std::string_view user_id) {
    auto state = txn.get<LoginState>(user_id);
    if (!state && rules.disable_days_inactive == 0) return;
    LoginState fresh{.user_id = std::string(user_id)};
    if (rules.disable_days_inactive > 0) fresh.active_at = txn.now();
    txn.put(fresh, "enabled");
}

}  // namespace cumulet::identity
