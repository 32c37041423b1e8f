// The configuration keys of cumulet-agent.
#pragma once

#include <vector>

#include "common/runtime/config.hpp"

namespace cumulet::compute::agent {

using runtime::Key;

constexpr Key<std::string_view> kHost{
    "agent.host", "", "Name of this host in the cloud; empty: that of the certificate, else the machine's."};
constexpr Key<std::int64_t> kHosts{
    "agent.hosts", 1, "How many simulated hosts this process carries (driver sim only): <host>-1, <host>-2 …"};
constexpr Key<std::string_view> kAddress{"agent.address", "127.0.0.1",
                                         "Address of this host for other hosts (tunnels) and of its own listener."};
constexpr Key<std::int64_t> kPort{"agent.port", 0, "Port of that listener; 0: any free one."};
constexpr Key<std::string_view> kZone{"agent.zone", "nova", "Availability zone this host is first registered in."};
constexpr Key<std::string_view> kComputeUrl{"agent.compute_url", "https://127.0.0.1:8790",
                                            "The compute daemon's internal API."};
constexpr Key<std::string_view> kComputeName{
    "agent.compute_name", "cumulet-compute",
    "Name in the compute daemon's certificate: who may ask this agent's listener."};
constexpr Key<std::string_view> kCaFile{"agent.ca_file", "", "Authority (PEM) that signed both sides' certificates."};
constexpr Key<std::string_view> kCertFile{"agent.cert_file", "", "Certificate (PEM) of this host."};
constexpr Key<std::string_view> kKeyFile{"agent.key_file", "", "Private key (PEM) of that certificate."};
constexpr Key<std::string_view> kDriver{"agent.driver", "kvm", "Hypervisor driver: kvm, sim."};
constexpr Key<std::string_view> kDriverDir{"agent.driver_dir", "/usr/lib/cumulet/drivers", "Folder of the drivers."};
const Key<std::vector<std::string>> kDriverSettings{
    "agent.driver_settings", {}, "Settings of the driver: \"name=value\", …"};
constexpr Key<std::string_view> kStateDir{"agent.state_dir", "/var/lib/cumulet/agent",
                                          "Folder of guests' disks and cached images."};
constexpr Key<std::int64_t> kLanes{"agent.lanes", 8, "Calls to the hypervisor at once, a host."};
constexpr Key<std::int64_t> kThreads{"agent.max_threads", 64, "Threads for calls to hypervisors, all hosts together."};
constexpr Key<std::int64_t> kPoll{"agent.poll_s", 10, "Seconds between looks at the desired state without a hint."};
constexpr Key<std::int64_t> kObserve{"agent.observe_s", 15, "Seconds between looks at everything that runs here."};
constexpr Key<std::int64_t> kPatience{"agent.shutdown_patience_s", 60,
                                      "Seconds a guest gets to shut down by itself before the plug is pulled."};
constexpr Key<std::int64_t> kImageCache{"agent.image_cache_gib", 50, "Size to which unused cached images are kept."};
constexpr Key<double> kCpuRatio{"agent.cpu_ratio", 16.0, "Virtual CPUs to give out for each physical one."};
constexpr Key<double> kMemoryRatio{"agent.memory_ratio", 1.0, "Memory to give out for each byte there is."};
constexpr Key<double> kDiskRatio{"agent.disk_ratio", 1.0, "Disk to give out for each byte there is."};
constexpr Key<std::int64_t> kReservedMemory{"agent.reserved_memory_mib", 512,
                                            "Memory kept for the host itself (not sim)."};
constexpr Key<std::string_view> kNetwork{
    "agent.network", "linux",
    "Network engine: linux, or none to leave the host's network alone (always none with sim)."};
constexpr Key<bool> kMasquerade{"agent.masquerade_external", false,
                                "Let guests reach beyond external networks through this host's own address."};
constexpr Key<std::string_view> kMetadataUrl{"agent.metadata_url", "http://127.0.0.1:8775",
                                             "Where the metadata proxy of networks passes guests' requests on."};
constexpr Key<std::string_view> kMetadataSecret{"agent.metadata_secret", "",
                                                "Secret that signs what the proxy passes on."};

std::vector<runtime::KeyDescription> config_keys();

}  // namespace cumulet::compute::agent
