// "Still in use" without scans that race: what uses a thing holds it by a counter, and deleting it closes that counter
// in the same commit, which the store refuses while anybody holds on. Who takes a hold has read the thing's row with
// get(), so that its deletion and the new hold cannot both go through.
#pragma once

#include <string_view>

#include "common/store/transaction.hpp"

namespace cumulet::compute::networks {

inline constexpr std::string_view kHoldNetwork = "network";       // by ports, those of DHCP apart
inline constexpr std::string_view kHoldSubnet = "subnet";         // by addresses, those of DHCP apart
inline constexpr std::string_view kHoldGroup = "security_group";  // by ports

inline std::string hold_counter(std::string_view kind, std::string_view id) {
    return "hold/" + std::string(kind) + "/" + std::string(id);
}
// +1 takes a hold, -1 lets go.
inline void hold(store::Transaction& txn, std::string_view kind, std::string_view id, int by) {
    txn.add(hold_counter(kind, id), by);
}
inline std::int64_t holders(store::Transaction& txn, std::string_view kind, std::string_view id) {
    return txn.counter(hold_counter(kind, id));
}
// False while somebody holds on. After true the thing is to be erased in this same transaction, and nobody may hold it
// again.
inline bool close_for_ever(store::Transaction& txn, std::string_view kind, std::string_view id) {
    if (holders(txn, kind, id) > 0) return false;
    txn.add(hold_counter(kind, id), 1, 1);
    return true;
}

}  // namespace cumulet::compute::networks
