#include "identity/model/user_rules.hpp"

#include "identity/model/assignment_rules.hpp"
#include "identity/model/births.hpp"
#include "identity/model/credential_rules.hpp"
#include "identity/model/directory_rules.hpp"
#include "identity/model/faults.hpp"
#include "identity/model/federation_rules.hpp"
#include "identity/model/login_state.hpp"
#include "identity/model/oauth1_rules.hpp"
#include "identity/model/resource_rules.hpp"
#include "identity/model/revocation_rules.hpp"
#include "identity/model/trust_rules.hpp"

namespace cumulet::identity {
namespace {

template <class R>
void check_name_free(store::Transaction& txn, const R& record, std::string_view what) {
    auto same = txn.find<R>("name", record.domain_id, record.name);
    if (same && same->id != record.id) throw name_taken(what, record.name, record.domain_id);
}

}  // namespace

User require_user(store::Transaction& txn, std::string_view id) {
    auto user = txn.get<User>(id);
    if (!user) throw not_found("user", id);
    return *user;
}

Group require_group(store::Transaction& txn, std::string_view id) {
    auto group = txn.get<Group>(id);
    if (!group) throw not_found("group", id);
    return *group;
}

std::optional<User> find_user_by_name(store::Transaction& txn, std::string_view domain_id, std::string_view name) {
    return txn.find<User>("name", domain_id, name);
}

void create_user(store::Transaction& txn, const User& user) {
    require_domain(txn, user.domain_id);
    check_name_free(txn, user, "user");
    hang_on(txn, user.domain_id);
    txn.put(user, "created");
}

void update_user(store::Transaction& txn, const User& before, const User& changed) {
    check_name_free(txn, changed, "user");
    if (before.enabled && !changed.enabled) revoke(txn, {.user_id = before.id});
    txn.put(changed, "updated");
}

void delete_user(store::Transaction& txn, const User& user) {
    close(txn, user.id);
    remove_assignments_of(txn, ActorKind::user, user.id);
    remove_credentials_of_user(txn, user.id);
    remove_trusts_of_user(txn, user.id);
    remove_oauth_of_user(txn, user.id);
    remove_federation_of_user(txn, user.id);
    forget_directory_entry(txn, user.id);
    for (const auto& membership : txn.scan<Membership>({}, user.id)) txn.erase(membership, "user deleted");
    if (auto secret = txn.get<UserSecret>(user.id)) txn.erase(*secret, "user deleted");
    if (auto state = txn.get<LoginState>(user.id)) txn.erase(*state, "user deleted");
    revoke(txn, {.user_id = user.id});
    txn.erase(user, "deleted");
}

std::optional<std::string> password_hash_of(store::Transaction& txn, std::string_view user_id) {
    auto secret = txn.get<UserSecret>(user_id);
    if (!secret || secret->passwords.empty()) return std::nullopt;
    return secret->passwords.back().hash;
}

void set_password_hash(store::Transaction& txn, std::string_view user_id, std::string hash, bool self_service,
                       std::size_t keep) {
    auto secret = txn.get<UserSecret>(user_id).value_or(UserSecret{std::string(user_id), {}});
    const bool changed = !secret.passwords.empty();
    secret.passwords.push_back({std::move(hash), txn.now(), self_service});
    while (secret.passwords.size() > keep) secret.passwords.erase(secret.passwords.begin());
    txn.put(secret, "password set");
    if (changed) revoke(txn, {.user_id = std::string(user_id)});
}

void create_group(store::Transaction& txn, const Group& group) {
    require_domain(txn, group.domain_id);
    check_name_free(txn, group, "group");
    hang_on(txn, group.domain_id);
    txn.put(group, "created");
}

void update_group(store::Transaction& txn, const Group&, const Group& changed) {
    check_name_free(txn, changed, "group");
    txn.put(changed, "updated");
}

void delete_group(store::Transaction& txn, const Group& group) {
    close(txn, group.id);
    for (const auto& membership : txn.scan<Membership>({.index = "group"}, group.id)) {
        refresh(txn, {.user_id = membership.user_id});
        txn.erase(membership, "group deleted");
    }
    remove_expiring_memberships_in(txn, group.id);
    forget_directory_entry(txn, group.id);
    remove_assignments_of(txn, ActorKind::group, group.id);
    txn.erase(group, "deleted");
}

std::vector<std::string> groups_of(store::Transaction& txn, std::string_view user_id) {
    std::vector<std::string> ids;
    for (auto& membership : txn.scan<Membership>({}, user_id)) ids.push_back(std::move(membership.group_id));
    for (auto& membership : expiring_memberships_of(txn, user_id)) ids.push_back(std::move(membership.group_id));
    return ids;
}

void add_to_group(store::Transaction& txn, std::string_view user_id, std::string_view group_id) {
    if (txn.get<Membership>(user_id, group_id)) return;
    refresh(txn, {.user_id = std::string(user_id)});
    hang_on(txn, user_id);
    hang_on(txn, group_id);
    txn.put(Membership{std::string(user_id), std::string(group_id), txn.now()}, "added");
}

void remove_from_group(store::Transaction& txn, const Membership& membership) {
    refresh(txn, {.user_id = membership.user_id});
    txn.erase(membership, "removed");
}

}  // namespace cumulet::identity
