// Security groups beside their API: the project's default group, and finding groups by name.
#pragma once

#include <string>
#include <vector>

#include "common/runtime/ids.hpp"
#include "common/store/transaction.hpp"
#include "compute/networks/security_group.hpp"

namespace cumulet::compute::networks {

// The project's "default" group, made on first use: everything may go out, members may talk to each other.
SecurityGroup default_group(store::Transaction& txn, Random& random, const std::string& project_id);

// A new group with the two rules that let everything out; quota taken.
SecurityGroup make_group(store::Transaction& txn, Random& random, SecurityGroup group);

}  // namespace cumulet::compute::networks
