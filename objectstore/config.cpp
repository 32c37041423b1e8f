#include "objectstore/config.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

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
    for (const auto& key :
         {describe(kPolicies),       describe(kSyncHosts),   describe(kCorsOrigins),  describe(kMoreDataFolders),
          describe(kTrust),          describe(kUpkeepRate),  describe(kCompactPause), describe(kScrubPause),
          describe(kUploadMemory),   describe(kEncrypt),     describe(kKeyFile),      describe(kS3Lifecycle),
          describe(kStorageDomains), describe(kAccountRate), describe(kWriteRate),    describe(kContainerRates),
          describe(kListingRates),   describe(kMaxRateWait), describe(kUnlimited),    describe(kRefused),
          describe(kReconHosts),     describe(kSyncRealms),  describe(kSyncCurrent),  describe(kSyncPause),
          describe(kS3SiteDomains),  describe(kCrossDomain), describe(kS3Dialect),    describe(kCnameDepth),
          describe(kCnameServers)})
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

// "OBJECTS:RATE", in order.
std::vector<swift::RateStep> read_steps(const runtime::Config& config, const Key<std::vector<std::string>>& key) {
    std::vector<swift::RateStep> steps;
    const auto texts = config.get(key);
    for (const std::string_view text : texts) {
        std::int64_t objects = -1, rate = -1;
        const auto colon = std::from_chars(text.data(), text.data() + text.size(), objects);
        const auto end = colon.ptr == text.data() + text.size() || *colon.ptr != ':'
                             ? colon
                             : std::from_chars(colon.ptr + 1, text.data() + text.size(), rate);
        const bool grows = steps.empty() || objects > static_cast<std::int64_t>(steps.back().objects);
        if (end.ec != std::errc{} || end.ptr != text.data() + text.size() || objects < 0 || rate < 1 || !grows)
            throw runtime::ConfigError(std::string(key.name) +
                                       ": each is OBJECTS:RATE, numbers of objects growing, rates of 1 or more");
        steps.push_back({static_cast<std::uint64_t>(objects), static_cast<double>(rate)});
    }
    return steps;
}

void read_rates(const runtime::Config& config, swift::Settings& settings) {
    for (const auto* key : {&kAccountRate, &kWriteRate, &kMaxRateWait})
        if (config.get(*key) < 0) throw runtime::ConfigError(std::string(key->name) + " must not be less than 0");
    settings.account_rate = static_cast<double>(config.get(kAccountRate));
    settings.write_rate = static_cast<double>(config.get(kWriteRate));
    settings.container_rates = read_steps(config, kContainerRates);
    settings.listing_rates = read_steps(config, kListingRates);
    settings.max_rate_wait = std::chrono::seconds(config.get(kMaxRateWait));
    settings.unlimited_accounts = config.get(kUnlimited);
    settings.refused_accounts = config.get(kRefused);
}

}  // namespace

swift::Settings read_settings(const runtime::Config& config) {
    const auto positive = [&](const Key<std::int64_t>& key) {
        const auto value = config.get(key);
        if (value <= 0) throw runtime::ConfigError(std::string(key.name) + " must be greater than 0");
        return value;
    };
    for (const auto* key : {&kSmallBytes, &kSegmentSize, &kDiskThreads, &kExpirerPause, &kStoreCache, &kTokenCacheTtl,
                            &kRevocationPoll, &kSyncPause})
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
    settings.storage_domains = config.get(kStorageDomains);
    if (config.get(kCnameDepth) < 0)
        throw runtime::ConfigError(std::string(kCnameDepth.name) + " must not be less than 0");
    settings.cname_depth = static_cast<std::size_t>(config.get(kCnameDepth));
    if (settings.cname_depth > 0 && settings.storage_domains.empty())
        throw runtime::ConfigError(std::string(kCnameDepth.name) + " wants " + std::string(kStorageDomains.name));
    settings.recon_hosts = config.get(kReconHosts);
    settings.cross_domain_policy = config.get(kCrossDomain);
    settings.has_s3 = config.get(kS3Port) != 0;
    read_rates(config, settings);
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
    const std::string dialect(config.get(kS3Dialect));
    if (dialect != "aws" && dialect != "swift")
        throw runtime::ConfigError(std::string(kS3Dialect.name) + " must be aws or swift");
    settings.as_swift = dialect == "swift";
    return settings;
}

}  // namespace cumulet::objectstore
