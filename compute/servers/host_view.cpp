#include "compute/servers/host_view.hpp"

#include "compute/model/server.hpp"
#include "compute/placement/hosts.hpp"
#include "compute/servers/api.hpp"
#include "compute/servers/server_view.hpp"

namespace cumulet::compute::servers {

using nlohmann::json;

bool is_up(const api::Call& call, store::Transaction& txn, const Host& host) {
    return placement::is_up(txn, host.name, call.module<Settings>().host_down_after);
}

json id_of(const api::Call& call, const std::string& uuid, std::size_t place) {
    return call.at_least({2, 53}) ? json(uuid) : json(place + 1);
}

json hypervisor_summary(const api::Call& call, store::Transaction& txn, const Host& host, std::size_t place) {
    return {{"id", id_of(call, host.uuid, place)},
            {"hypervisor_hostname", host.name},
            {"state", is_up(call, txn, host) ? "up" : "down"},
            {"status", host.disabled ? "disabled" : "enabled"}};
}

json servers_on(store::Transaction& txn, const Host& host) {
    json servers = json::array();
    for (const auto& server : txn.scan<Server>({.index = "host"}, host.name))
        servers.push_back({{"uuid", server.id}, {"name", instance_name(server)}});
    return servers;
}

}  // namespace cumulet::compute::servers
