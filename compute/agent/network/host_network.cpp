#include "compute/agent/network/host_network.hpp"

#include <exception>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "compute/protocol/json.hpp"

namespace cumulet::compute::agent::network {

void HostNetwork::apply(const nlohmann::json& state) {
    const auto wanted = protocol::from_json<protocol::NetworkState>(state);
    std::exception_ptr failure;
    try {
        engine_.apply(wanted);
    } catch (...) {
        failure = std::current_exception();
    }
    {
        const std::lock_guard lock(mutex_);
        ready_ = engine_.ready_ports();
    }
    changed_.notify_all();
    if (failure) std::rethrow_exception(failure);
}

std::string HostNetwork::bridge(const std::string& network_id, const std::string& port_id) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, patience_, [&] { return ready_.contains(port_id); }))
        throw std::runtime_error("the network of port " + port_id + " is not ready on this host");
    return engine_.bridge(network_id);
}

}  // namespace cumulet::compute::agent::network
