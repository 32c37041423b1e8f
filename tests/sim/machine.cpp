#include "machine.hpp"

#include "common/api/fault.hpp"

namespace cumulet::sim {

using namespace compute;
using namespace std::chrono_literals;

namespace {

// Thrown out of a call to the hypervisor that never returns. Not a std::exception: nobody may mistake it for a failure.
struct NeverReturns {};

protocol::HostDescription description_of(const hypervisor::Capabilities& can) {
    return {.address = "10.1.0.1",
            .hypervisor_type = can.hypervisor_type,
            .hypervisor_version = can.hypervisor_version,
            .vcpus = can.vcpus,
            .memory_mib = can.memory_mib,
            .disk_gib = can.disk_gib};
}

}  // namespace

// The network between agent and compute daemon: requests and answers get lost, come twice, or come again much later.
class Machine::Wire final : public agent::ControlPlane {
public:
    Wire(Timeline& time, Plane& plane, const Trouble& trouble) : time_(time), plane_(plane), trouble_(trouble) {}

    void register_host(const std::string& host, const protocol::HostDescription& description) override {
        if (time_.chance(trouble_.lost_requests)) throw agent::ControlPlaneError("lost");
        plane_.run([&](store::Transaction& txn) { plane_.control().register_host(txn, host, description); });
    }
    std::optional<protocol::Desired> report(const std::string& host, const protocol::Report& report) override {
        if (time_.chance(trouble_.lost_requests)) throw agent::ControlPlaneError("lost");
        auto answer = take(host, report);
        if (time_.chance(trouble_.doubled_requests)) answer = take(host, report);
        if (time_.chance(trouble_.late_requests))
            time_.after(time_.between(10ms, 60s), [this, host, report] { take(host, report); });
        if (time_.chance(trouble_.lost_answers)) throw agent::ControlPlaneError("lost");
        return answer;
    }
    void upload_image(const std::string&, const std::string&, const std::string&) override {
        if (time_.chance(trouble_.lost_requests)) throw agent::ControlPlaneError("lost");
    }
    void download_image(const std::string&, const std::function<void(std::string_view)>&) override {}

private:
    std::optional<protocol::Desired> take(const std::string& host, const protocol::Report& report) {
        try {
            return plane_.run([&](store::Transaction& txn) { return plane_.control().report(txn, host, report); });
        } catch (const api::Fault& fault) {
            if (fault.code() == api::Errc::not_found) throw agent::NotRegistered(fault.what());
            throw agent::ControlPlaneError(fault.what());
        }
    }

    Timeline& time_;
    Plane& plane_;
    const Trouble& trouble_;
};

// Runs blocking work at once, but some time later.
class Machine::Pool final : public agent::Executor {
public:
    explicit Pool(Timeline& time) : time_(time), alive_(std::make_shared<bool>(true)) {}
    void die() { *alive_ = false; }
    void run(std::function<void()> work) override {
        time_.after(time_.between(1ms, 300ms), [this_alive = alive_, time = &time_, work = std::move(work)] {
            // A process that dies half-way has asked the hypervisor or has not.
            if (!*this_alive && time->chance(0.5)) return;
            try {
                work();
            } catch (const NeverReturns&) {
            }
        });
    }

private:
    Timeline& time_;
    std::shared_ptr<bool> alive_;
};

Machine::Machine(std::string name, Timeline& time, Plane& plane, const Trouble& trouble, std::uint64_t seed)
    : name_(std::move(name)), time_(time), wire_(std::make_unique<Wire>(time, plane, trouble)) {
    hypervisor::sim::SimSettings settings;
    settings.seed = seed;
    settings.memory_mib = 16'384;
    host_ = std::make_shared<hypervisor::sim::SimHost>(name_, settings);
    start_agent();
}

Machine::~Machine() { kill_agent(); }

void Machine::kill_agent() {
    if (!agent_) return;
    pool_->die();
    ++life_;
    agent_.reset();
    next_round_ = Timestamp::max();
}

void Machine::start_agent() {
    kill_agent();
    pool_ = std::make_unique<Pool>(time_);
    hypervisor::sim::Hooks hooks{.sleep = [](std::chrono::milliseconds) {},
                                 .hang = [](const hypervisor::GuestId&) { throw NeverReturns{}; }};
    auto driver = std::make_shared<hypervisor::sim::SimDriver>(host_, hooks);
    agent::AgentOptions options{.host = name_, .description = description_of(driver->capabilities())};
    auto guests = std::make_shared<agent::Guests>(
        *driver, agent::GuestSurroundings{
                     .keep_image = [this](const std::string& server, const std::string& image,
                                          const std::string& file) { wire_->upload_image(server, image, file); }});
    agent_ = std::make_unique<agent::Agent>(options, *wire_, guests, driver, nullptr, time_.clock(), *pool_,
                                            [this] { schedule(time_.now()); });
    const auto life = life_;
    driver->on_change([this, life](const hypervisor::GuestId& id) {
        if (life == life_ && agent_) agent_->guest_changed(id);
    });
    schedule(time_.now() + time_.between(0ms, 1s));
}

void Machine::hint() {
    if (agent_) agent_->wake();
}

void Machine::schedule(Timestamp when) {
    if (when >= next_round_) return;
    next_round_ = when;
    time_.at(when, [this, when, life = life_] {
        if (life != life_ || next_round_ != when || !agent_) return;
        next_round_ = Timestamp::max();
        schedule(std::max(agent_->step(), time_.now() + 1ms));
    });
}

}  // namespace cumulet::sim
