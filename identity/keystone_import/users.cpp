// Users with their passwords, and groups.
#include <nlohmann/json.hpp>

#include "identity/keystone_import/tables.hpp"
#include "identity/model/federation.hpp"
#include "identity/model/login_state.hpp"
#include "identity/model/users.hpp"

namespace cumulet::identity::keystone_import {
namespace {

using nlohmann::json;

struct LocalUser {
    std::string name;
    std::vector<PasswordEntry> passwords;
    std::optional<Timestamp> expires_at;
};

// Keystone's four letters for each of a user's options.
const std::map<std::string, std::string, std::less<>> kOptions = {{"1000", "ignore_change_password_upon_first_use"},
                                                                  {"1001", "ignore_password_expiry"},
                                                                  {"1002", "ignore_lockout_failure_attempts"},
                                                                  {"1003", "lock_password"},
                                                                  {"1004", "ignore_user_inactivity"},
                                                                  {"MFAR", "multi_factor_auth_rules"},
                                                                  {"MFAE", "multi_factor_auth_enabled"}};

std::map<std::string, LocalUser> read_local_users(Source& source) {
    std::map<std::string, std::string> user_of;  // by the number of its local part
    std::map<std::string, LocalUser> users;
    source.database.read("local_user", "", [&](const Row& row) {
        user_of[row.text("id")] = row.text("user_id");
        users[row.text("user_id")].name = row.text("name");
    });
    source.database.read("password", "created_at_int, id", [&](const Row& row) {
        const auto found = user_of.find(row.text("local_user_id"));
        const auto hash = row.text("password_hash");
        if (found == user_of.end() || hash.empty()) return;
        auto& user = users[found->second];
        const auto created = row.micros("created_at_int");
        user.passwords.push_back(
            {hash, created ? *created : row.time("created_at").value_or(Timestamp{}), row.flag("self_service")});
        user.expires_at = row.micros("expires_at_int");
        if (!user.expires_at) user.expires_at = row.time("expires_at");
    });
    return users;
}

std::map<std::string, json> read_user_options(Source& source) {
    std::map<std::string, json> options;
    source.database.read("user_option", "", [&](const Row& row) {
        const auto name = kOptions.find(row.text("option_id"));
        auto value = json::parse(row.text("option_value"), nullptr, false);
        if (name == kOptions.end() || value.is_discarded())
            return source.writer.skip("an option that is not known", "user " + row.text("user_id"));
        options[row.text("user_id")][name->second] = std::move(value);
    });
    return options;
}

struct ElsewhereUsers {
    std::map<std::string, std::string> names;  // of those without a password of their own
    std::set<std::string> federated, in_directory;
};

ElsewhereUsers read_elsewhere(Source& source) {
    ElsewhereUsers users;
    source.database.read("id_mapping", "", [&](const Row& row) {
        if (row.text("entity_type") == "user") users.in_directory.insert(row.text("public_id"));
    });
    source.database.read("nonlocal_user", "",
                         [&](const Row& row) { users.names[row.text("user_id")] = row.text("name"); });
    source.database.read("federated_user", "id", [&](const Row& row) {
        FederatedUser user{.idp_id = row.text("idp_id"),
                           .protocol_id = row.text("protocol_id"),
                           .unique_id = row.text("unique_id"),
                           .user_id = row.text("user_id"),
                           .display_name = row.text("display_name")};
        if (users.names.emplace(user.user_id, user.display_name).second) users.federated.insert(user.user_id);
        source.writer.put(user, user.display_name);
    });
    return users;
}

void import_groups(Source& source) {
    source.database.read("group", "id", [&](const Row& row) {
        Group group{.id = row.text("id"),
                    .name = row.text("name"),
                    .domain_id = row.text("domain_id"),
                    .description = row.text("description")};
        group.extra = json_of(row, "extra");
        source.known.groups.insert(group.id);
        source.writer.put(group, group.name);
    });
    source.database.read("user_group_membership", "", [&](const Row& row) {
        source.writer.put(Membership{.user_id = row.text("user_id"), .group_id = row.text("group_id")}, "");
    });
}

}  // namespace

void import_users(Source& source) {
    auto local = read_local_users(source);
    auto options = read_user_options(source);
    const auto elsewhere = read_elsewhere(source);
    source.database.read("user", "id", [&](const Row& row) {
        User user{.id = row.text("id"), .name = "", .domain_id = row.text("domain_id")};
        if (elsewhere.in_directory.contains(user.id))
            return source.writer.skip("it belongs to a directory (LDAP), which is asked itself", "user " + user.id);
        const auto mine = local.find(user.id);
        if (mine != local.end()) {
            user.name = mine->second.name;
        } else if (const auto name = elsewhere.names.find(user.id); name != elsewhere.names.end()) {
            user.name = name->second;
            user.federated = elsewhere.federated.contains(user.id);
        } else {
            return source.writer.skip("it has no name in any table", "user " + user.id);
        }
        user.enabled = row.flag("enabled");
        user.default_project_id = row.text("default_project_id");
        user.extra = json_of(row, "extra");
        user.created_at = row.time("created_at").value_or(Timestamp{});
        if (const auto found = options.find(user.id); found != options.end()) user.options = found->second;
        source.known.users.insert(user.id);
        if (mine != local.end()) user.password_expires_at = mine->second.expires_at;
        source.writer.put(user, user.name);
        if (const auto active = row.find("last_active_at"))
            source.writer.put(
                LoginState{.user_id = user.id, .active_at = parse_iso(std::string(*active) + "T00:00:00Z")}, user.name);
        if (mine != local.end() && !mine->second.passwords.empty())
            source.writer.put(UserSecret{user.id, std::move(mine->second.passwords)}, user.name);
    });
    import_groups(source);
}

}  // namespace cumulet::identity::keystone_import
