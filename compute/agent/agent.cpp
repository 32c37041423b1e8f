#include "compute/agent/agent.hpp"

#include <fmt/format.h>

#include "common/runtime/log.hpp"
#include "compute/protocol/actions.hpp"

namespace cumulet::compute::agent {

using namespace std::chrono_literals;

// What other threads tell the agent. Outlives it in the hands of work that has not returned.
struct Agent::Inbox {
    std::mutex mutex;
    std::vector<Done> done;
    std::vector<Observed> observed;
    std::set<std::string> changed;
    bool hinted = false;
    bool network_done = false, network_ok = false;
    std::function<void()> on_wake;

    template <class Change>
    void tell(Change&& change) {
        std::function<void()> call;
        {
            std::lock_guard lock(mutex);
            change();
            call = on_wake;
        }
        if (call) call();
    }
};

Agent::Agent(AgentOptions options, ControlPlane& control, std::shared_ptr<Guests> guests,
             std::shared_ptr<hypervisor::Hypervisor> hypervisor, ApplyNetwork network, const Clock& clock,
             Executor& executor, std::function<void()> on_wake)
    : options_(std::move(options)),
      control_(control),
      guests_(std::move(guests)),
      hypervisor_(std::move(hypervisor)),
      network_(std::move(network)),
      clock_(clock),
      executor_(executor),
      inbox_(std::make_shared<Inbox>()),
      retry_wait_(options_.retry_after),
      batch_limit_(options_.max_batch) {
    inbox_->on_wake = std::move(on_wake);
}

Agent::~Agent() {
    std::lock_guard lock(inbox_->mutex);
    inbox_->on_wake = nullptr;
}

void Agent::wake() {
    inbox_->tell([&] { inbox_->hinted = true; });
}

void Agent::guest_changed(const std::string& server_id) {
    inbox_->tell([&] { inbox_->changed.insert(server_id); });
}

Timestamp Agent::step() {
    take_inbox();
    const auto now = clock_.now();
    if (exchange_due(now)) exchange();
    for (auto id = later_.begin(); id != later_.end();) {
        auto found = lanes_.find(*id);
        if (found != lanes_.end() && found->second.retry_at > now) {
            ++id;
            continue;
        }
        if (found != lanes_.end()) dirty_.insert(*id);
        id = later_.erase(id);
    }
    if ((network_dirty_ || now >= network_at_) && !network_busy_) start_network();
    auto dirty = std::move(dirty_);
    dirty_.clear();
    for (const auto& id : dirty)
        if (auto lane = lanes_.find(id); lane != lanes_.end()) plan(id, lane->second);
    refuse_overdue();
    if (registered_ && !observing_ && now >= observe_at_) start_observation();
    return next_due();
}

void Agent::take_inbox() {
    std::vector<Done> done;
    std::vector<Observed> observed;
    bool network_done = false, network_ok = false;
    {
        std::lock_guard lock(inbox_->mutex);
        done.swap(inbox_->done);
        observed.swap(inbox_->observed);
        if (!inbox_->changed.empty()) observe_at_ = clock_.now();
        inbox_->changed.clear();
        hinted_ |= std::exchange(inbox_->hinted, false);
        network_done = std::exchange(inbox_->network_done, false);
        network_ok = inbox_->network_ok;
    }
    for (const auto& each : done) finish(each);
    for (const auto& each : observed) take_observation(each);
    if (!network_done) return;
    network_busy_ = false;
    network_tried_ = network_doing_;
    network_at_ = clock_.now() + (network_ok ? options_.network_every : std::max<Duration>(options_.retry_after, 1s));
    for (const auto& [id, lane] : lanes_) dirty_.insert(id);
}

// ---- talking to the compute daemon

bool Agent::exchange_due(Timestamp now) const {
    if (now < retry_at_) return false;
    return hinted_ || !outbox_.empty() || !observations_.empty() || now >= poll_at_;
}

protocol::Report Agent::next_batch() const {
    protocol::Report report{.since = since_, .with_network = static_cast<bool>(network_)};
    const auto count = std::min(outbox_.size(), batch_limit_);
    report.steps.assign(outbox_.begin(), outbox_.begin() + static_cast<std::ptrdiff_t>(count));
    for (const auto& [id, guest] : observations_) {
        if (report.steps.size() + report.guests.size() >= batch_limit_) break;
        report.guests.push_back(guest);
    }
    return report;
}

void Agent::exchange() {
    const auto now = clock_.now();
    try {
        if (!registered_) {
            control_.register_host(options_.host, options_.description);
            registered_ = true;
            since_ = 0;
        }
        const auto batch = next_batch();
        hinted_ = false;
        auto desired = control_.report(options_.host, batch);
        outbox_.erase(outbox_.begin(), outbox_.begin() + static_cast<std::ptrdiff_t>(batch.steps.size()));
        for (const auto& guest : batch.guests) observations_.erase(guest.server_id);
        batch_limit_ = options_.max_batch;
        retry_wait_ = options_.retry_after;
        poll_at_ = now + options_.poll_every;
        if (desired) take_desired(std::move(*desired));
    } catch (const ControlPlaneError& error) {
        if (dynamic_cast<const NotRegistered*>(&error) != nullptr) registered_ = false;
        log::warning("host {}: the compute daemon does not answer: {}", options_.host, error.what());
        // A batch that is refused for one of its parts goes through in pieces.
        batch_limit_ = std::max<std::size_t>(1, batch_limit_ / 2);
        retry_at_ = now + retry_wait_;
        retry_wait_ = std::min(retry_wait_ * 2, options_.retry_at_most);
        hinted_ = true;
    }
}

void Agent::take_desired(protocol::Desired desired) {
    since_ = desired.revision;
    if (!desired.network.is_null() && network_) {
        if (network_heard_ == 0 || desired.network != network_wanted_) {
            network_dirty_ = true;
            ++network_heard_;
        }
        network_wanted_ = std::move(desired.network);
    }
    if (desired.complete) {
        std::set<std::string> named;
        for (const auto& guest : desired.guests) named.insert(guest.server_id);
        for (const auto& [id, lane] : lanes_)
            if (!named.contains(id)) desired.gone.push_back(id);
        // What is here and not known yet is found by the next observation.
        if (!complete_known_) observe_at_ = clock_.now();
        complete_known_ = true;
    }
    for (auto& guest : desired.guests) want(std::move(guest));
    for (const auto& id : desired.gone) unwant(id);
}

void Agent::want(protocol::Guest guest) {
    const auto id = guest.server_id;
    auto& lane = lanes_[id];
    if (guest.order) {
        const OrderKey key{guest.order->task_id, guest.order->order};
        if (!(key == lane.order)) {
            lane.order = key;
            lane.answered = false;
            lane.network = network_heard_;
            lane.order_deadline = clock_.now() + std::chrono::seconds(guest.order->patience_s);
            waiting_.insert(id);
        } else if (lane.answered) {
            outbox_.push_back(lane.answer);
        }
    } else {
        lane.order = {};
        waiting_.erase(id);
    }
    lane.wanted = std::move(guest);
    dirty_.insert(id);
}

void Agent::unwant(const std::string& id) {
    auto found = lanes_.find(id);
    if (found == lanes_.end()) return;
    found->second.wanted.reset();
    found->second.order = {};
    waiting_.erase(id);
    dirty_.insert(id);
}

// ---- acting

void Agent::plan(const std::string& id, Lane& lane) {
    if (lane.doing != Doing::nothing) return;
    if (busy_ >= options_.max_lanes) {
        dirty_.insert(id);
        return;
    }
    if (!lane.wanted) {
        if (!lane.maybe_here) {
            lanes_.erase(id);
            return;
        }
        if (lane.retry_at > clock_.now()) {
            later_.insert(id);
            return;
        }
        start(id, lane, Doing::remove, [id](Guests& guests) { return guests.remove(id); });
        return;
    }
    if (!lane.wanted->order || lane.answered) return;
    const auto& order = *lane.wanted->order;
    // A guest is plugged into networks: those must be there first.
    if (order.action == protocol::action::kSpawn && lane.network > network_tried_) return;
    lane.working = lane.order;
    start(id, lane, Doing::order, [guest = *lane.wanted](Guests& guests) {
        return guests.carry_out(guest, guest.order->action, guest.order->args);
    });
}

void Agent::start(const std::string& id, Lane& lane, Doing doing, std::function<WorkResult(Guests&)> work) {
    lane.doing = doing;
    if (doing != Doing::remove) lane.maybe_here = true;
    ++busy_;
    executor_.run([inbox = inbox_, guests = guests_, id, work = std::move(work)] {
        Done done{id, work(*guests)};
        inbox->tell([&] { inbox->done.push_back(std::move(done)); });
    });
}

void Agent::answer(Lane& lane, const std::string& id, const WorkResult& result) {
    lane.answered = true;
    lane.answer = protocol::StepResult{.server_id = id,
                                       .task_id = lane.order.task_id,
                                       .order = lane.order.order,
                                       .ok = result.ok,
                                       .permanent = result.permanent,
                                       .error = result.error,
                                       .power = result.power == "none" ? "" : result.power};
    waiting_.erase(id);
    outbox_.push_back(lane.answer);
}

void Agent::finish(const Done& done) {
    auto found = lanes_.find(done.server_id);
    if (found == lanes_.end()) return;
    auto& lane = found->second;
    const auto was = std::exchange(lane.doing, Doing::nothing);
    --busy_;
    lane.last_work_end = clock_.now();
    if (done.result.ok && !done.result.power.empty()) {
        const bool gone = done.result.power == "none";
        lane.seen_power = gone ? "" : done.result.power;
        lane.maybe_here = !gone;
    }
    if (was == Doing::order) {
        if (lane.working == lane.order && !lane.answered) answer(lane, done.server_id, done.result);
        if (!done.result.ok) log::warning("host {}: guest {}: {}", options_.host, done.server_id, done.result.error);
    } else if (done.result.ok) {
        lane.failures = 0;
    } else {
        log::warning("host {}: guest {}: {}", options_.host, done.server_id, done.result.error);
        lane.retry_at = clock_.now() + std::min<Duration>(options_.retry_after * (1 << std::min(lane.failures++, 6)),
                                                          std::chrono::minutes(1));
        if (was == Doing::restore && done.result.permanent && lane.wanted)
            observations_[done.server_id] = {
                .server_id = done.server_id, .generation = lane.wanted->generation, .power = "missing"};
    }
    dirty_.insert(done.server_id);
    // Others may have waited for a free lane; they are still dirty.
}

void Agent::refuse_overdue() {
    const auto now = clock_.now();
    for (auto id = waiting_.begin(); id != waiting_.end();) {
        auto found = lanes_.find(*id);
        const auto current = id++;
        if (found == lanes_.end() || found->second.order_deadline > now) continue;
        const auto& wanted = found->second.wanted;
        const std::string action = wanted && wanted->order ? wanted->order->action : "order";
        const std::string server_id = *current;
        answer(found->second, server_id,
               {.ok = false,
                .error = fmt::format("The hypervisor of host {} did not finish '{}' in time.", options_.host, action)});
    }
}

void Agent::start_network() {
    network_busy_ = true;
    network_dirty_ = false;
    network_doing_ = network_heard_;
    network_at_ = Timestamp::max();
    executor_.run([inbox = inbox_, apply = network_, state = network_wanted_, host = options_.host] {
        bool ok = true;
        try {
            apply(state);
        } catch (const std::exception& error) {
            ok = false;
            log::warning("host {}: network: {}", host, error.what());
        }
        inbox->tell([&] {
            inbox->network_done = true;
            inbox->network_ok = ok;
        });
    });
}

// ---- observing

void Agent::start_observation() {
    observing_ = true;
    const auto now = clock_.now();
    observe_at_ = now + options_.observe_every;
    executor_.run([inbox = inbox_, hypervisor = hypervisor_, host = options_.host, now] {
        Observed observed{.started = now};
        try {
            for (const auto& guest : hypervisor->observe())
                if (!guest.foreign) observed.power[guest.id] = power_name(guest.power);
            observed.ok = true;
        } catch (const std::exception& error) {
            log::warning("host {}: the hypervisor cannot be asked: {}", host, error.what());
        }
        inbox->tell([&] { inbox->observed.push_back(std::move(observed)); });
    });
}

void Agent::take_observation(const Observed& observed) {
    observing_ = false;
    if (!observed.ok) return;
    const bool complete = complete_known_;
    for (const auto& [id, power] : observed.power) {
        auto found = lanes_.find(id);
        if (found == lanes_.end()) {
            // Ours, and nobody wants it: it goes, once everything that is wanted is known.
            if (!complete) continue;
            lanes_[id].maybe_here = true;
            dirty_.insert(id);
        }
    }
    for (auto& [id, lane] : lanes_) {
        // What was done meanwhile is newer than what was seen.
        if (lane.doing != Doing::nothing || lane.last_work_end >= observed.started) continue;
        auto seen = observed.power.find(id);
        lane.seen_power = seen == observed.power.end() ? "" : seen->second;
        if (seen != observed.power.end()) lane.maybe_here = true;
        if (lane.wanted && !lane.wanted->order) converge_observed(id, lane, lane.seen_power);
    }
    if (complete) observed_once_ = true;
}

// Between orders: what the host may mend by itself it mends, what its user did is reported.
void Agent::converge_observed(const std::string& id, Lane& lane, const std::string& power) {
    const auto& wanted = *lane.wanted;
    if (wanted.wanted_power == "none") return;
    if (lane.retry_at > clock_.now() || busy_ >= options_.max_lanes) return;
    if (power.empty()) {
        start(id, lane, Doing::restore, [guest = wanted](Guests& guests) { return guests.restore(guest); });
        return;
    }
    if (power == wanted.wanted_power) {
        if (power != wanted.known_power)
            observations_[id] = {.server_id = id, .generation = wanted.generation, .power = power};
        return;
    }
    const bool off = power == "shutdown" || power == "crashed";
    const bool fell_with_host = options_.host_rebooted && !observed_once_ && wanted.wanted_power == "running" && off;
    const bool runs_unasked = wanted.wanted_power != "running" && power == "running";
    if (fell_with_host || runs_unasked)
        start(id, lane, Doing::power,
              [id, to = wanted.wanted_power](Guests& guests) { return guests.set_power(id, to); });
    else if (power != wanted.known_power)
        observations_[id] = {.server_id = id, .generation = wanted.generation, .power = power};
}

Timestamp Agent::next_due() const {
    const auto now = clock_.now();
    // Work that could start now, or words that could be said now.
    if (!outbox_.empty() || !observations_.empty() || hinted_) return std::max(now, retry_at_);
    auto due = std::max(poll_at_, retry_at_);
    if (registered_ && !observing_) due = std::min(due, observe_at_);
    if (!network_busy_) due = std::min(due, network_at_);
    for (const auto& id : waiting_) due = std::min(due, lanes_.at(id).order_deadline);
    for (const auto& id : later_)
        if (auto lane = lanes_.find(id); lane != lanes_.end()) due = std::min(due, lane->second.retry_at);
    return due;
}

}  // namespace cumulet::compute::agent
