// Security groups in Nova's words.
#pragma once

#include <nlohmann/json.hpp>

#include "common/store/transaction.hpp"
#include "compute/networks/security_group.hpp"

namespace cumulet::compute::servers {

nlohmann::json rule_json(store::Transaction& txn, const networks::SecurityGroupRule& rule);
// With the rules for what comes in: Nova knows no others.
nlohmann::json group_json(store::Transaction& txn, const networks::SecurityGroup& group);

}  // namespace cumulet::compute::servers
