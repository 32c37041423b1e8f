// What may be done to users and groups that a directory keeps.
#pragma once

#include <string_view>

#include "common/store/transaction.hpp"
#include "identity/model/directory.hpp"

namespace cumulet::identity {

// Fault 403 when the directory still has this user or group.
void refuse_directory_write(store::Transaction& txn, std::string_view id, std::string_view what);
void forget_directory_entry(store::Transaction& txn, std::string_view id);

}  // namespace cumulet::identity
