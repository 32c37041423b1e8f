#include "identity/ldap/mirror.hpp"

#include <map>

#include "common/runtime/text.hpp"
#include "identity/federation/public_id.hpp"
#include "identity/model/directory.hpp"
#include "identity/model/user_rules.hpp"

namespace cumulet::identity::ldap {
namespace {

constexpr std::size_t kAtOnce = 200;

// Remembers that a row is the directory's.
void claim(store::Transaction& txn, DirectoryEntry entry) {
    auto known = txn.get<DirectoryEntry>(entry.id);
    if (known && known->local_id == entry.local_id && known->dn == entry.dn && !known->absent) return;
    txn.put(entry, "mirrored");
}

template <class R>
bool name_is_free(store::Transaction& txn, const R& record) {
    auto same = txn.find<R>("name", record.domain_id, record.name);
    return !same || same->id == record.id;
}

// DNs compare without case and without the blanks around commas.
std::string plain(const std::string& dn) {
    std::string out;
    for (const char c : text::to_lower(dn)) {
        if (c == ' ' && (out.empty() || out.back() == ',')) continue;
        out += c;
    }
    return out;
}

store::Cause cause_of(const Clock& clock) { return {.time = clock.now(), .operation = "mirror directory"}; }

void disable_absent(store::Transaction& txn, const DirectoryEntry& entry) {
    auto absent = entry;
    absent.absent = true;
    txn.put(absent, "left the directory");
    if (entry.kind == ActorKind::group) {
        for (const auto& membership : txn.scan<Membership>({.index = "group"}, entry.id))
            remove_from_group(txn, membership);
    } else if (auto user = txn.get<User>(entry.id); user && user->enabled) {
        auto disabled = *user;
        disabled.enabled = false;
        update_user(txn, *user, disabled);
    }
}

template <class Items, class Each>
void in_batches(store::Engine& engine, const Clock& clock, const Items& items, Each&& each) {
    for (std::size_t begin = 0; begin < items.size(); begin += kAtOnce) {
        const auto end = std::min(begin + kAtOnce, items.size());
        store::transact(engine, cause_of(clock), [&](store::Transaction& txn) {
            for (auto i = begin; i < end; ++i) each(txn, i);
        });
    }
}

}  // namespace

std::optional<std::string> mirror_user(store::Transaction& txn, const std::string& domain_id,
                                       const DirectoryUser& entry) {
    const auto id = federation::public_id_of(domain_id, "user", entry.local_id);
    auto known = txn.get<User>(id);
    User user = known.value_or(User{.id = id, .domain_id = domain_id});
    user.name = entry.name;
    user.enabled = entry.enabled;
    if (!entry.email.empty()) user.extra["email"] = entry.email;
    if (!entry.description.empty()) user.extra["description"] = entry.description;
    if (!name_is_free(txn, user)) return std::nullopt;
    claim(txn, {.id = id, .kind = ActorKind::user, .domain_id = domain_id, .local_id = entry.local_id, .dn = entry.dn});
    if (!known) {
        user.created_at = txn.now();
        create_user(txn, user);
    } else if (known->name != user.name || known->enabled != user.enabled || known->extra != user.extra) {
        update_user(txn, *known, user);
    }
    return id;
}

std::optional<std::string> mirror_group(store::Transaction& txn, const std::string& domain_id,
                                        const DirectoryGroup& entry) {
    const auto id = federation::public_id_of(domain_id, "group", entry.local_id);
    auto known = txn.get<Group>(id);
    Group group = known.value_or(Group{.id = id, .domain_id = domain_id});
    group.name = entry.name;
    group.description = entry.description;
    if (!name_is_free(txn, group)) return std::nullopt;
    claim(txn,
          {.id = id, .kind = ActorKind::group, .domain_id = domain_id, .local_id = entry.local_id, .dn = entry.dn});
    if (!known) {
        group.created_at = txn.now();
        create_group(txn, group);
    } else if (known->name != group.name || known->description != group.description) {
        update_group(txn, *known, group);
    }
    return id;
}

void mirror_groups_of_user(store::Transaction& txn, const std::string& domain_id, const std::string& user_id,
                           const std::set<std::string>& group_ids) {
    for (const auto& membership : txn.scan<Membership>({}, user_id)) {
        const auto group = txn.get<DirectoryEntry>(membership.group_id);
        if (group && group->domain_id == domain_id && !group_ids.contains(membership.group_id))
            remove_from_group(txn, membership);
    }
    for (const auto& group_id : group_ids) add_to_group(txn, user_id, group_id);
}

MirrorCounts mirror_all(store::Engine& engine, const Clock& clock, const std::string& domain_id, Directory& directory) {
    // Both lists before anything is written: half an answer changes nothing.
    const auto users = directory.users();
    const auto groups = directory.groups();
    MirrorCounts counts;
    std::map<std::string, std::string> user_ids;  // by the name that groups call them
    std::set<std::string> present;
    in_batches(engine, clock, users, [&](store::Transaction& txn, std::size_t i) {
        const auto id = mirror_user(txn, domain_id, users[i]);
        if (!id) return;
        user_ids[plain(directory.member_name(users[i]))] = *id;
        present.insert(*id);
    });
    std::map<std::string, std::set<std::string>> memberships;
    in_batches(engine, clock, groups, [&](store::Transaction& txn, std::size_t i) {
        const auto id = mirror_group(txn, domain_id, groups[i]);
        if (!id) return;
        present.insert(*id);
        for (const auto& member : groups[i].members)
            if (auto user = user_ids.find(plain(member)); user != user_ids.end()) memberships[user->second].insert(*id);
    });
    const std::vector<std::pair<std::string, std::string>> all(user_ids.begin(), user_ids.end());
    in_batches(engine, clock, all, [&](store::Transaction& txn, std::size_t i) {
        mirror_groups_of_user(txn, domain_id, all[i].second, memberships[all[i].second]);
    });
    std::vector<DirectoryEntry> gone;
    {
        store::Transaction txn(engine, cause_of(clock));
        for (auto& entry : txn.scan<DirectoryEntry>({.index = "domain"}, domain_id))
            if (!entry.absent && !present.contains(entry.id)) gone.push_back(std::move(entry));
    }
    in_batches(engine, clock, gone, [&](store::Transaction& txn, std::size_t i) { disable_absent(txn, gone[i]); });
    counts.users = user_ids.size();
    counts.groups = present.size() - user_ids.size();
    counts.gone = gone.size();
    counts.skipped = users.size() + groups.size() - present.size();
    return counts;
}

}  // namespace cumulet::identity::ldap
