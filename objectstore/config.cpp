#include "objectstore/config.hpp"

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
         {describe(kMoreDataFolders), describe(kTrust), describe(kUpkeepRate), describe(kCompactPause),
          describe(kScrubPause), describe(kUploadMemory), describe(kEncrypt), describe(kKeyFile)})
        keys.push_back(key);
    return keys;
}

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
    settings.max_file_size = static_cast<std::uint64_t>(positive(kMaxFileSize));
    return settings;
}

s3::Settings read_s3_settings(const runtime::Config& config) {
    if (config.get(kS3KeyCache) <= 0) throw runtime::ConfigError("objectstore.s3_key_cache_s must be greater than 0");
    s3::Settings settings;
    settings.regions = {std::string(config.get(kRegion))};
    for (const auto& region : config.get(kS3Regions)) settings.regions.push_back(region);
    settings.domains = config.get(kS3Domains);
    return settings;
}

}  // namespace cumulet::objectstore
