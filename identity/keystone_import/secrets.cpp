// Whatever stands for a user: credentials, application credentials, trusts, OAuth.
#include <nlohmann/json.hpp>

#include "identity/keystone_import/tables.hpp"
#include "identity/model/credentials.hpp"
#include "identity/model/oauth1.hpp"
#include "identity/model/trusts.hpp"

namespace cumulet::identity::keystone_import {
namespace {

using nlohmann::json;
using ListOf = std::map<std::string, std::vector<std::string>>;

// column `value` of all rows by column `key`.
ListOf read_lists(Source& source, const char* table, const char* key, const char* value) {
    ListOf lists;
    source.database.read(table, value, [&](const Row& row) { lists[row.text(key)].push_back(row.text(value)); });
    return lists;
}

// Sealing is different each time: what is already there, and opens to the same, stays.
std::string sealed_anew(const Source& source, const std::string& secret, const std::string& before) {
    if (!before.empty() && source.vault.is_current(before) && source.vault.open(before) == secret) return before;
    return source.vault.seal(secret);
}

void import_credentials(Source& source) {
    source.database.read("credential", "", [&](const Row& row) {
        Credential credential{.id = row.text("id"),
                              .user_id = row.text("user_id"),
                              .project_id = row.text("project_id"),
                              .type = row.text("type"),
                              .sealed_blob = ""};
        credential.extra = json_of(row, "extra");
        const std::string name = "credential " + credential.id + " (" + credential.type + ")";
        if (source.credential_keys.empty()) return source.writer.skip("no --credential-keys were given", name);
        const auto blob = tokens::fernet_decrypt(source.credential_keys, row.text("encrypted_blob"));
        if (!blob) return source.writer.skip("none of the credential keys opens it", name);
        // Sealed is the blob as a JSON text.
        const auto text = json::parse(blob->bytes, nullptr, false);
        const auto secret = text.is_string() ? text.get<std::string>() : blob->bytes;
        const auto before = source.writer.find(credential);
        credential.sealed_blob = sealed_anew(source, secret, before ? before->sealed_blob : "");
        source.writer.put(credential, name);
    });
}

void import_application_credentials(Source& source) {
    std::map<std::string, std::string> rule_ids;  // by their numbers
    source.database.read("access_rule", "", [&](const Row& row) {
        AccessRule rule{.id = row.text("external_id"),
                        .user_id = row.text("user_id"),
                        .service = row.text("service"),
                        .path = row.text("path"),
                        .method = row.text("method")};
        rule_ids[row.text("id")] = rule.id;
        source.writer.put(rule, rule.path);
    });
    const auto roles = read_lists(source, "application_credential_role", "application_credential_id", "role_id");
    const auto rules =
        read_lists(source, "application_credential_access_rule", "application_credential_id", "access_rule_id");
    source.database.read("application_credential", "", [&](const Row& row) {
        ApplicationCredential credential{.id = row.text("id"),
                                         .name = row.text("name"),
                                         .description = row.text("description"),
                                         .user_id = row.text("user_id"),
                                         .project_id = row.text("project_id")};
        if (credential.project_id.empty())
            return source.writer.skip("it is for the system, not for a project",
                                      "application credential " + credential.name);
        const auto number = row.text("internal_id");
        if (const auto found = roles.find(number); found != roles.end()) credential.role_ids = found->second;
        if (const auto found = rules.find(number); found != rules.end()) {
            credential.has_access_rules = true;
            for (const auto& rule : found->second) credential.access_rule_ids.push_back(rule_ids[rule]);
        }
        credential.expires_at = row.micros("expires_at");
        credential.unrestricted = row.flag("unrestricted");
        credential.secret_hash = row.text("secret_hash");
        source.writer.put(credential, credential.name);
    });
}

void import_trusts(Source& source) {
    const auto roles = read_lists(source, "trust_role", "trust_id", "role_id");
    source.database.read("trust", "", [&](const Row& row) {
        if (row.find("deleted_at")) return;
        Trust trust{.id = row.text("id"),
                    .trustor_user_id = row.text("trustor_user_id"),
                    .trustee_user_id = row.text("trustee_user_id"),
                    .project_id = row.text("project_id")};
        if (const auto found = roles.find(trust.id); found != roles.end()) trust.role_ids = found->second;
        trust.impersonation = row.flag("impersonation");
        trust.expires_at = row.micros("expires_at_int");
        if (!trust.expires_at) trust.expires_at = row.time("expires_at");
        if (trust.expires_at && *trust.expires_at <= source.writer.now())
            return source.writer.skip("it has expired", "trust " + trust.id);
        trust.remaining_uses = row.number("remaining_uses");
        trust.redelegation_count = row.number("redelegation_count").value_or(0);
        trust.redelegated_trust_id = row.text("redelegated_trust_id");
        source.writer.put(trust, trust.id);
    });
}

void import_oauth(Source& source) {
    source.database.read("consumer", "", [&](const Row& row) {
        OauthConsumer consumer{.id = row.text("id"), .description = row.text("description"), .sealed_secret = ""};
        consumer.has_description = row.find("description").has_value();
        consumer.extra = json_of(row, "extra");
        const auto before = source.writer.find(consumer);
        consumer.sealed_secret = sealed_anew(source, row.text("secret"), before ? before->sealed_secret : "");
        source.writer.put(consumer, consumer.id);
    });
    source.database.read("access_token", "", [&](const Row& row) {
        OauthAccess access{.id = row.text("id"),
                           .consumer_id = row.text("consumer_id"),
                           .user_id = row.text("authorizing_user_id"),
                           .project_id = row.text("project_id"),
                           .sealed_secret = ""};
        const auto roles = json::parse(row.text("role_ids"), nullptr, false);
        for (const auto& role : roles.is_array() ? roles : json::array())
            if (role.is_string()) access.role_ids.push_back(role.get<std::string>());
        if (const auto end = row.find("expires_at")) access.expires_at = parse_iso(std::string(*end));
        const auto before = source.writer.find(access);
        access.sealed_secret = sealed_anew(source, row.text("access_secret"), before ? before->sealed_secret : "");
        source.writer.put(access, access.id);
    });
    source.database.read("request_token", "", [&](const Row& row) {
        source.writer.skip("requests live for hours: its consumer asks again", "OAuth request " + row.text("id"));
    });
}

}  // namespace

void import_secrets(Source& source) {
    import_credentials(source);
    import_application_credentials(source);
    import_trusts(source);
    import_oauth(source);
}

}  // namespace cumulet::identity::keystone_import
