// The compute daemon without its process: store, host control, converger, and what its users do.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/store/transaction.hpp"
#include "compute/converge/converger.hpp"
#include "compute/converge/host_control.hpp"
#include "compute/model/server.hpp"
#include "timeline.hpp"

namespace cumulet::sim {

class Plane {
public:
    explicit Plane(Timeline& time);

    store::Engine& engine() { return *engine_; }
    compute::converge::HostControl& control() { return *control_; }
    store::Cause cause(std::string operation) const;

    // A process that is killed and comes back: everything in memory is gone.
    void restart();
    void converge() { converger_->step(); }
    compute::metering::Meter& meter() { return *meter_; }
    compute::history::History& history() { return *history_; }
    // Hosts with news since the last call.
    std::set<std::string> take_hints() { return changes_->take_news().hosts; }

    // What users do. A refusal is part of life.
    void create_server();
    void act_on(const std::string& server_id, const std::string& task, nlohmann::json args);
    std::vector<std::string> server_ids();
    std::size_t refused = 0, created = 0, acted = 0;

    template <class Body>
    auto run(Body&& body) {
        return store::transact(*engine_, cause("sim"), std::forward<Body>(body));
    }

private:
    void make_network();

    Timeline& time_;
    std::unique_ptr<store::Engine> engine_ = store::make_memory_engine();
    std::unique_ptr<compute::metering::Meter> meter_;
    std::unique_ptr<compute::history::History> history_;
    std::unique_ptr<compute::converge::HostChanges> changes_;
    std::unique_ptr<compute::converge::HostControl> control_;
    std::unique_ptr<compute::converge::Converger> converger_;
    std::string network_id_;
};

}  // namespace cumulet::sim
