#include "invariants.hpp"

#include <fmt/format.h>

#include <map>

#include "compute/agent/guests.hpp"
#include "compute/converge/advance.hpp"
#include "compute/model/deleted_server.hpp"
#include "compute/model/host.hpp"
#include "compute/model/quota.hpp"
#include "compute/networks/port.hpp"
#include "compute/placement/allocations.hpp"
#include "compute/placement/scheduler.hpp"

namespace cumulet::sim {

using namespace compute;
using namespace std::chrono_literals;

namespace {

// The converger's own pace.
constexpr auto kSlack = 10s;

void check_tasks(store::Transaction& txn, std::vector<std::string>& broken) {
    for (const auto& server : txn.scan<Server>({})) {
        if (server.task_id.empty()) {
            if (server.vm_state == VmState::building || !server.task_state.empty())
                broken.push_back(fmt::format("server {} is unfinished without a task", server.id));
            continue;
        }
        auto task = txn.peek<Task>(server.id, server.task_id);
        if (!task || !converge::is_open(*task))
            broken.push_back(fmt::format("server {} waits for a task that has ended", server.id));
        else if (!task->deadline || *task->deadline + kSlack < txn.now())
            broken.push_back(fmt::format("task {} of server {} is past its deadline", task->name, server.id));
    }
    for (const auto& task : txn.scan<Task>({.index = "state"}, std::string("open"))) {
        auto server = txn.peek<Server>(task.server_id);
        if (!server || server->task_id != task.id)
            broken.push_back(fmt::format("open task {} belongs to no server", task.name));
    }
}

void check_sums(store::Transaction& txn, std::vector<std::string>& broken) {
    std::map<std::string, placement::HostUse> sums;
    std::int64_t servers = 0, memory = 0, ports = 0;
    for (const auto& server : txn.scan<Server>({})) {
        ++servers;
        memory += held_by(server).memory_mib;
    }
    for (const auto& held : txn.scan<Allocation>({})) {
        auto& sum = sums[held.host];
        sum.vcpus += held.vcpus;
        sum.memory_mib += held.memory_mib;
        ++sum.servers;
        auto server = txn.peek<Server>(held.consumer_id);
        if (!server || server->host != held.host)
            broken.push_back(fmt::format("an allocation on {} belongs to no server there", held.host));
    }
    for (const auto& host : txn.scan<Host>({})) {
        const auto use = placement::host_use(txn, host.name);
        const auto& sum = sums[host.name];
        if (use.servers != sum.servers || use.memory_mib != sum.memory_mib || use.vcpus != sum.vcpus)
            broken.push_back(fmt::format("placement of {} is not the sum of its allocations", host.name));
        if (use.memory_mib > placement::capacity_of(host).memory_mib)
            broken.push_back(fmt::format("host {} holds more than it has", host.name));
    }
    for (const auto& port : txn.scan<networks::Port>({})) {
        ++ports;
        auto server = txn.peek<Server>(port.device_id);
        if (!server || server->host != port.host)
            broken.push_back(fmt::format("port {} belongs to no server on its host '{}'", port.id, port.host));
    }
    if (quota_used(txn, "sim", "instances") != servers || quota_used(txn, "sim", "ram") != memory)
        broken.push_back("quota is not the sum of the servers that exist");
    if (quota_used(txn, "sim", "port") != ports || ports != servers)
        broken.push_back(fmt::format("{} servers have {} ports", servers, ports));
}

// Who runs is metered from the moment of the launch, who is gone up to the end, and nothing twice.
void check_usage(Plane& plane, store::Transaction& txn, std::vector<std::string>& broken) {
    std::map<std::string, Duration> metered;
    const metering::Window ever{.from = Timestamp{}, .to = txn.now() + 1h};
    for (const auto& span : plane.meter().spans(txn, ever, std::string("sim")))
        metered[span.server_id] += span.until.value_or(txn.now()) - span.since;
    auto expect = [&](const Server& server, Timestamp end) {
        if (!server.launched_at) return;
        if (metered[server.id] != end - *server.launched_at)
            broken.push_back(fmt::format("server {} is not metered as long as it lived", server.id));
        metered.erase(server.id);
    };
    for (const auto& server : txn.scan<Server>({})) expect(server, txn.now());
    for (const auto& gone : txn.scan<DeletedServer>({})) expect(gone.server, gone.deleted_at);
    for (const auto& [id, time] : metered) broken.push_back(fmt::format("usage of {} belongs to no server", id));
}

// What was done to a server is told whole: an action runs exactly while the server has its task, and each step that
// ended says how.
void check_history(Plane& plane, store::Transaction& txn, std::vector<std::string>& broken) {
    auto check = [&](const std::string& id, const std::string& task_id) {
        bool created = false;
        for (const auto& action : plane.history().actions(txn, id)) {
            created |= action.name == "create";
            if (action.finish_time.has_value() == (action.id == task_id))
                broken.push_back(fmt::format("action {} of server {} is told as {}", action.name, id,
                                             store::enum_name(action.state)));
            for (const auto& event : action.events)
                if (event.finish_time.has_value() == event.result.empty())
                    broken.push_back(fmt::format("step {} of server {} says nothing of its end", event.step, id));
        }
        if (!created) broken.push_back(fmt::format("nothing tells of the creation of server {}", id));
    };
    for (const auto& server : txn.scan<Server>({})) check(server.id, server.task_id);
    for (const auto& gone : txn.scan<DeletedServer>({})) check(gone.id, "");
}

}  // namespace

std::vector<std::string> broken_always(Plane& plane, Machines& machines) {
    std::vector<std::string> broken;
    std::map<std::string, std::string> where;
    for (auto& machine : machines)
        for (const auto& guest : machine->host().guests()) {
            auto [known, fresh] = where.emplace(guest.id, machine->name());
            if (!fresh && !guest.foreign)
                broken.push_back(fmt::format("guest {} is on {} and on {}", guest.id, known->second, machine->name()));
        }
    plane.run([&](store::Transaction& txn) {
        check_tasks(txn, broken);
        check_sums(txn, broken);
        check_usage(plane, txn, broken);
        check_history(plane, txn, broken);
    });
    return broken;
}

std::vector<std::string> broken_at_rest(Plane& plane, Machines& machines) {
    auto broken = broken_always(plane, machines);
    std::map<std::string, std::pair<std::string, std::string>> found;  // guest -> host, power
    std::size_t foreign = 0;
    for (auto& machine : machines)
        for (const auto& guest : machine->host().guests()) {
            if (guest.foreign)
                ++foreign;
            else
                found[guest.id] = {machine->name(), agent::power_name(guest.power)};
        }
    plane.run([&](store::Transaction& txn) {
        for (const auto& server : txn.scan<Server>({})) {
            if (!server.task_id.empty()) {
                auto task = txn.peek<Task>(server.id, server.task_id);
                broken.push_back(fmt::format("server {} still has an open task '{}' for host {}", server.id,
                                             task ? task->name : "?", server.host));
            }
            auto guest = found.find(server.id);
            const bool expected =
                server.launched_at.has_value() && server.vm_state != VmState::shelved_offloaded && !server.host.empty();
            if (expected != (guest != found.end())) {
                broken.push_back(fmt::format("server {} ({}, on '{}') has {} guest", server.id,
                                             store::enum_name(server.vm_state), server.host, expected ? "no" : "a"));
            } else if (expected) {
                if (guest->second.first != server.host)
                    broken.push_back(fmt::format("the guest of server {} is on the wrong host", server.id));
                if (guest->second.second != store::enum_name(server.power_state))
                    broken.push_back(fmt::format("server {} is on record as {} and is {}", server.id,
                                                 store::enum_name(server.power_state), guest->second.second));
            }
            if (guest != found.end()) found.erase(guest);
        }
    });
    for (const auto& [id, guest] : found)
        broken.push_back(fmt::format("guest {} on {} belongs to no server", id, guest.first));
    if (foreign != machines.size()) broken.push_back("somebody else's guest was touched");
    return broken;
}

}  // namespace cumulet::sim
