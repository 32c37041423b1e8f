#include "compute/servers/lookup.hpp"

namespace cumulet::compute::servers {

using api::Errc;
using api::Fault;

Server find_visible(store::Transaction& txn, const api::Call& call, std::string_view id) {
    auto server = txn.get<Server>(id);
    if (!server || (server->project_id != call.actor().project_id && !call.actor().is_admin()))
        throw Fault(Errc::not_found, "Instance {} could not be found.", id);
    return *std::move(server);
}

Server find_changeable(store::Transaction& txn, const api::Call& call, std::string_view id) {
    auto server = find_visible(txn, call, id);
    if (server.locked_by != LockedBy::nobody && !call.actor().is_admin())
        throw Fault(Errc::conflict, "Instance {} is locked", id);
    return server;
}

}  // namespace cumulet::compute::servers
