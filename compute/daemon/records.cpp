#include "compute/daemon/records.hpp"

#include "common/store/lease.hpp"
#include "common/store/record_set.hpp"
#include "compute/images/image.hpp"
#include "compute/model/aggregate.hpp"
#include "compute/model/deleted_server.hpp"
#include "compute/model/flavor.hpp"
#include "compute/model/host.hpp"
#include "compute/model/keypair.hpp"
#include "compute/model/log_position.hpp"
#include "compute/model/migration.hpp"
#include "compute/model/number_sequence.hpp"
#include "compute/model/quota.hpp"
#include "compute/model/server.hpp"
#include "compute/model/server_action.hpp"
#include "compute/model/server_group.hpp"
#include "compute/model/task.hpp"
#include "compute/model/usage_span.hpp"
#include "compute/networks/network.hpp"
#include "compute/networks/port.hpp"
#include "compute/networks/router.hpp"
#include "compute/networks/security_group.hpp"
#include "compute/placement/allocations.hpp"

namespace cumulet::compute::daemon {
namespace {

using Records =
    store::RecordSet<Aggregate, DeletedServer, Flavor, Host, HostPulse, Keypair, LogPosition, Migration, NumberSequence,
                     QuotaSet, Server, ServerAction, ServerGroup, Task, UsageSpan, networks::Network, networks::Subnet,
                     networks::Port, networks::AddressAllocation, networks::Router, networks::FloatingIp,
                     networks::SecurityGroup, networks::SecurityGroupRule, images::UnusedData, images::Image,
                     images::ImageMember, images::ImageImport, Allocation, store::Lease>;

}  // namespace

std::size_t ensure_indexes(store::Engine& engine) { return Records::ensure_indexes(engine); }

std::vector<std::string> record_schemas() { return Records::schemas(); }

}  // namespace cumulet::compute::daemon
