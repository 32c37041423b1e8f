// What users choose for a server, at its creation and later: read from the request's "server" or "rebuild" member,
// checked, with Nova's words for what cannot be.
#pragma once

#include <string>

#include "common/api/call.hpp"
#include "common/store/transaction.hpp"
#include "compute/images/for_servers.hpp"
#include "compute/model/server.hpp"

namespace cumulet::compute::servers {

// The flavor that `ref` (an id, or a link that ends in one) names, when the caller may use it. Fault 400.
Flavor chosen_flavor(const api::Call& call, store::Transaction& txn, const nlohmann::json& ref);

// The image that `ref` names, active, and small enough for the flavor. Fault 400.
images::BootImage chosen_image(const api::Call& call, store::Transaction& txn, const std::string& ref,
                               const Flavor& flavor);

// Each leaves the server as it is when `asked` says nothing. Fault 400.
void take_name(const nlohmann::json& asked, Server& server);
void take_metadata(store::Transaction& txn, const nlohmann::json& asked, Server& server);
void take_key(const api::Call& call, store::Transaction& txn, const nlohmann::json& asked, Server& server);
void take_user_data(const nlohmann::json& asked, Server& server);
// Name and description apart: accessIPv4, accessIPv6, OS-DCF:diskConfig.
void take_attributes(const nlohmann::json& asked, Server& server);

}  // namespace cumulet::compute::servers
