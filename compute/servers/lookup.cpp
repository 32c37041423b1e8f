#include "compute/servers/lookup.hpp"

#include "compute/model/host.hpp"

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

void require_of_host(store::Transaction& txn, const Server& server, const std::string& capability) {
    const auto host = txn.peek<Host>(server.host);
    if (!host) return;
    const auto can = host->capabilities.find(capability);
    if (can != host->capabilities.end() && !can->second)
        throw Fault(Errc::bad_request, "The hypervisor of instance {} cannot do this: its driver has no '{}'.",
                    server.id, capability);
}

}  // namespace cumulet::compute::servers
