// What a server is told of itself.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "common/runtime/ids.hpp"
#include "common/store/transaction.hpp"
#include "compute/model/server.hpp"

namespace cumulet::compute::metadata {

// openstack/latest/meta_data.json. `random` seeds the guest's generator.
nlohmann::json meta_data(const Server& server, Random& random);
// openstack/latest/network_data.json.
nlohmann::json network_data(store::Transaction& txn, const Server& server);
// The user data as bytes; nullopt when none was given.
std::optional<std::string> user_data(const Server& server);
// EC2's meta-data as a tree: objects are folders, text is content.
nlohmann::json ec2_tree(store::Transaction& txn, const Server& server);

}  // namespace cumulet::compute::metadata
