#include "compute/agent/config.hpp"

namespace cumulet::compute::agent {

std::vector<runtime::KeyDescription> config_keys() {
    using runtime::describe;
    return {describe(kHost),           describe(kHosts),       describe(kAddress),     describe(kPort),
            describe(kZone),           describe(kComputeUrl),  describe(kComputeName), describe(kCaFile),
            describe(kCertFile),       describe(kKeyFile),     describe(kDriver),      describe(kDriverDir),
            describe(kDriverSettings), describe(kStateDir),    describe(kLanes),       describe(kThreads),
            describe(kPoll),           describe(kObserve),     describe(kPatience),    describe(kImageCache),
            describe(kCpuRatio),       describe(kMemoryRatio), describe(kDiskRatio),   describe(kReservedMemory),
            describe(kNetwork),        describe(kMasquerade),  describe(kMetadataUrl), describe(kMetadataSecret)};
}

}  // namespace cumulet::compute::agent
