#include "identity/settings.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "identity/passwords/pattern.hpp"

namespace cumulet::identity {

std::vector<runtime::KeyDescription> config_keys() {
    using runtime::describe;
    return {describe(kAddress),
            describe(kPort),
            describe(kPublicUrl),
            describe(kTlsCertFile),
            describe(kTlsKeyFile),
            describe(kStateFolder),
            describe(kTokenKeys),
            describe(kCredentialKeys),
            describe(kBootstrapFile),
            describe(kPolicyFile),
            describe(kEnforceScope),
            describe(kMethods),
            describe(kTokenLifetime),
            describe(kExpiredWindow),
            describe(kTokenCache),
            describe(kMaxActiveKeys),
            describe(kAuditFile),
            describe(kBcryptRounds),
            describe(kPasswordMemory),
            describe(kMaxPasswordLength),
            describe(kTrustedProxies),
            describe(kFederationFile),
            describe(kTrustedDashboards),
            describe(kAssertionPrefix),
            describe(kRemoteIdAttribute),
            describe(kFederatedMemberships),
            describe(kMirrorEvery),
            describe(kDomainFiles),
            describe(kListLimit),
            describe(kWorkers),
            describe(kStoreCache),
            describe(kLockoutAttempts),
            describe(kLockoutDuration),
            describe(kPasswordExpires),
            describe(kUniquePasswords),
            describe(kMinimumPasswordAge),
            describe(kPasswordRegex),
            describe(kPasswordRegexDescription),
            describe(kChangeOnFirstUse),
            describe(kDisableInactive),
            describe(kTotpWindows),
            describe(kReceiptLifetime),
            describe(kAllowRescope),
            describe(kLimitModel),
            describe(kOauthRequestLifetime),
            describe(kOauthAccessLifetime)};
}

namespace {
std::filesystem::path folder_or(const runtime::Config& config, const Key<std::string_view>& key, const char* below) {
    const auto named = config.get(key);
    return named.empty() ? std::filesystem::path(config.get(kStateFolder)) / below : std::filesystem::path(named);
}
}  // namespace

std::filesystem::path token_key_folder(const runtime::Config& config) {
    return folder_or(config, kTokenKeys, "fernet-keys");
}

std::filesystem::path credential_key_folder(const runtime::Config& config) {
    return folder_or(config, kCredentialKeys, "credential-keys");
}

Settings read_settings(const runtime::Config& config) {
    auto in_range = [&](const Key<std::int64_t>& key, std::int64_t least, std::int64_t most) {
        const auto value = config.get(key);
        if (value < least || value > most)
            throw runtime::ConfigError(fmt::format("{} is {}, allowed is {} to {}", key.name, value, least, most));
        return value;
    };
    in_range(kBcryptRounds, 4, 31);
    in_range(kPasswordMemory, 0, 86'400);
    in_range(kWorkers, 0, 1024);
    in_range(kMirrorEvery, 1, 86'400);
    Settings settings;
    settings.methods = config.get(kMethods);
    if (settings.methods.empty() || settings.methods.size() > 32)
        throw runtime::ConfigError(fmt::format("{} must name 1 to 32 methods", kMethods.name));
    settings.token_lifetime = std::chrono::seconds(in_range(kTokenLifetime, 1, 31'536'000));
    settings.expired_window = std::chrono::seconds(in_range(kExpiredWindow, 0, 31'536'000));
    settings.max_active_keys = static_cast<std::size_t>(in_range(kMaxActiveKeys, 2, 1000));
    settings.token_cache_entries = static_cast<std::size_t>(in_range(kTokenCache, 2, 100'000'000));
    settings.max_password_length = static_cast<std::size_t>(in_range(kMaxPasswordLength, 1, 4096));
    settings.list_limit = static_cast<std::size_t>(in_range(kListLimit, 1, 10'000'000));
    auto& compliance = settings.compliance;
    constexpr std::int64_t kManyDays = 36'500;
    compliance.lockout_attempts = in_range(kLockoutAttempts, 0, 1'000'000);
    compliance.lockout_duration = std::chrono::seconds(in_range(kLockoutDuration, 0, kManyDays * 86'400));
    compliance.password_expires_days = in_range(kPasswordExpires, 0, kManyDays);
    compliance.unique_last_passwords = in_range(kUniquePasswords, 0, 1'000);
    compliance.minimum_password_age_days = in_range(kMinimumPasswordAge, 0, kManyDays);
    compliance.password_regex = config.get(kPasswordRegex);
    try {
        passwords::check_pattern(compliance.password_regex);
    } catch (const std::invalid_argument& problem) {
        throw runtime::ConfigError(fmt::format("{} is no regular expression: {}", kPasswordRegex.name, problem.what()));
    }
    compliance.password_regex_description = config.get(kPasswordRegexDescription);
    compliance.change_on_first_use = config.get(kChangeOnFirstUse);
    compliance.disable_days_inactive = in_range(kDisableInactive, 0, kManyDays);
    settings.totp_windows = static_cast<int>(in_range(kTotpWindows, 0, 10));
    settings.receipt_lifetime = std::chrono::seconds(in_range(kReceiptLifetime, 1, 86'400));
    const auto model = config.get(kLimitModel);
    if (model != "flat" && model != "strict_two_level")
        throw runtime::ConfigError(
            fmt::format("{} is {}, allowed are flat and strict_two_level", kLimitModel.name, model));
    settings.two_level_limits = model == "strict_two_level";
    settings.allow_rescope = config.get(kAllowRescope);
    settings.oauth_request_lifetime = std::chrono::seconds(in_range(kOauthRequestLifetime, 0, kManyDays * 86'400));
    settings.oauth_access_lifetime = std::chrono::seconds(in_range(kOauthAccessLifetime, 0, kManyDays * 86'400));
    settings.federated_memberships = std::chrono::minutes(in_range(kFederatedMemberships, 0, 5'256'000));
    settings.trusted_dashboards = config.get(kTrustedDashboards);
    settings.remote_id_attribute = config.get(kRemoteIdAttribute);
    settings.authenticate_uri = config.get(kPublicUrl);
    if (settings.authenticate_uri.empty())
        settings.authenticate_uri = fmt::format("{}://{}:{}/v3", config.get(kTlsCertFile).empty() ? "http" : "https",
                                                config.get(kAddress), config.get(kPort));
    return settings;
}

}  // namespace cumulet::identity
