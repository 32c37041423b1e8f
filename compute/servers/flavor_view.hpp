// How flavors are found and shown.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "common/api/call.hpp"
#include "common/store/transaction.hpp"
#include "compute/model/flavor.hpp"

namespace cumulet::compute::servers {

// Whether a user who is no administrator may see and use the flavor.
bool visible_to(const Flavor& flavor, const auth::Context& actor);
// Fault 404 when there is none, or none that the actor may see.
Flavor find_flavor(store::Transaction& txn, const api::Call& call, std::string_view id);
nlohmann::json flavor_json(const api::Call& call, const Flavor& flavor);
nlohmann::json flavor_summary(const api::Call& call, const Flavor& flavor);
// As a server embeds it from microversion 2.47.
nlohmann::json embedded_flavor_json(const Flavor& flavor);

}  // namespace cumulet::compute::servers
