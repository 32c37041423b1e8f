// A host's network in the sandbox: the engine, and guests that are namespaces behind taps.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "compute/agent/network/engine.hpp"
#include "compute/agent/network/namespaces.hpp"

namespace cumulet::compute::agent::network::test {

// True as soon as `condition` is, false when it is not within the time.
bool eventually(const std::function<bool()>& condition, int timeout_ms = 5000);

// A TCP listener in a namespace ("" is the host) that tells who connected.
class Listener {
public:
    Listener(const std::string& name_space, const std::string& address, std::uint16_t port);
    // The address of the next one to connect; "" when nobody does.
    std::string accepted(int timeout_ms = 3000);

private:
    Descriptor socket_;
};

// Connects from a namespace; the descriptor is invalid when nobody answers in time. `from` is the address to claim.
Descriptor connect_from(const std::string& name_space, const std::string& address, std::uint16_t port,
                        int timeout_ms = 3000, const std::string& from = "");
bool reaches(const std::string& name_space, const std::string& address, std::uint16_t port, int timeout_ms = 3000);
// Refused is reached: there was an answer.
bool pings(const std::string& name_space, const std::string& address);

// Says which listeners are open and answers with a line saying who asked.
class RecordingListeners final : public MetadataListeners {
public:
    void open(const std::string& name, std::uint16_t port, Find find) override;
    void close(const std::string& name) override;
    void close_all() override;
    std::vector<std::string> names() const;
    // Who it is that connects next in that namespace.
    std::optional<MetadataClient> next(const std::string& name);

private:
    struct Open {
        std::unique_ptr<Listener> listener;
        Find find;
    };
    std::map<std::string, Open> open_;
};

struct Lab {
    Lab();
    ~Lab();
    // A guest with the port's MAC, plugged into its network's bridge; address and default route by hand.
    std::string guest(const protocol::NetworkSegment& network, const protocol::PortState& port,
                      const std::string& gateway = "");
    // The lease that a DHCP client gets: "ip", "router", "staticroutes", "mtu", "dns".
    std::map<std::string, std::string> lease(const std::string& guest);

    RecordingListeners metadata;
    std::filesystem::path folder;
    std::unique_ptr<NetworkEngine> engine;
};

// Ids whose first eleven characters differ, as random ones do.
std::string id_of(const std::string& word);
// 10.<n>.0.0/24 with DHCP at .2 and gateway .1.
protocol::NetworkSegment network_of(const std::string& word, int n);
// Adds a port with address 10.<n>.0.<last> in the groups given.
protocol::PortState& add_port(protocol::NetworkSegment& network, const std::string& word, const std::string& address,
                              std::vector<std::string> groups);
protocol::RuleState rule(const std::string& direction, const std::string& protocol = "",
                         std::optional<std::int64_t> port = std::nullopt);
// 203.0.113.0/24 with the host at .1, and a router between it and the network, gateway .10.
protocol::NetworkSegment external_network();
protocol::RouterState router_of(const std::string& word, protocol::NetworkSegment& inside,
                                const protocol::NetworkSegment& outside);

}  // namespace cumulet::compute::agent::network::test
