// Federation, what domains configure for themselves, and what was revoked.
#include <nlohmann/json.hpp>

#include "identity/keystone_import/tables.hpp"
#include "identity/model/domain_config.hpp"
#include "identity/model/federation.hpp"
#include "identity/model/revocation.hpp"

namespace cumulet::identity::keystone_import {
namespace {

using nlohmann::json;

void import_providers(Source& source) {
    std::map<std::string, std::vector<std::string>> remote_ids;
    source.database.read("idp_remote_ids", "remote_id", [&](const Row& row) {
        remote_ids[row.text("idp_id")].push_back(row.text("remote_id"));
        source.writer.put(RemoteId{row.text("remote_id"), row.text("idp_id")}, row.text("remote_id"));
    });
    source.database.read("identity_provider", "", [&](const Row& row) {
        IdentityProvider provider{
            .id = row.text("id"), .domain_id = row.text("domain_id"), .description = row.text("description")};
        provider.enabled = row.flag("enabled");
        provider.remote_ids = remote_ids[provider.id];
        provider.authorization_ttl = row.number("authorization_ttl");
        source.writer.put(provider, provider.id);
    });
    source.database.read("mapping", "", [&](const Row& row) {
        Mapping mapping{.id = row.text("id")};
        mapping.rules = json::parse(row.text("rules"), nullptr, false);
        // Keystone writes the list as a text within JSON.
        if (mapping.rules.is_string()) mapping.rules = json::parse(mapping.rules.get<std::string>(), nullptr, false);
        if (!mapping.rules.is_array()) return source.writer.skip("its rules are no list", "mapping " + mapping.id);
        source.writer.put(mapping, mapping.id);
    });
    source.database.read("federation_protocol", "", [&](const Row& row) {
        source.writer.put(FederationProtocol{.idp_id = row.text("idp_id"),
                                             .id = row.text("id"),
                                             .mapping_id = row.text("mapping_id"),
                                             .remote_id_attribute = row.text("remote_id_attribute")},
                          row.text("id"));
    });
    source.database.read("service_provider", "", [&](const Row& row) {
        ServiceProvider provider{.id = row.text("id"),
                                 .auth_url = row.text("auth_url"),
                                 .sp_url = row.text("sp_url"),
                                 .description = row.text("description"),
                                 .relay_state_prefix = row.text("relay_state_prefix")};
        provider.enabled = row.flag("enabled");
        source.writer.put(provider, provider.id);
    });
}

void import_expiring_memberships(Source& source) {
    std::map<std::string, std::int64_t> minutes;
    source.database.read("identity_provider", "", [&](const Row& row) {
        minutes[row.text("id")] = row.number("authorization_ttl").value_or(0);
    });
    source.database.read("expiring_user_group_membership", "", [&](const Row& row) {
        ExpiringMembership membership{
            .user_id = row.text("user_id"), .group_id = row.text("group_id"), .idp_id = row.text("idp_id")};
        membership.last_verified = row.time("last_verified").value_or(Timestamp{});
        membership.expires_at = membership.last_verified + std::chrono::minutes(minutes[membership.idp_id]);
        if (membership.expires_at > source.writer.now()) source.writer.put(membership, membership.user_id);
    });
}

void import_domain_configs(Source& source) {
    std::map<std::string, DomainConfig> configs;
    std::map<std::string, json> secrets;
    const auto value_of = [](const Row& row) {
        auto value = json::parse(row.text("value"), nullptr, false);
        return value.is_discarded() ? json(row.text("value")) : value;
    };
    source.database.read("whitelisted_config", "", [&](const Row& row) {
        configs[row.text("domain_id")].options[row.text("group")][row.text("option")] = value_of(row);
    });
    source.database.read("sensitive_config", "", [&](const Row& row) {
        configs[row.text("domain_id")];
        secrets[row.text("domain_id")][row.text("group")][row.text("option")] = value_of(row);
    });
    for (auto& [id, config] : configs) {
        config.domain_id = id;
        if (const auto found = secrets.find(id); found != secrets.end()) {
            const auto text = found->second.dump();
            const auto before = source.writer.find(config);
            config.sealed_secrets = before && source.vault.is_current(before->sealed_secrets) &&
                                            source.vault.open(before->sealed_secrets) == text
                                        ? before->sealed_secrets
                                        : source.vault.seal(text);
        }
        source.writer.put(config, id);
    }
}

}  // namespace

void import_federation(Source& source) {
    import_providers(source);
    import_expiring_memberships(source);
    import_domain_configs(source);
}

void import_revocations(Source& source) {
    source.database.read("revocation_event", "id", [&](const Row& row) {
        RevocationEvent event;
        event.revoked_at = row.time("revoked_at").value_or(Timestamp{});
        event.id = "keystone-" + row.text("id");
        event.audit_id = row.text("audit_id");
        event.audit_chain_id = row.text("audit_chain_id");
        event.user_id = row.text("user_id");
        event.project_id = row.text("project_id");
        event.domain_id = row.text("domain_id");
        event.role_id = row.text("role_id");
        event.trust_id = row.text("trust_id");
        event.issued_before = row.time("issued_before").value_or(event.revoked_at);
        const bool narrow = row.find("consumer_id") || row.find("access_token_id");
        const bool names_nothing = event.audit_id.empty() && event.audit_chain_id.empty() && event.user_id.empty() &&
                                   event.project_id.empty() && event.domain_id.empty() && event.role_id.empty() &&
                                   event.trust_id.empty();
        if (narrow && names_nothing)
            return source.writer.skip("it revokes by OAuth consumer", "revocation " + row.text("id"));
        source.writer.put(event, event.id);
    });
}

}  // namespace cumulet::identity::keystone_import
