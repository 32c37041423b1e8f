// The identity service's configuration: every key declared once, and the same as plain values for its parts.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/runtime/clock.hpp"
#include "common/runtime/config.hpp"

namespace cumulet::identity {

using runtime::Key;

constexpr Key<std::string_view> kAddress{"identity.address", "127.0.0.1", "Address to listen on."};
constexpr Key<std::int64_t> kPort{"identity.port", 5000, "TCP port of the Keystone v3 API."};
constexpr Key<std::string_view> kPublicUrl{"identity.public_url", "",
                                           "URL named in WWW-Authenticate; empty: http://<address>:<port>/v3."};
constexpr Key<std::string_view> kTlsCertFile{"identity.tls_cert_file", "",
                                             "Certificate chain (PEM); empty: plain HTTP."};
constexpr Key<std::string_view> kTlsKeyFile{"identity.tls_key_file", "", "Private key (PEM) of that certificate."};
constexpr Key<std::string_view> kStateFolder{"identity.state_dir", "/var/lib/cumulet/identity",
                                             "Folder of the store and of the keys."};
constexpr Key<std::string_view> kTokenKeys{
    "identity.token_keys_dir", "",
    "Fernet keys of tokens (0 staged, highest primary); empty: <state_dir>/fernet-keys."};
constexpr Key<std::string_view> kCredentialKeys{
    "identity.credential_keys_dir", "", "Fernet keys of stored credentials; empty: <state_dir>/credential-keys."};
constexpr Key<std::string_view> kBootstrapFile{
    "identity.bootstrap_file", "",
    "JSON file with the first users, projects and catalog, applied at every start; empty: none."};
constexpr Key<std::string_view> kPolicyFile{"identity.policy_file", "",
                                            "YAML file with policy rules that replace defaults; empty: none."};
constexpr Key<bool> kEnforceScope{"identity.enforce_scope", true,
                                  "Refuse tokens whose scope a policy rule does not name."};
inline const Key<std::vector<std::string>> kMethods{
    "identity.methods",
    {"external", "password", "token", "oauth1", "mapped", "application_credential", "totp"},
    "Log-in methods; their order is part of the token format and must be the same on every node."};
constexpr Key<std::int64_t> kTokenLifetime{"identity.token_lifetime_s", 3600, "Seconds a token is valid."};
constexpr Key<std::int64_t> kExpiredWindow{
    "identity.allow_expired_window_s", 172'800,
    "Seconds after its end in which a service may still ask for a token with allow_expired."};
constexpr Key<std::int64_t> kTokenCache{"identity.token_cache_entries", 5'000, "Validated tokens kept in memory."};
constexpr Key<std::string_view> kAuditFile{
    "identity.audit_file", "",
    "File that gets every change and log-in as one line of JSON (CADF in Keystone's envelope); empty: only the bus."};
constexpr Key<std::int64_t> kMaxActiveKeys{
    "identity.max_active_keys", 3,
    "Fernet keys that a rotation leaves in a folder; those that living tokens need stay beyond it."};
constexpr Key<std::int64_t> kBcryptRounds{"identity.bcrypt_rounds", 12,
                                          "Cost of new password hashes (2^rounds), 4 to 31."};
constexpr Key<std::int64_t> kPasswordMemory{"identity.password_memory_s", 60,
                                            "Seconds a right password is recognised without its hash; 0: never."};
constexpr Key<std::int64_t> kMaxPasswordLength{"identity.max_password_length", 4096, "Longest password taken."};
constexpr Key<std::int64_t> kLockoutAttempts{"identity.lockout_failure_attempts", 0,
                                             "Wrong passwords in a row after which a user is locked out; 0: never."};
constexpr Key<std::int64_t> kLockoutDuration{"identity.lockout_duration_s", 1800,
                                             "Seconds a user stays locked out; 0: until an administrator helps."};
constexpr Key<std::int64_t> kPasswordExpires{"identity.password_expires_days", 0,
                                             "Days a password is good for; 0: for ever."};
constexpr Key<std::int64_t> kUniquePasswords{
    "identity.unique_last_password_count", 0,
    "How many of a user's last passwords it may not take again, the present one included; 0: any may be taken."};
constexpr Key<std::int64_t> kMinimumPasswordAge{"identity.minimum_password_age_days", 0,
                                                "Days a password must be used before its user may change it; 0: none."};
constexpr Key<std::string_view> kPasswordRegex{"identity.password_regex", "",
                                               "Regular expression (PCRE) that passwords must match; empty: any."};
constexpr Key<std::string_view> kPasswordRegexDescription{"identity.password_regex_description", "",
                                                          "What that expression asks for, in words: told to users."};
constexpr Key<bool> kChangeOnFirstUse{"identity.change_password_upon_first_use", false,
                                      "Users must change a password that somebody else set."};
constexpr Key<std::int64_t> kDisableInactive{"identity.disable_user_account_days_inactive", 0,
                                             "Days without a log-in after which a user is disabled; 0: never."};
constexpr Key<std::int64_t> kTotpWindows{"identity.totp_previous_windows", 1,
                                         "Half minutes for which an older one-time password is taken."};
constexpr Key<std::int64_t> kReceiptLifetime{"identity.receipt_lifetime_s", 300,
                                             "Seconds in which a log-in with several methods has to be ended."};
constexpr Key<bool> kAllowRescope{"identity.allow_rescope_scoped_token", true,
                                  "Let a scoped token be exchanged for one with another scope."};
constexpr Key<std::string_view> kLimitModel{
    "identity.limit_enforcement_model", "flat",
    "flat, or strict_two_level: a project's limit is not above its domain's, and projects have no projects below."};
constexpr Key<std::int64_t> kOauthRequestLifetime{"identity.oauth1_request_token_s", 28'800,
                                                  "Seconds an OAuth request token is valid; 0: for ever."};
constexpr Key<std::int64_t> kOauthAccessLifetime{"identity.oauth1_access_token_s", 86'400,
                                                 "Seconds an OAuth access token is valid; 0: for ever."};
inline const Key<std::vector<std::string>> kTrustedProxies{
    "identity.federation_trusted_proxies",
    {},
    "Addresses and networks of web servers whose headers say who a federated user is; empty: none."};
constexpr Key<std::string_view> kFederationFile{
    "identity.federation_file", "",
    "JSON file with the OpenID Connect providers whose tokens are checked here; empty: none."};
inline const Key<std::vector<std::string>> kTrustedDashboards{
    "identity.federation_trusted_dashboards",
    {},
    "URLs of dashboards to which a browser that signed in is sent with a token (https://host/auth/websso/)."};
constexpr Key<std::string_view> kAssertionPrefix{"identity.federation_assertion_prefix", "",
                                                 "Only attributes whose names start so are read from those headers."};
constexpr Key<std::string_view> kRemoteIdAttribute{
    "identity.federation_remote_id_attribute", "",
    "Attribute that says who made an assertion, for protocols that name none (HTTP_OIDC_ISS); empty: not looked at."};
constexpr Key<std::int64_t> kFederatedMemberships{
    "identity.federation_group_membership_min", 0,
    "Minutes that groups given by a mapping last beyond the token, where the identity provider does not say."};
constexpr Key<std::int64_t> kMirrorEvery{
    "identity.ldap_mirror_s", 300,
    "Seconds between two looks at the whole of an LDAP directory; a user who logs in is looked at each time."};
constexpr Key<std::string_view> kDomainFiles{
    "identity.domain_config_dir", "",
    "Folder with files keystone.DOMAIN.conf: options of domains, which outweigh those set by the API; empty: none."};
constexpr Key<std::int64_t> kListLimit{"identity.list_limit", 100'000, "Most entries in one list."};
constexpr Key<std::int64_t> kWorkers{"identity.workers", 0, "Threads for password hashes; 0: one a processor."};
constexpr Key<std::int64_t> kStoreCache{"identity.store_cache_mib", 16, "Block cache of the store, MiB."};

std::vector<runtime::KeyDescription> config_keys();

// What passwords have to be like and when users are shut out; 0 and empty switch a rule off.
struct Compliance {
    std::int64_t lockout_attempts = 0;
    Duration lockout_duration = std::chrono::minutes(30);
    std::int64_t password_expires_days = 0;
    std::int64_t unique_last_passwords = 0;
    std::int64_t minimum_password_age_days = 0;
    std::string password_regex, password_regex_description;
    bool change_on_first_use = false;
    std::int64_t disable_days_inactive = 0;
};

struct Settings {
    std::vector<std::string> methods;
    Duration token_lifetime = std::chrono::hours(1);
    Duration expired_window = std::chrono::hours(48);
    std::size_t max_active_keys = 3;
    std::size_t token_cache_entries = 5'000;
    std::size_t max_password_length = 4096;
    std::size_t list_limit = 100'000;
    Compliance compliance;
    int totp_windows = 1;
    Duration receipt_lifetime = std::chrono::minutes(5);
    bool allow_rescope = true;
    bool two_level_limits = false;
    Duration oauth_request_lifetime = std::chrono::hours(8);
    Duration oauth_access_lifetime = std::chrono::hours(24);
    Duration federated_memberships{};
    std::string remote_id_attribute;
    std::vector<std::string> trusted_dashboards;
    std::string authenticate_uri = "http://127.0.0.1:5000/v3";
};

// Where the Fernet keys of tokens and of stored credentials are.
std::filesystem::path token_key_folder(const runtime::Config& config);
std::filesystem::path credential_key_folder(const runtime::Config& config);

// Throws runtime::ConfigError for values out of range.
Settings read_settings(const runtime::Config& config);

}  // namespace cumulet::identity
