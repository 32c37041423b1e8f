#include "compute/daemon/config.hpp"

namespace cumulet::compute::daemon {

std::vector<runtime::KeyDescription> config_keys() {
    using runtime::describe;
    return {describe(kAddress),           describe(kComputePort),   describe(kPlacementPort),
            describe(kImagePort),         describe(kNetworkPort),   describe(kMetadataPort),
            describe(kMetadataSecret),    describe(kStateDir),      describe(kStoreCache),
            describe(kIdentityUrl),       describe(kUsername),      describe(kPassword),
            describe(kServiceProject),    describe(kUserDomain),    describe(kProjectDomain),
            describe(kIdentityPublicUrl), describe(kIdentityCa),    describe(kTokenCacheTtl),
            describe(kRevocationPoll),    describe(kTlsCert),       describe(kTlsKey),
            describe(kPolicyFile),        describe(kZone),          describe(kMaxPage),
            describe(kMaxServersPerCall), describe(kHostDownAfter), describe(kKeepDeleted),
            describe(kKeepUsage),         describe(kWorkers),       describe(kAgentAddress),
            describe(kAgentPort),         describe(kAgentCa),       describe(kAgentCert),
            describe(kAgentKey)};
}

}  // namespace cumulet::compute::daemon
