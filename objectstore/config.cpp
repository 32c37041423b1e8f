#include "objectstore/config.hpp"

#include <algorithm>
#include <cctype>

namespace cumulet::objectstore {

std::vector<runtime::KeyDescription> config_keys() {
    using runtime::describe;
    std::vector<runtime::KeyDescription> keys{
        describe(kAddress),           describe(kPort),           describe(kS3Port),
        describe(kS3Domains),         describe(kS3Regions),      describe(kS3KeyCache),
        describe(kTlsCertFile),       describe(kTlsKeyFile),     describe(kRegion),
        describe(kStateFolder),       describe(kDataFolder),     describe(kIdentityUrl),
        describe(kIdentityPublicUrl), describe(kUsername),       describe(kPassword),
        describe(kProject),           describe(kUserDomain),     describe(kProjectDomain),
        describe(kIdentityCa),        describe(kRevocationPoll), describe(kTokenCacheTtl),
        describe(kOperatorRoles),     describe(kResellerRoles),  describe(kAccountPrefix),
        describe(kServicePrefix),     describe(kServiceRoles),   describe(kTempauthUsers),
        describe(kMaxFileSize),       describe(kSmallBytes),     describe(kSegmentSize),
        describe(kMinFree),           describe(kDiskThreads),    describe(kExpirerPause),
        describe(kStoreCache)};
    for (const auto& key : {describe(kPolicies), describe(kSyncHosts), describe(kCorsOrigins),
                            describe(kMoreDataFolders), describe(kTrust), describe(kUpkeepRate),
                            describe(kCompactPause), describe(kScrubPause), describe(kUploadMemory), describe(kEncrypt),
                            describe(kKeyFile), describe(kS3Lifecycle), describe(kS3SiteDomains)})
        keys.push_back(key);
    return keys;
}

namespace {

std::vector<swift::StoragePolicy> read_policies(const runtime::Config& config) {
    constexpr std::string_view kDeprecated = ":deprecated";
    std::vector<swift::StoragePolicy> policies;
    const auto names = config.get(kPolicies);
    for (const std::string_view text : names) {
        const bool deprecated = text.ends_with(kDeprecated);
        const auto name = text.substr(0, text.size() - (deprecated ? kDeprecated.size() : 0));
        const auto bad = [](char c) { return !std::isalnum(static_cast<unsigned char>(c)) && c != '-'; };
        if (name.empty() || std::any_of(name.begin(), name.end(), bad))
            throw runtime::ConfigError(std::string(kPolicies.name) + ": names are of letters, digits and dashes");
        policies.push_back({std::string(name), deprecated});
    }
    if (policies.empty() || policies.front().deprecated)
        throw runtime::ConfigError(std::string(kPolicies.name) +
                                   ": the first is the default, and cannot be deprecated");
    return policies;
}

}  // namespace

swift::Settings read_settings(const runtime::Config& config) {
    const auto positive = [&](const Key<std::int64_t>& key) {
        const auto value = config.get(key);
        if (value <= 0) throw runtime::ConfigError(std::string(key.name) + " must be greater than 0");
        return value;
    };
    for (const auto* key :
         {&kSmallBytes, &kSegmentSize, &kDiskThreads, &kExpirerPause, &kStoreCache, &kTokenCacheTtl, &kRevocationPoll})
        positive(*key);
    positive(kUploadMemory);
    for (const auto* key : {&kTrust, &kUpkeepRate, &kCompactPause, &kScrubPause})
        if (config.get(*key) < 0) throw runtime::ConfigError(std::string(key->name) + " must not be less than 0");
    swift::Settings settings;
    settings.account_prefix = config.get(kAccountPrefix);
    settings.operator_roles = config.get(kOperatorRoles);
    settings.reseller_admin_roles = config.get(kResellerRoles);
    settings.service_prefix = config.get(kServicePrefix);
    settings.service_roles = config.get(kServiceRoles);
    settings.policies = read_policies(config);
    settings.sync_hosts = config.get(kSyncHosts);
    settings.cors_allow_origin = config.get(kCorsOrigins);
    settings.max_file_size = static_cast<std::uint64_t>(positive(kMaxFileSize));
    return settings;
}

s3::Settings read_s3_settings(const runtime::Config& config) {
    for (const auto* key : {&kS3KeyCache, &kS3Lifecycle})
        if (config.get(*key) <= 0) throw runtime::ConfigError(std::string(key->name) + " must be greater than 0");
    s3::Settings settings;
    settings.regions = {std::string(config.get(kRegion))};
    for (const auto& region : config.get(kS3Regions)) settings.regions.push_back(region);
    settings.domains = config.get(kS3Domains);
    settings.site_domains = config.get(kS3SiteDomains);
    return settings;
}

}  // namespace cumulet::objectstore
