// The network of a host as the agent drives it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "compute/protocol/network_state.hpp"

namespace cumulet::compute::agent::network {

class NetworkEngine {
public:
    virtual ~NetworkEngine() = default;
    // Brings the host to exactly `wanted`; repeating changes nothing. What fails for one network or router does not
    // keep the others from converging: the first failure is thrown at the end (std::runtime_error), to be retried. One
    // call at a time.
    virtual void apply(const protocol::NetworkState& wanted) = 0;
    // The ports of the last apply() whose network is there and whose rules are in force, also after it threw.
    virtual std::set<std::string> ready_ports() const = 0;
    // Nothing that this engine ever made is left.
    virtual void remove_all() = 0;
    // The bridge that guests of the network are plugged into; there after an apply() that names the network.
    virtual std::string bridge(std::string_view network_id) const = 0;
};

// Hosts that have no network of their own to keep: simulated ones.
std::unique_ptr<NetworkEngine> make_none_engine();

// Who asks for metadata: an address seen on a network or behind a router, and the port it belongs to.
struct MetadataClient {
    std::string network_id, address, port_id, device_id;
};

// Starts and stops the listeners at 169.254.169.254 as namespaces come and go (metadata_proxy.hpp has the usual one).
class MetadataListeners {
public:
    virtual ~MetadataListeners() = default;
    // Listens in the network namespace `name` at `port` of every address. `find` turns a client's address into who it
    // is; it may be called from any thread until close(). Repeating replaces `find`.
    using Find = std::function<std::optional<MetadataClient>(const std::string& address)>;
    virtual void open(const std::string& name, std::uint16_t port, Find find) = 0;
    virtual void close(const std::string& name) = 0;
    virtual void close_all() = 0;
};

struct LinuxOptions {
    std::string cloud;                      // short id of the state folder: 1 to 8 of [a-z0-9]; marks all that is ours
    std::string run_folder;                 // dnsmasq's files; made when missing
    std::string dnsmasq = "dnsmasq";        // looked for in PATH and sbin folders
    MetadataListeners* metadata = nullptr;  // null: no metadata service
    bool masquerade_external = false;       // let guests out through this host's own address
};
// The plain Linux data plane. Needs CAP_NET_ADMIN and CAP_SYS_ADMIN. Works in the network namespace of the threads that
// call it. Throws std::invalid_argument for a bad cloud id.
std::unique_ptr<NetworkEngine> make_linux_engine(LinuxOptions options);

// For a cloud that stops: removes all that its engine made, unless guests are plugged in, which need it. Returns
// whether nothing is left. Without anything to remove it needs no privileges.
bool remove_unused_network(const LinuxOptions& options);

// Where dnsmasq's files of a cloud are, as a rule.
std::string default_run_folder(std::string_view cloud);

// A short id for LinuxOptions::cloud out of the path of the state folder.
std::string cloud_id(std::string_view state_folder);

}  // namespace cumulet::compute::agent::network
