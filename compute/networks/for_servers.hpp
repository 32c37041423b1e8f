// What the servers module asks of the networks module, inside its own transaction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/runtime/ids.hpp"
#include "common/store/transaction.hpp"

namespace cumulet::compute::networks {

// One entry of a server's "networks".
struct NicRequest {
    std::string network_id;  // or
    std::string port_id;
    std::string fixed_ip;
    std::string tag;
};

// One address of a server, as its "addresses" shows it.
struct ServerAddress {
    std::string network_name;
    std::string address;
    int version = 4;
    std::string type;  // "fixed", "floating"
    std::string mac;
    std::string port_id;
};

// Makes (or takes over) a port for each request, device_id = server, quota taken. `security_groups` are names or ids;
// empty: the project's default group. Faults as Nova words them: 400 for an unknown network, port or group, 409 for a
// port in use, 403 OverQuota, 400 when the network has no subnet, 409 when no address is left.
void create_server_ports(store::Transaction& txn, Random& random, const std::string& server_id,
                         const std::string& project_id, const std::vector<NicRequest>& requests,
                         const std::vector<std::string>& security_groups, bool admin);

// The networks a server gets when its request says "auto" or nothing: those of the project (and shared ones). Nova's
// 409 when there are several and nothing was asked for.
std::vector<NicRequest> default_networks(store::Transaction& txn, const std::string& project_id);

// The server was placed on `host`: its ports belong there from now on ("" takes them off). Changes ports' binding and
// status.
void bind_server_ports(store::Transaction& txn, const std::string& server_id, const std::string& host);
// The host reported the server's ports plugged (ACTIVE) or not (DOWN).
void set_server_ports_status(store::Transaction& txn, const std::string& server_id, bool active);

// The server is gone: ports it made are deleted, ports given to it are freed, floating IPs are taken off, quota is
// given back.
void release_server_ports(store::Transaction& txn, const std::string& server_id);
// The same for one of its ports (detached, or its attaching failed). A port that is not the server's: nothing happens.
void release_server_port(store::Transaction& txn, const std::string& server_id, const std::string& port_id);

// In the order of the ports' creation.
std::vector<ServerAddress> server_addresses(store::Transaction& txn, const std::string& server_id);

}  // namespace cumulet::compute::networks
