// Scheduling: which host a server goes to. A pure function of a snapshot (filters, then weighers) with an explanation
// for every host refused; what it chose is allocated by counters in the same transaction (allocations.hpp).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/runtime/ids.hpp"
#include "common/store/transaction.hpp"
#include "compute/model/flavor.hpp"
#include "compute/model/host.hpp"

namespace cumulet::compute::placement {

struct HostUse {
    std::int64_t vcpus = 0, memory_mib = 0, disk_gib = 0, servers = 0;
};

// What a host can hold: its inventory less what is reserved, times the ratio.
struct HostCapacity {
    std::int64_t vcpus = 0, memory_mib = 0, disk_gib = 0;
};
HostCapacity capacity_of(const Host& host);

struct Wanted {
    Flavor flavor;
    std::string zone;                // empty: any
    std::string host;                // forced host or hypervisor name; empty: any
    std::vector<std::string> avoid;  // hosts that were tried and failed
    std::vector<std::string> needs;  // capabilities
    std::int64_t disk_gib = 0;
};

struct Candidate {
    Host host;
    HostUse use;
    bool up = true;
};

struct Decision {
    std::string host;                            // empty: none fits
    std::map<std::string, std::size_t> refused;  // rule -> how many hosts failed it first
    std::size_t considered = 0;
    // "No valid host was found. 3 hosts were considered: 2 have too little memory, 1 is down."
    std::string explain() const;
};

// Pure. Among the hosts that pass it prefers the emptiest; equals are drawn by `random`.
Decision decide(const std::vector<Candidate>& hosts, const Wanted& wanted, Random& random);

// Reads hosts and their use. A host is down when its agent was not heard for `down_after`.
std::vector<Candidate> candidates(store::Transaction& txn, Duration down_after);

HostUse host_use(store::Transaction& txn, std::string_view host);
// Takes or gives back what `flavor` needs on `host` (counters bounded by the host's capacity times ratio: racing
// placements cannot pass it) and keeps the allocation record of the server (what GET /allocations shows).
void allocate(store::Transaction& txn, const Host& host, const std::string& server_id, const std::string& project_id,
              const std::string& user_id, const Flavor& flavor, std::int64_t disk_gib);
// Every allocation of the server is given back. None: nothing happens.
void release(store::Transaction& txn, const std::string& server_id);

}  // namespace cumulet::compute::placement
