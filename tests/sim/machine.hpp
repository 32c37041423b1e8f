// A simulated host: the machine with its guests, which lives on, and the agent on it, which may die and come back.
#pragma once

#include <memory>
#include <string>

#include "compute/agent/agent.hpp"
#include "hypervisor-drivers/sim/driver.hpp"
#include "hypervisor-drivers/sim/host.hpp"
#include "plane.hpp"
#include "timeline.hpp"

namespace cumulet::sim {

// How much goes wrong between an agent and the rest.
struct Trouble {
    double lost_requests = 0, lost_answers = 0, doubled_requests = 0, late_requests = 0;
    double lost_hints = 0, doubled_hints = 0;
};

class Machine {
public:
    Machine(std::string name, Timeline& time, Plane& plane, const Trouble& trouble, std::uint64_t seed);
    ~Machine();

    const std::string& name() const { return name_; }
    hypervisor::sim::SimHost& host() { return *host_; }
    bool agent_lives() const { return agent_ != nullptr; }
    void kill_agent();
    void start_agent();
    void hint();

private:
    class Wire;
    class Pool;
    // Does the agent's next round at `when`, unless an earlier one is due.
    void schedule(Timestamp when);

    std::string name_;
    Timeline& time_;
    std::shared_ptr<hypervisor::sim::SimHost> host_;
    std::unique_ptr<Wire> wire_;
    std::unique_ptr<Pool> pool_;
    std::unique_ptr<compute::agent::Agent> agent_;
    std::uint64_t life_ = 0;  // counts agents: events of a dead one find another number
    Timestamp next_round_ = Timestamp::max();
};

}  // namespace cumulet::sim
