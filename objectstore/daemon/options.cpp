#include "objectstore/daemon/options.hpp"

#include <filesystem>

#include "objectstore/config.hpp"

namespace cumulet::objectstore {

namespace fs = std::filesystem;

fs::path store_folder(const runtime::Config& config) { return fs::path(config.get(kStateFolder)) / "store"; }

fs::path data_folder(const runtime::Config& config) {
    const auto named = config.get(kDataFolder);
    return named.empty() ? fs::path(config.get(kStateFolder)) / "data" : fs::path(named);
}

std::vector<fs::path> more_folders(const runtime::Config& config) {
    const auto named = config.get(kMoreDataFolders);
    return {named.begin(), named.end()};
}

namespace {

// Objects that were encrypted can be read while the file is there, also when encryption is off.
fs::path key_file(const runtime::Config& config) {
    const auto named = config.get(kKeyFile);
    auto file = named.empty() ? fs::path(config.get(kStateFolder)) / "root-secrets" : fs::path(named);
    return config.get(kEncrypt) || !named.empty() || fs::exists(file) ? file : fs::path();
}

}  // namespace

LocalOptions local_options(const runtime::Config& config, runtime::Metrics& metrics) {
    return {.folder = data_folder(config),
            .more_folders = more_folders(config),
            .small_bytes = static_cast<std::size_t>(config.get(kSmallBytes)),
            .segment_bytes = static_cast<std::uint64_t>(config.get(kSegmentSize)) << 20,
            .min_free_bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(0, config.get(kMinFree))) << 20,
            .threads = static_cast<unsigned>(config.get(kDiskThreads)),
            .trust = std::chrono::seconds(config.get(kTrust)),
            .key_file = key_file(config),
            .encrypt = config.get(kEncrypt),
            .upkeep_bytes_per_s = static_cast<std::uint64_t>(config.get(kUpkeepRate)) << 20,
            .upload_memory_bytes = static_cast<std::uint64_t>(config.get(kUploadMemory)) << 20,
            .metrics = &metrics};
}

auth::RemoteOptions identity_options(const runtime::Config& config) {
    return {.identity_url = config.get(kIdentityUrl),
            .public_url = config.get(kIdentityPublicUrl),
            .username = config.get(kUsername),
            .password = config.get(kPassword),
            .project_name = config.get(kProject),
            .user_domain = config.get(kUserDomain),
            .project_domain = config.get(kProjectDomain),
            .cache_ttl = std::chrono::seconds(config.get(kTokenCacheTtl)),
            .revocation_poll = std::chrono::seconds(config.get(kRevocationPoll))};
}

std::vector<swift::TempUser> tempauth_users(const runtime::Config& config) {
    std::vector<swift::TempUser> users;
    for (const auto& text : config.get(kTempauthUsers)) try {
            users.push_back(swift::parse_temp_user(text));
        } catch (const std::invalid_argument& error) {
            throw runtime::ConfigError(std::string(kTempauthUsers.name) + ": " + error.what());
        }
    return users;
}

std::vector<swift::NameServer> name_servers(const runtime::Config& config) {
    std::vector<swift::NameServer> servers;
    for (const auto& text : config.get(kCnameServers)) try {
            servers.push_back(swift::parse_name_server(text));
        } catch (const std::invalid_argument& error) {
            throw runtime::ConfigError(std::string(kCnameServers.name) + ": " + error.what());
        }
    return servers;
}

s3::RemoteKeysOptions key_options(const runtime::Config& config) {
    return {.identity = identity_options(config), .ttl = std::chrono::seconds(config.get(kS3KeyCache))};
}

}  // namespace cumulet::objectstore
