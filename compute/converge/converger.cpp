#include "compute/converge/converger.hpp"

#include <map>

#include "common/runtime/log.hpp"
#include "common/store/transaction.hpp"
#include "compute/converge/advance.hpp"
#include "compute/converge/migrations.hpp"
#include "compute/model/deleted_server.hpp"
#include "compute/model/host.hpp"
#include "compute/placement/hosts.hpp"

namespace cumulet::compute::converge {

namespace {

constexpr std::string_view kLease = "converger";
constexpr auto kLeaseLength = std::chrono::seconds(15);
constexpr auto kRoundEvery = std::chrono::milliseconds(500);
constexpr auto kForgetEvery = std::chrono::minutes(10);
constexpr std::size_t kForgetAtOnce = 200;

struct TaskKey {
    std::string server_id, id;
};

}  // namespace

Converger::Converger(store::Engine& engine, const Clock& clock, Random& random, metering::Meter& meter,
                     history::History& history, ConvergerOptions options)
    : engine_(engine),
      clock_(clock),
      random_(random),
      meter_(meter),
      history_(history),
      options_(std::move(options)),
      leases_(engine, clock) {
    if (options_.holder.empty()) options_.holder = random.uuid();
}

std::size_t Converger::step() {
    if (!leases_.acquire(kLease, options_.holder, kLeaseLength)) return 0;
    std::size_t moved = expire_overdue() + leave_down_hosts();
    meter_.catch_up(clock_.now());
    history_.catch_up(clock_.now());
    if (clock_.now() >= next_forget_) {
        moved += forget_deleted();
        meter_.forget(clock_.now(), clock_.now() - options_.keep_usage);
        next_forget_ = clock_.now() + kForgetEvery;
    }
    return moved;
}

std::size_t Converger::expire_overdue() {
    const store::Cause cause{.time = clock_.now(), .operation = "converge.expire"};
    std::vector<TaskKey> overdue;
    {
        store::Transaction txn(engine_, cause);
        txn.visit<Task>(
            {.index = "state"},
            [&](Task&& task) {
                if (!task.deadline || *task.deadline > txn.now()) return !task.deadline;
                overdue.push_back({task.server_id, task.id});
                return true;
            },
            std::string("open"));
    }
    std::size_t moved = 0;
    for (const auto& key : overdue)
        moved += store::transact(engine_, cause,
                                 [&](store::Transaction& txn) { return expire(txn, random_, key.server_id, key.id); });
    return moved;
}

std::size_t Converger::leave_down_hosts() {
    const store::Cause cause{.time = clock_.now(), .operation = "converge.host_down"};
    std::vector<TaskKey> stranded;
    {
        store::Transaction txn(engine_, cause);
        std::map<std::string, bool> up;
        txn.visit<Task>(
            {.index = "state"},
            [&](Task&& task) {
                if (task.host.empty()) return true;
                auto [known, fresh] = up.try_emplace(task.host, true);
                if (fresh) known->second = placement::is_up(txn, task.host, options_.host_down_after);
                if (!known->second) stranded.push_back({task.server_id, task.id});
                return true;
            },
            std::string("open"));
    }
    std::size_t moved = 0;
    for (const auto& key : stranded)
        moved += store::transact(engine_, cause, [&](store::Transaction& txn) {
            return give_up_on_host(txn, random_, key.server_id, key.id);
        });
    return moved;
}

std::size_t Converger::forget_deleted() {
    const store::Cause cause{.time = clock_.now(), .operation = "converge.forget"};
    return store::transact(engine_, cause, [&](store::Transaction& txn) {
        std::size_t forgotten = 0;
        for (const auto& gone : txn.scan<DeletedServer>({.index = "deleted", .limit = kForgetAtOnce})) {
            if (gone.deleted_at + options_.keep_deleted > txn.now()) break;
            history::forget(txn, gone.id);
            migrations::forget(txn, gone.id);
            txn.erase(gone, "forgotten");
            ++forgotten;
        }
        return forgotten;
    });
}

ConvergeLoop::ConvergeLoop(store::Engine& engine, Converger& converger, HostChanges& changes, bus::Bus& bus)
    : engine_(engine), converger_(converger), changes_(changes), bus_(bus) {
    listener_ = engine_.listen([this](store::Revision) {
        {
            std::lock_guard lock(mutex_);
            committed_ = true;
        }
        wake_.notify_all();
    });
    rounds_ = std::thread([this] { run_rounds(); });
    hints_ = std::thread([this] { run_hints(); });
}

ConvergeLoop::~ConvergeLoop() { stop(); }

void ConvergeLoop::stop() {
    listener_.reset();
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (rounds_.joinable()) rounds_.join();
    if (hints_.joinable()) hints_.join();
}

void ConvergeLoop::run_rounds() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        lock.unlock();
        try {
            converger_.step();
        } catch (const std::exception& error) {
            log::error("converger: {}", error.what());
        }
        lock.lock();
        wake_.wait_for(lock, kRoundEvery, [&] { return stopping_; });
    }
}

void ConvergeLoop::run_hints() {
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait(lock, [&] { return stopping_ || committed_; });
        if (stopping_) return;
        committed_ = false;
        lock.unlock();
        try {
            const auto news = changes_.take_news();
            for (const auto& host : news.hosts) bus_.publish("compute.host." + host, std::to_string(news.up_to));
            if (news.network) bus_.publish("compute.network", std::to_string(news.up_to));
        } catch (const std::exception& error) {
            log::error("hints: {}", error.what());
        }
        lock.lock();
    }
}

}  // namespace cumulet::compute::converge
