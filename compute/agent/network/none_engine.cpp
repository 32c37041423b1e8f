#include "compute/agent/network/engine.hpp"
#include "compute/agent/network/names.hpp"

namespace cumulet::compute::agent::network {

namespace {

class NoneEngine final : public NetworkEngine {
public:
    void apply(const protocol::NetworkState& wanted) override {
        ports_.clear();
        for (const auto& network : wanted.networks)
            for (const auto& port : network.ports) ports_.insert(port.id);
    }
    std::set<std::string> ready_ports() const override { return ports_; }
    void remove_all() override {}
    std::string bridge(std::string_view network_id) const override { return bridge_name(network_id); }

private:
    std::set<std::string> ports_;
};

}  // namespace

std::unique_ptr<NetworkEngine> make_none_engine() { return std::make_unique<NoneEngine>(); }

}  // namespace cumulet::compute::agent::network
