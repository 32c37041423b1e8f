// The engine as the agent's guests see it: who is to be plugged in waits until his port is filtered and served.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>

#include "compute/agent/network/engine.hpp"

namespace cumulet::compute::agent::network {

class HostNetwork {
public:
    explicit HostNetwork(NetworkEngine& engine, std::chrono::milliseconds patience = std::chrono::seconds(30))
        : engine_(engine), patience_(patience) {}
    // One call at a time. Throws as the engine does, protocol::ProtocolError for a state that is none.
    void apply(const nlohmann::json& state);
    // The bridge for this port, once an apply() has made ready for it. Blocks up to the patience; then
    // std::runtime_error. Any thread.
    std::string bridge(const std::string& network_id, const std::string& port_id);

private:
    NetworkEngine& engine_;
    const std::chrono::milliseconds patience_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::set<std::string> ready_;
};

}  // namespace cumulet::compute::agent::network
