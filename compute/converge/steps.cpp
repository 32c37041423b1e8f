#include "compute/converge/steps.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "compute/model/deleted_server.hpp"
#include "compute/model/quota.hpp"
#include "compute/networks/for_servers.hpp"
#include "compute/placement/hosts.hpp"
#include "compute/placement/scheduler.hpp"

namespace cumulet::compute::converge::steps {

namespace {

std::int64_t disk_gib_of(const Flavor& flavor) {
    return flavor.root_gib + flavor.ephemeral_gib + (flavor.swap_mib + 1023) / 1024;
}

void set_power(Server& server, VmState vm_state, PowerState power) {
    server.vm_state = vm_state;
    server.power_state = power;
    server.wanted_power = power;
    server.fault.reset();
}

void set_fault(StepContext& context) {
    context.server.fault = ServerFault{.code = 500,
                                       .message = context.task.message,
                                       .details = fmt::format("task {} ({})", context.task.name, context.task.id),
                                       .created = context.txn.now()};
}

}  // namespace

void place(StepContext& context) {
    auto& server = context.server;
    if (!server.host.empty()) return;
    placement::Wanted wanted{.flavor = server.flavor,
                             .zone = server.wanted_zone,
                             .host = context.task.args.value("host", ""),
                             .avoid = context.task.args.value("avoid", std::vector<std::string>{}),
                             .needs = context.task.args.value("needs", std::vector<std::string>{}),
                             .disk_gib = disk_gib_of(server.flavor)};
    const auto hosts = placement::candidates(context.txn, placement::kDownAfter);
    const auto decision = placement::decide(hosts, wanted, context.random);
    if (decision.host.empty()) {
        // What made the host before fail says more than that no other is left.
        const auto& before = context.task.message;
        throw StepFailed(before.empty() ? decision.explain() : before + " " + decision.explain());
    }
    for (const auto& candidate : hosts) {
        if (candidate.host.name != decision.host) continue;
        placement::allocate(context.txn, candidate.host, server.id, server.project_id, server.user_id, server.flavor,
                            wanted.disk_gib);
        server.availability_zone = candidate.host.zone;
    }
    server.host = decision.host;
}

void unplace(StepContext& context) {
    placement::release(context.txn, context.server.id);
    context.server.host.clear();
    context.server.availability_zone.clear();
}

void bind_ports(StepContext& context) {
    networks::bind_server_ports(context.txn, context.server.id, context.server.host);
}

void unbind_ports(StepContext& context) { networks::bind_server_ports(context.txn, context.server.id, ""); }

void release_everything(StepContext& context) {
    auto& [txn, random, server, task, erased] = context;
    networks::release_server_ports(txn, server.id);
    placement::release(txn, server.id);
    quota_take(txn, server.project_id, "instances", -1);
    quota_take(txn, server.project_id, "cores", -server.flavor.vcpus);
    quota_take(txn, server.project_id, "ram", -server.flavor.memory_mib);
    server.vm_state = VmState::deleted;
    server.task_state.clear();
    server.task_id.clear();
    server.power_state = PowerState::none;
    server.terminated_at = txn.now();
    server.updated_at = txn.now();
    txn.put(DeletedServer{.id = server.id,
                          .project_id = server.project_id,
                          .created_at = server.created_at,
                          .deleted_at = txn.now(),
                          .server = server},
            "server deleted");
    txn.erase(server, "server deleted");
    erased = true;
}

void release_detached_port(StepContext& context) {
    networks::release_server_port(context.txn, context.server.id, context.task.args.value("port_id", ""));
}

void became_active_first(StepContext& context) {
    set_power(context.server, VmState::active, PowerState::running);
    context.server.launched_at = context.txn.now();
    networks::set_server_ports_status(context.txn, context.server.id, true);
}

void became_active(StepContext& context) { set_power(context.server, VmState::active, PowerState::running); }
void became_stopped(StepContext& context) { set_power(context.server, VmState::stopped, PowerState::shutdown); }
void became_paused(StepContext& context) { set_power(context.server, VmState::paused, PowerState::paused); }
void became_suspended(StepContext& context) { set_power(context.server, VmState::suspended, PowerState::suspended); }
void unchanged(StepContext&) {}
// Clients wait for the port to be ACTIVE before they use or detach it.
void attached(StepContext& context) { networks::set_server_ports_status(context.txn, context.server.id, true); }

void create_failed(StepContext& context) {
    context.server.vm_state = VmState::error;
    context.server.wanted_power = PowerState::none;
    set_fault(context);
}

void delete_failed(StepContext& context) {
    context.server.vm_state = VmState::error;
    set_fault(context);
}

void kept(StepContext& context) { set_fault(context); }

}  // namespace cumulet::compute::converge::steps
