#include "identity/domain_config.hpp"

#include "common/api/fault.hpp"
#include "identity/model/domain_config.hpp"

namespace cumulet::identity {

using api::Errc;
using api::Fault;
using nlohmann::json;

namespace {

// Keystone's options and defaults.
constexpr std::string_view kDefaults = R"({
  "identity": {"driver": "sql", "list_limit": null},
  "ldap": {
    "url": "ldap://localhost", "user": null, "suffix": "cn=example,cn=com", "query_scope": "one", "page_size": 0,
    "alias_dereferencing": "default", "debug_level": null, "chase_referrals": null, "user_tree_dn": null,
    "user_filter": null, "user_objectclass": "inetOrgPerson", "user_id_attribute": "cn",
    "user_name_attribute": "sn", "user_mail_attribute": "mail", "user_description_attribute": "description",
    "user_pass_attribute": "userPassword", "user_enabled_attribute": "enabled", "user_enabled_invert": false,
    "user_enabled_mask": 0, "user_enabled_default": "True", "user_attribute_ignore": ["default_project_id"],
    "user_default_project_id_attribute": null, "user_enabled_emulation": false, "user_enabled_emulation_dn": null,
    "user_enabled_emulation_use_group_config": false, "user_additional_attribute_mapping": [],
    "group_tree_dn": null, "group_filter": null, "group_objectclass": "groupOfNames", "group_id_attribute": "cn",
    "group_name_attribute": "ou", "group_members_are_ids": false, "group_member_attribute": "member",
    "group_desc_attribute": "description", "group_attribute_ignore": [], "group_additional_attribute_mapping": [],
    "tls_cacertfile": null, "tls_cacertdir": null, "use_tls": false, "tls_req_cert": "demand", "use_pool": true,
    "pool_size": 10, "pool_retry_max": 3, "pool_retry_delay": 0.1, "pool_connection_timeout": -1,
    "pool_connection_lifetime": 600, "use_auth_pool": true, "auth_pool_size": 100,
    "auth_pool_connection_lifetime": 60}})";

Fault invalid(const std::string& reason) {
    return Fault(Errc::forbidden, "Invalid domain specific configuration: {}.", reason);
}

std::string with_secrets(const std::string& text, const json& secrets) {
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        if (text.compare(at, 2, "%(") == 0) {
            const auto end = text.find(")s", at);
            const auto name = end == std::string::npos ? "" : text.substr(at + 2, end - at - 2);
            if (auto found = secrets.find(name); found != secrets.end() && found->is_string()) {
                result += found->get_ref<const std::string&>();
                at = end + 2;
                continue;
            }
        }
        result += text[at++];
    }
    return result;
}

}  // namespace

const json& domain_config_defaults() {
    static const json defaults = json::parse(kDefaults);
    return defaults;
}

bool is_sensitive_option(std::string_view group, std::string_view option) {
    return group == "ldap" && option == "password";
}

void check_domain_option(std::string_view group, std::string_view option) {
    if (group.empty()) return;
    const auto known = domain_config_defaults().find(group);
    if (known == domain_config_defaults().end())
        throw invalid(fmt::format("Group {} is not supported for domain specific configurations", group));
    if (!option.empty() && !known->contains(option) && !is_sensitive_option(group, option))
        throw invalid(
            fmt::format("Option {} in group {} is not supported for domain specific configurations", option, group));
}

bool DomainOptions::has(std::string_view group, std::string_view option) const {
    auto in = [&](const json& options) {
        auto found = options.find(group);
        return found != options.end() && (option.empty() || found->contains(option));
    };
    return in(shown) || in(secret);
}

void set_domain_options(DomainOptions& options, const json& groups) {
    for (const auto& [group, members] : groups.items())
        for (const auto& [option, value] : members.items())
            (is_sensitive_option(group, option) ? options.secret : options.shown)[group][option] = value;
}

DomainOptions domain_options(store::Transaction& txn, const Vault& vault, std::string_view domain_id) {
    DomainOptions options;
    auto record = txn.get<DomainConfig>(domain_id);
    if (!record) return options;
    options.shown = record->options;
    if (!record->sealed_secrets.empty()) options.secret = json::parse(vault.open(record->sealed_secrets));
    return options;
}

void put_domain_options(store::Transaction& txn, const Vault& vault, std::string_view domain_id,
                        const DomainOptions& options, std::string_view reason) {
    DomainConfig record{.domain_id = std::string(domain_id), .options = options.shown, .sealed_secrets = ""};
    if (options.empty()) return txn.erase(record, reason);
    if (!options.secret.empty()) record.sealed_secrets = vault.seal(options.secret.dump());
    txn.put(record, reason);
}

json resolved_domain_options(const DomainOptions& options) {
    json all = options.shown;
    for (auto& [group, members] : all.items()) {
        const json secrets = options.secret.value(group, json::object());
        for (auto& [option, value] : members.items())
            if (value.is_string()) value = with_secrets(value.get<std::string>(), secrets);
    }
    for (const auto& [group, members] : options.secret.items()) all[group].update(members);
    return all;
}

}  // namespace cumulet::identity
