// What a config drive holds.
#pragma once

#include <nlohmann/json.hpp>

#include "common/runtime/ids.hpp"
#include "common/store/transaction.hpp"
#include "compute/model/server.hpp"

namespace cumulet::compute::metadata {

// Paths within the drive to their contents. What is no UTF-8 (user data may be anything) is under its path with
// ";base64" behind it, encoded so.
nlohmann::json drive_files(store::Transaction& txn, const Server& server, Random& random);

}  // namespace cumulet::compute::metadata
