#include "compute/converge/steps.hpp"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "compute/converge/migrations.hpp"
#include "compute/images/snapshots.hpp"
#include "compute/model/deleted_server.hpp"
#include "compute/model/quota.hpp"
#include "compute/model/server_group.hpp"
#include "compute/networks/for_servers.hpp"
#include "compute/placement/hosts.hpp"
#include "compute/placement/scheduler.hpp"

namespace cumulet::compute::converge::steps {

namespace {

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

namespace {

// What the server's group (if its creation named one) asks of its place, and whether it only wishes it.
struct GroupWish {
    std::string together;            // the host where the others are; empty: anywhere
    std::vector<std::string> apart;  // hosts that are taken
    bool soft = false;
};

GroupWish group_wish(StepContext& context) {
    GroupWish wish;
    const auto group = context.txn.get<ServerGroup>(context.task.args.value("group", ""));
    if (!group) return wish;
    wish.soft = group->policy.starts_with("soft-");
    std::map<std::string, std::int64_t> servers_on;
    for (const auto& member : group->members)
        if (auto other = context.txn.peek<Server>(member);
            other && other->id != context.server.id && !other->host.empty())
            ++servers_on[other->host];
    if (group->policy.ends_with("anti-affinity")) {
        for (const auto& [host, servers] : servers_on)
            if (servers >= std::max<std::int64_t>(1, group->max_server_per_host)) wish.apart.push_back(host);
    } else if (!servers_on.empty()) {
        wish.together = servers_on.begin()->first;
    }
    return wish;
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
    const auto group = group_wish(context);
    auto fitting = wanted;
    fitting.avoid.insert(fitting.avoid.end(), group.apart.begin(), group.apart.end());
    if (!group.together.empty() && fitting.host.empty()) fitting.host = group.together;
    auto decision = placement::decide(hosts, fitting, context.random);
    if (decision.host.empty() && group.soft) decision = placement::decide(hosts, wanted, context.random);
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
    for (auto& group : txn.scan<ServerGroup>({.index = "member"}, server.id)) {
        std::erase(group.members, server.id);
        txn.put(group, "left");
    }
    quota_take(txn, server.project_id, "instances", -1);
    const auto held = held_by(server);
    quota_take(txn, server.project_id, "cores", -held.vcpus);
    quota_take(txn, server.project_id, "ram", -held.memory_mib);
    server.vm_state = VmState::deleted;
    server.task_state.clear();
    server.task_id.clear();
    server.power_state = PowerState::none;
    server.terminated_at = txn.now();
    server.other_flavor.reset();
    images::drop_snapshot(txn, server.shelved_image_id);
    migrations::note(context, "error");
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

namespace {

// The server is given what it holds now instead of what it held.
void take_quota_instead(StepContext& context, const Flavor& before) {
    const auto now = held_by(context.server);
    quota_take(context.txn, context.server.project_id, "cores", now.vcpus - before.vcpus);
    quota_take(context.txn, context.server.project_id, "ram", now.memory_mib - before.memory_mib);
}
void take_room_instead(StepContext& context) {
    auto& [txn, random, server, task, erased] = context;
    const auto now = held_by(server);
    if (auto host = txn.get<Host>(server.host))
        placement::allocate(txn, *host, server.id, server.project_id, server.user_id, now, disk_gib_of(now));
}

// Whether the server's own host, where it holds `held`, has room for what it is to hold; StepFailed with the
// scheduler's reason.
void require_room(StepContext& context, const Flavor& held) {
    const auto& server = context.server;
    const auto wanted = held_by(server);
    std::vector<placement::Candidate> here;
    for (auto& candidate : placement::candidates(context.txn, placement::kDownAfter)) {
        if (candidate.host.name != server.host) continue;
        candidate.use.vcpus -= held.vcpus;
        candidate.use.memory_mib -= held.memory_mib;
        candidate.use.disk_gib -= disk_gib_of(held);
        // Who is there already may stay, whatever the operator decided about newcomers.
        candidate.host.disabled = false;
        here.push_back(std::move(candidate));
    }
    const auto decision = placement::decide(here, {.flavor = wanted, .disk_gib = disk_gib_of(wanted)}, context.random);
    if (decision.host.empty()) throw StepFailed(decision.explain());
}

}  // namespace

void claim_resize(StepContext& context) {
    auto& server = context.server;
    if (server.other_flavor) return;
    const auto before = held_by(server);
    auto wanted = context.txn.get<Flavor>(context.task.args.value("flavor_id", ""));
    if (!wanted) throw StepFailed("The flavor is not there any more.");
    migrations::begin(context, "resize", wanted->id);
    server.other_flavor = std::move(wanted);
    take_quota_instead(context, before);
    require_room(context, before);
    take_room_instead(context);
}

void unclaim_resize(StepContext& context) {
    auto& server = context.server;
    if (!server.other_flavor) return;
    const auto before = held_by(server);
    server.other_flavor.reset();
    take_quota_instead(context, before);
    take_room_instead(context);
}

void became_resized(StepContext& context) {
    auto& server = context.server;
    std::swap(server.flavor, *server.other_flavor);
    server.vm_state = VmState::resized;
    server.power_state = server.wanted_power;
    server.fault.reset();
    migrations::note(context, "finished");
}

void settle_resize(StepContext& context) {
    if (context.server.other_flavor) migrations::note(context, "confirmed");
    unclaim_resize(context);
}

void return_flavor(StepContext& context) {
    auto& server = context.server;
    if (!server.other_flavor) return;
    std::swap(server.flavor, *server.other_flavor);
    migrations::note(context, "reverted");
    unclaim_resize(context);
}

void drop_image(StepContext& context) { images::drop_snapshot(context.txn, context.task.args.value("image_id", "")); }

void leave_host(StepContext& context) {
    unbind_ports(context);
    networks::set_server_ports_status(context.txn, context.server.id, false);
    unplace(context);
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
void became_as_wanted(StepContext& context) {
    const bool off = context.server.wanted_power == PowerState::shutdown;
    set_power(context.server, off ? VmState::stopped : VmState::active,
              off ? PowerState::shutdown : PowerState::running);
    if (!context.server.launched_at) context.server.launched_at = context.txn.now();
}
void became_rescued(StepContext& context) { set_power(context.server, VmState::rescued, PowerState::running); }
void became_unrescued(StepContext& context) {
    context.server.rescue_image_id.clear();
    became_active(context);
}
void became_shelved(StepContext& context) {
    set_power(context.server, VmState::shelved_offloaded, PowerState::shutdown);
    context.server.shelved_image_id = context.task.args.value("image_id", "");
}
void became_unshelved(StepContext& context) {
    became_active(context);
    networks::set_server_ports_status(context.txn, context.server.id, true);
    images::drop_snapshot(context.txn, context.server.shelved_image_id);
    context.server.shelved_image_id.clear();
}
void begin_migration(StepContext& context) {
    // The scheduler shall not find the way back.
    auto avoid = context.task.args.value("avoid", std::vector<std::string>{});
    if (avoid.empty()) context.task.args["avoid"] = std::vector<std::string>{context.server.host};
    migrations::begin(context, context.task.name == "evacuate" ? "evacuation" : "migration", context.server.flavor.id);
}
void leave_for_another_host(StepContext& context) {
    context.server.shelved_image_id = context.task.args.value("image_id", "");
    leave_lost_host(context);
}
void leave_lost_host(StepContext& context) {
    context.task.args["left"] = true;
    leave_host(context);
}
void became_migrated(StepContext& context) {
    became_unshelved(context);
    migrations::note(context, "done");
}
void migration_failed(StepContext& context) {
    auto& server = context.server;
    migrations::note(context, "error");
    // Still where it was: the image was for nothing.
    if (!context.task.args.value("left", false)) return snapshot_failed(context);
    if (!server.host.empty()) leave_host(context);
    if (server.shelved_image_id.empty())
        server.vm_state = VmState::error;
    else
        set_power(server, VmState::shelved_offloaded, PowerState::shutdown);
    set_fault(context);
}
void unchanged(StepContext&) {}
void rotated(StepContext& context) {
    const auto& args = context.task.args;
    images::rotate_backups(context.txn, context.server.project_id, context.server.id, args.value("backup_type", ""),
                           args.value("rotation", std::size_t{1}));
}
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

void rebuild_failed(StepContext& context) { delete_failed(context); }

// Also when the host could not be brought back: the claim is not kept for it.
void resize_failed(StepContext& context) {
    migrations::note(context, "error");
    unclaim_resize(context);
    set_fault(context);
}

void snapshot_failed(StepContext& context) {
    drop_image(context);
    set_fault(context);
}

void rescue_failed(StepContext& context) {
    context.server.rescue_image_id.clear();
    set_fault(context);
}

void kept(StepContext& context) { set_fault(context); }

}  // namespace cumulet::compute::converge::steps
