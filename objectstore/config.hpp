// The object store's configuration: every key declared once, and the same as plain values for its parts.
#pragma once

#include <string>
#include <vector>

#include "common/runtime/config.hpp"
#include "objectstore/s3/settings.hpp"
#include "objectstore/swift/settings.hpp"

namespace cumulet::objectstore {

using runtime::Key;

constexpr Key<std::string_view> kAddress{"objectstore.address", "127.0.0.1", "Address to listen on."};
constexpr Key<std::int64_t> kPort{"objectstore.port", 8080, "TCP port of the Swift v1 API."};
constexpr Key<std::int64_t> kS3Port{"objectstore.s3_port", 7480, "TCP port of the S3 API; 0: no S3."};
inline const Key<std::vector<std::string>> kS3Domains{
    "objectstore.s3_domains", {}, "Domains below which a host's name is a bucket's: bucket.DOMAIN."};
inline const Key<std::vector<std::string>> kS3SiteDomains{
    "objectstore.s3_site_domains", {}, "Domains below which buckets are served as web sites: bucket.DOMAIN."};
inline const Key<std::vector<std::string>> kS3Regions{
    "objectstore.s3_regions", {"us-east-1"}, "Regions that S3 signatures may name besides objectstore.region."};
constexpr Key<std::int64_t> kS3KeyCache{"objectstore.s3_key_cache_s", 60,
                                        "Seconds an S3 access key is believed at most before identity is asked again."};
constexpr Key<std::string_view> kS3Dialect{"objectstore.s3_dialect", "aws",
                                           "Whom S3 answers like where they differ: \"aws\", or \"swift\", whose S3 "
                                           "API shows owners as \"project:user\" and has no "
                                           "conditional writes."};
constexpr Key<std::int64_t> kS3Lifecycle{"objectstore.s3_lifecycle_pause_s", 3600,
                                         "Seconds between rounds that carry out the lifecycle rules of buckets."};
constexpr Key<std::string_view> kTlsCertFile{"objectstore.tls_cert_file", "",
                                             "Certificate chain (PEM); empty: plain HTTP."};
constexpr Key<std::string_view> kTlsKeyFile{"objectstore.tls_key_file", "", "Private key (PEM) of that certificate."};
constexpr Key<std::string_view> kRegion{"objectstore.region", "RegionOne", "Region this object store belongs to."};
constexpr Key<std::string_view> kStateFolder{"objectstore.state_dir", "/var/lib/cumulet/objectstore",
                                             "Folder of the store of records and, unless told otherwise, of the data."};
constexpr Key<std::string_view> kDataFolder{"objectstore.data_dir", "",
                                            "Folder of the objects' bytes; empty: <state_dir>/data."};
inline const Key<std::vector<std::string>> kMoreDataFolders{
    "objectstore.more_data_dirs", {}, "Folders on further disks; objects go to all of them by the room they have."};
constexpr Key<std::string_view> kIdentityUrl{"objectstore.identity_url", "http://127.0.0.1:5000/v3",
                                             "Keystone v3 URL that tokens are validated with; empty: there is none."};
constexpr Key<std::string_view> kIdentityPublicUrl{
    "objectstore.identity_public_url", "", "The same as clients see it, for WWW-Authenticate; empty: identity_url."};
constexpr Key<std::string_view> kUsername{"objectstore.username", "swift", "User that validates tokens."};
constexpr Key<std::string_view> kPassword{"objectstore.password", "", "Its password."};
constexpr Key<std::string_view> kProject{"objectstore.project_name", "service", "Its project."};
constexpr Key<std::string_view> kUserDomain{"objectstore.user_domain", "Default", "Domain of that user, by name."};
constexpr Key<std::string_view> kProjectDomain{"objectstore.project_domain", "Default",
                                               "Domain of that project, by name."};
constexpr Key<std::string_view> kIdentityCa{"objectstore.identity_ca_file", "",
                                            "Authority (PEM) of an https identity_url; empty: the system's."};
constexpr Key<std::int64_t> kRevocationPoll{
    "objectstore.revocation_poll_s", 5,
    "Seconds between looks at the identity service's revocation events, for when the bus tells nothing."};
constexpr Key<std::int64_t> kTokenCacheTtl{"objectstore.token_cache_s", 300,
                                           "Seconds a validated token is believed at most."};
inline const Key<std::vector<std::string>> kOperatorRoles{"objectstore.operator_roles",
                                                          {"admin", "member", "swiftoperator"},
                                                          "Roles that may do everything in their project's account."};
inline const Key<std::vector<std::string>> kResellerRoles{
    "objectstore.reseller_admin_roles", {"ResellerAdmin"}, "Roles that may do everything in every account."};
constexpr Key<std::string_view> kAccountPrefix{"objectstore.account_prefix", "AUTH_",
                                               "What stands before the project id in the name of an account."};
constexpr Key<std::string_view> kServicePrefix{
    "objectstore.service_account_prefix", "",
    "Prefix of further accounts that are reached only together with a service's token (X-Service-Token); empty: none."};
inline const Key<std::vector<std::string>> kServiceRoles{
    "objectstore.service_roles", {"service"}, "Roles that the user of such a service must have one of."};
inline const Key<std::vector<std::string>> kTempauthUsers{
    "objectstore.tempauth_users",
    {},
    "Users of the object store's own (GET /auth/v1.0), each \"account:user:key group group\"; the group .admin owns "
    "the "
    "account, .reseller_admin every account. For stand-alone use and tests."};
inline const Key<std::vector<std::string>> kPolicies{"objectstore.storage_policies",
                                                     {"Policy-0"},
                                                     "Names of storage policies, the default first; \":deprecated\" "
                                                     "behind one: no new containers. All keep objects alike."};
inline const Key<std::vector<std::string>> kSyncHosts{
    "objectstore.container_sync_hosts", {"127.0.0.1"}, "Hosts that X-Container-Sync-To may name."};
inline const Key<std::vector<std::string>> kCorsOrigins{
    "objectstore.cors_allow_origin", {}, "Origins that browsers may ask from, whatever a container says."};
inline const Key<std::vector<std::string>> kStorageDomains{
    "objectstore.storage_domains",
    {},
    "Domains below which a host's name is an account's or a container's: CONTAINER.AUTH-ACCOUNT.DOMAIN."};
constexpr Key<std::int64_t> kCnameDepth{
    "objectstore.cname_lookup_depth", 0,
    "CNAME records that are followed from another host to one below a storage domain; 0: DNS is not asked."};
inline const Key<std::vector<std::string>> kCnameServers{
    "objectstore.cname_nameservers", {}, "IPv4 addresses (:PORT) of the DNS servers asked; empty: the system's."};
constexpr Key<std::int64_t> kAccountRate{"objectstore.account_ratelimit", 0,
                                         "PUTs and DELETEs of containers a second, an account; 0: without limit."};
constexpr Key<std::int64_t> kWriteRate{"objectstore.account_write_ratelimit", 0,
                                       "Requests a second that change something, an account; 0: without limit."};
inline const Key<std::vector<std::string>> kContainerRates{
    "objectstore.container_ratelimits",
    {},
    "Writes of objects a second, a container, each \"OBJECTS:RATE\": from so many objects on; even changes between."};
inline const Key<std::vector<std::string>> kListingRates{
    "objectstore.container_listing_ratelimits", {}, "The same for listings."};
constexpr Key<std::int64_t> kMaxRateWait{"objectstore.ratelimit_max_wait_s", 60,
                                         "Requests that would wait longer for their turn are refused (498)."};
inline const Key<std::vector<std::string>> kUnlimited{
    "objectstore.ratelimit_whitelist", {}, "Accounts without limits of rates."};
inline const Key<std::vector<std::string>> kRefused{
    "objectstore.ratelimit_blacklist", {}, "Accounts whose requests are all refused (497)."};
inline const Key<std::vector<std::string>> kReconHosts{
    "objectstore.recon_hosts", {"127.0.0.1", "::1"}, "Addresses that GET /recon/... answers; empty: none."};
constexpr Key<std::string_view> kCrossDomain{
    "objectstore.cross_domain_policy", "",
    "What /crossdomain.xml allows, XML such as <allow-access-from domain=\"*\"/>; empty: there is none."};
constexpr Key<std::string_view> kSyncRealms{
    "objectstore.container_sync_realms", "",
    "File of realms of container sync, as Swift's container-sync-realms.conf; empty: there are none."};
constexpr Key<std::string_view> kSyncCurrent{"objectstore.container_sync_current", "",
                                             "This cluster among them: //REALM/CLUSTER."};
constexpr Key<std::int64_t> kSyncPause{"objectstore.container_sync_pause_s", 10,
                                       "Seconds between rounds that tell other clusters what changed."};
constexpr Key<std::int64_t> kMaxFileSize{"objectstore.max_file_size", 5'368'709'122, "Largest object, bytes."};
constexpr Key<std::int64_t> kSmallBytes{"objectstore.small_object_bytes", 65'536,
                                        "Objects up to this size share segment files."};
constexpr Key<std::int64_t> kSegmentSize{"objectstore.segment_mib", 64, "Size at which a segment file is closed, MiB."};
constexpr Key<std::int64_t> kMinFree{"objectstore.min_free_mib", 64,
                                     "A disk with less room takes no new objects, MiB."};
constexpr Key<std::int64_t> kDiskThreads{
    "objectstore.disk_threads", 16, "Threads of each disk that write and sync large objects, and as many that read."};
constexpr Key<std::int64_t> kTrust{"objectstore.trust_checked_s", 600,
                                   "Seconds for which large objects are sent without comparing their checksums again."};
constexpr Key<std::int64_t> kUpkeepRate{"objectstore.upkeep_mib_per_s", 20,
                                        "Bound of what compaction and scrubbing read, MiB a second; 0: none."};
constexpr Key<std::int64_t> kCompactPause{"objectstore.compact_pause_s", 300,
                                          "Seconds between looks for segments that are mostly dead."};
constexpr Key<std::int64_t> kScrubPause{"objectstore.scrub_pause_s", 604'800,
                                        "Seconds of rest after all stored bytes were compared with their checksums."};
constexpr Key<std::int64_t> kUploadMemory{"objectstore.upload_memory_mib", 64,
                                          "Memory for bytes of uploads on their way to disks, all together, MiB."};
constexpr Key<bool> kEncrypt{"objectstore.encrypt", false, "Encrypt the bytes of new objects."};
constexpr Key<std::string_view> kKeyFile{
    "objectstore.key_file", "",
    "Root secrets, made when missing and encrypt is on; empty: <state_dir>/root-secrets. Keep a copy elsewhere."};
constexpr Key<std::int64_t> kExpirerPause{"objectstore.expirer_pause_s", 30,
                                          "Seconds between rounds that remove expired objects."};
constexpr Key<std::int64_t> kStoreCache{"objectstore.store_cache_mib", 32, "Block cache of the store, MiB."};

std::vector<runtime::KeyDescription> config_keys();

// Throws runtime::ConfigError for values out of range.
swift::Settings read_settings(const runtime::Config& config);
s3::Settings read_s3_settings(const runtime::Config& config);

}  // namespace cumulet::objectstore
