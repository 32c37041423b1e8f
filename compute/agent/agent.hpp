// The agent of one host: a loop of pull, observe, diff, act, report, written as rounds so that a thread or a simulation
// can drive it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/runtime/clock.hpp"
#include "compute/agent/control_plane.hpp"
#include "compute/agent/executor.hpp"
#include "compute/agent/guests.hpp"
#include "compute/agent/lane.hpp"

namespace cumulet::compute::agent {

struct AgentOptions {
    std::string host;
    Duration poll_every = std::chrono::seconds(10);  // without a hint; also the pulse
    Duration observe_every = std::chrono::seconds(15);
    Duration network_every = std::chrono::seconds(60);      // the network is looked after without news
    Duration retry_after = std::chrono::milliseconds(200);  // doubles up to retry_at_most
    Duration retry_at_most = std::chrono::seconds(5);
    unsigned max_lanes = 8;       // calls to the hypervisor at once
    std::size_t max_batch = 512;  // results in one report
    // The machine was started anew since the agent last ran: guests that ought to run are started again.
    bool host_rebooted = false;
    protocol::HostDescription description;
};

// Carries the host's network out; called on executor threads, one call at a time.
using ApplyNetwork = std::function<void(const nlohmann::json& state)>;

// step() and the constructor: one thread at a time. wake(), guest_changed(): any thread.
class Agent {
public:
    // What is passed by reference outlives the agent and whatever it handed to the executor. `on_wake` is called, on
    // any thread, when step() should be called sooner than it said.
    Agent(AgentOptions options, ControlPlane& control, std::shared_ptr<Guests> guests,
          std::shared_ptr<hypervisor::Hypervisor> hypervisor, ApplyNetwork network, const Clock& clock,
          Executor& executor, std::function<void()> on_wake);
    ~Agent();

    // One round. Returns when the next is due, at the latest.
    Timestamp step();

    // There may be news (a hint came).
    void wake();
    // The hypervisor says that the guest changed by itself.
    void guest_changed(const std::string& server_id);

    const std::string& host() const { return options_.host; }

private:
    struct Inbox;
    struct Done {
        std::string server_id;
        WorkResult result;
    };
    struct Observed {
        Timestamp started{};
        bool ok = false;
        std::map<std::string, std::string> power;
    };

    void take_inbox();
    void finish(const Done& done);
    void take_observation(const Observed& observed);
    void converge_observed(const std::string& id, Lane& lane, const std::string& power);

    bool exchange_due(Timestamp now) const;
    void exchange();
    protocol::Report next_batch() const;
    void take_desired(protocol::Desired desired);
    void want(protocol::Guest guest);
    void unwant(const std::string& id);

    void plan(const std::string& id, Lane& lane);
    void start(const std::string& id, Lane& lane, Doing doing, std::function<WorkResult(Guests&)> work);
    void answer(Lane& lane, const std::string& id, const WorkResult& result);
    void refuse_overdue();
    void start_observation();
    void start_network();
    Timestamp next_due() const;

    AgentOptions options_;
    ControlPlane& control_;
    std::shared_ptr<Guests> guests_;
    std::shared_ptr<hypervisor::Hypervisor> hypervisor_;
    ApplyNetwork network_;
    const Clock& clock_;
    Executor& executor_;
    std::shared_ptr<Inbox> inbox_;

    bool registered_ = false;
    std::int64_t since_ = 0;
    bool complete_known_ = false;  // the whole desired state was heard once
    bool observed_once_ = false;
    bool hinted_ = true;
    Timestamp poll_at_{}, retry_at_{}, observe_at_{};
    Duration retry_wait_{};
    std::size_t batch_limit_;
    bool observing_ = false;
    nlohmann::json network_wanted_;
    bool network_busy_ = false, network_dirty_ = false;
    // States of the network are numbered as they come: heard of, being carried out, tried.
    std::int64_t network_heard_ = 0, network_doing_ = 0, network_tried_ = 0;
    Timestamp network_at_ = Timestamp::max();  // carried out again

    std::map<std::string, Lane> lanes_;
    std::set<std::string> dirty_;    // to be planned
    std::set<std::string> waiting_;  // with an order that is not answered
    std::set<std::string> later_;    // with a retry_at
    unsigned busy_ = 0;
    std::vector<protocol::StepResult> outbox_;
    std::map<std::string, protocol::GuestReport> observations_;
};

}  // namespace cumulet::compute::agent
