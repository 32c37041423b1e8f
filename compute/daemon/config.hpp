// The configuration keys of cumulet-compute.
#pragma once

#include <vector>

#include "common/runtime/config.hpp"

namespace cumulet::compute::daemon {

using runtime::Key;

constexpr Key<std::string_view> kAddress{"compute.address", "127.0.0.1", "Address the public APIs listen on."};
constexpr Key<std::int64_t> kComputePort{"compute.compute_port", 8774, "Port of the Nova API; -1: not served."};
constexpr Key<std::int64_t> kPlacementPort{"compute.placement_port", 8778,
                                           "Port of the Placement API; -1: not served."};
constexpr Key<std::int64_t> kImagePort{"compute.image_port", 9292, "Port of the Glance API; -1: not served."};
constexpr Key<std::int64_t> kNetworkPort{"compute.network_port", 9696, "Port of the Neutron API; -1: not served."};
constexpr Key<std::int64_t> kMetadataPort{"compute.metadata_port", 8775,
                                          "Port of the metadata service; -1: not served."};
constexpr Key<std::string_view> kMetadataSecret{
    "compute.metadata_secret", "", "Shared with the agents' metadata proxies, which sign with it whom they speak for."};
constexpr Key<std::string_view> kStateDir{"compute.state_dir", "/var/lib/cumulet/compute",
                                          "Folder of the store and of image data."};
constexpr Key<std::int64_t> kStoreCache{"compute.store_cache_mib", 32, "Block cache of the store, MiB."};
constexpr Key<std::string_view> kIdentityUrl{"compute.identity_url", "http://127.0.0.1:5000/v3",
                                             "The identity service, ours or a Keystone."};
constexpr Key<std::string_view> kUsername{"compute.username", "nova", "User this daemon validates tokens as."};
constexpr Key<std::string_view> kPassword{"compute.password", "", "Password of that user."};
constexpr Key<std::string_view> kServiceProject{"compute.service_project", "service", "Project of that user."};
constexpr Key<std::string_view> kUserDomain{"compute.user_domain", "Default", "Domain of that user, by name."};
constexpr Key<std::string_view> kProjectDomain{"compute.project_domain", "Default", "Domain of that project, by name."};
constexpr Key<std::string_view> kIdentityPublicUrl{
    "compute.identity_public_url", "",
    "The identity service as clients see it, for WWW-Authenticate; empty: identity_url."};
constexpr Key<std::string_view> kIdentityCa{"compute.identity_ca_file", "",
                                            "Authority (PEM) of an https identity_url; empty: the system's."};
constexpr Key<std::int64_t> kTokenCacheTtl{"compute.token_cache_s", 300,
                                           "Seconds a validated token is believed at most."};
constexpr Key<std::int64_t> kRevocationPoll{
    "compute.revocation_poll_s", 5,
    "Seconds between looks at the identity service's revocation events, for when the bus tells nothing."};
constexpr Key<std::string_view> kTlsCert{"compute.tls_cert_file", "",
                                         "Certificate (PEM) of the public APIs; empty: plain HTTP."};
constexpr Key<std::string_view> kTlsKey{"compute.tls_key_file", "", "Private key (PEM) of that certificate."};
constexpr Key<std::string_view> kPolicyFile{"compute.policy_file", "",
                                            "YAML file with policy rules that replace the defaults; empty: none."};
constexpr Key<std::string_view> kZone{"compute.default_zone", "nova", "Availability zone of hosts that name none."};
constexpr Key<std::int64_t> kMaxPage{"compute.max_page", 1000, "Most rows in one page of a list."};
constexpr Key<std::int64_t> kMaxServersPerCall{"compute.max_servers_per_call", 1000,
                                               "Most servers that one call may create."};
constexpr Key<std::int64_t> kHostDownAfter{"compute.host_down_after_s", 60,
                                           "Seconds without a word after which a host counts as down."};
constexpr Key<std::int64_t> kKeepDeleted{"compute.keep_deleted_days", 30,
                                         "Days that deleted servers stay known to actions."};
constexpr Key<std::int64_t> kKeepUsage{"compute.keep_usage_days", 400,
                                       "Days that usage stays on record after it ended."};
constexpr Key<std::int64_t> kWorkers{"compute.workers", 2, "Threads for work that would hold up an io thread."};
constexpr Key<std::string_view> kAgentAddress{"compute.agent_address", "127.0.0.1",
                                              "Address of the internal API that agents pull from."};
constexpr Key<std::int64_t> kAgentPort{"compute.agent_port", 8790, "Port of that API."};
constexpr Key<std::string_view> kAgentCa{"compute.agent_ca_file", "",
                                         "Authority (PEM) that signed the certificates of agents."};
constexpr Key<std::string_view> kAgentCert{"compute.agent_cert_file", "",
                                           "Certificate (PEM) this daemon shows to agents."};
constexpr Key<std::string_view> kAgentKey{"compute.agent_key_file", "", "Private key (PEM) of that certificate."};

std::vector<runtime::KeyDescription> config_keys();

}  // namespace cumulet::compute::daemon
