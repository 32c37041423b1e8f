#include "compute/converge/desired.hpp"

#include "compute/converge/advance.hpp"
#include "compute/converge/task_table.hpp"
#include "compute/networks/port.hpp"
#include "compute/protocol/actions.hpp"

namespace cumulet::compute::converge {

namespace {

// A part of the deadline, so that the host's own word on a late step comes before the converger's.
constexpr std::int64_t patience_of(const Step& step) {
    return std::max<std::int64_t>(1, step.deadline.count() * 9 / 10);
}

std::optional<protocol::Order> order_for(store::Transaction& txn, const Server& server) {
    if (server.task_id.empty()) return std::nullopt;
    auto task = txn.peek<Task>(server.id, server.task_id);
    if (!task || !is_open(*task) || task->host != server.host) return std::nullopt;
    const auto& kind = kind_of(task->name, task->args);
    if (task->step < 0 || task->step >= static_cast<int>(kind.steps.size())) return std::nullopt;
    const auto& step = kind.steps[static_cast<std::size_t>(task->step)];
    return protocol::Order{
        .task_id = task->id,
        .order = order_number(*task),
        .action = std::string(task->state == TaskState::undoing ? step.undo_action : step.action),
        .args = task->args,
        .patience_s = patience_of(step),
    };
}

// The size to run with: during a resize the order says which of the two.
const Flavor& flavor_for(const Server& server, const std::optional<protocol::Order>& order) {
    if (!order || !server.other_flavor) return server.flavor;
    const bool resized = server.vm_state == VmState::resized;
    if (order->action == protocol::action::kResize) return *server.other_flavor;
    if (order->action == protocol::action::kRevertResize && resized) return *server.other_flavor;
    return server.flavor;
}

std::vector<protocol::Nic> nics_of(store::Transaction& txn, const std::string& server_id) {
    std::vector<protocol::Nic> nics;
    txn.visit<networks::Port>(
        {.index = "device"},
        [&](networks::Port&& port) {
            std::int64_t mtu = 1450;
            if (auto network = txn.peek<networks::Network>(port.network_id)) mtu = network->mtu;
            nics.push_back({.port_id = std::move(port.id),
                            .network_id = std::move(port.network_id),
                            .mac = std::move(port.mac_address),
                            .mtu = mtu});
            return true;
        },
        server_id);
    return nics;
}

}  // namespace

std::optional<protocol::Guest> desired_guest(store::Transaction& txn, const DesiredSources& sources,
                                             const Server& server) {
    auto order = order_for(txn, server);
    if (!order && !server.launched_at) return std::nullopt;
    // It is only to be removed: what it was made of is of no interest.
    const bool leaves = order && order->action == protocol::action::kDestroy;
    const bool arrives =
        order && (order->action == protocol::action::kSpawn || order->action == protocol::action::kRebuild);
    const bool rescued = !server.rescue_image_id.empty() && !(order && order->action == protocol::action::kUnrescue);
    const auto& flavor = flavor_for(server, order);
    protocol::Guest guest{.server_id = server.id,
                          .name = server.name,
                          .generation = server.generation,
                          .wanted_power = std::string(store::enum_name(server.wanted_power)),
                          .known_power = std::string(store::enum_name(server.power_state)),
                          .order = std::move(order)};
    if (leaves) return guest;
    guest.vcpus = flavor.vcpus;
    guest.memory_mib = flavor.memory_mib;
    guest.root_gib = flavor.root_gib;
    guest.ephemeral_gib = flavor.ephemeral_gib;
    guest.swap_mib = flavor.swap_mib;
    guest.config_drive = server.config_drive;
    guest.nics = nics_of(txn, server.id);
    guest.labels = {{"project", server.project_id}, {"user", server.user_id}, {"flavor", flavor.name}};
    if (sources.image && rescued) guest.rescue_image = sources.image(txn, server.rescue_image_id);
    const auto& image_id = server.shelved_image_id.empty() ? server.image_id : server.shelved_image_id;
    if (sources.image && !image_id.empty()) guest.image = sources.image(txn, image_id);
    if (sources.instance && arrives && server.config_drive) guest.instance = sources.instance(txn, server);
    return guest;
}

protocol::Desired desired_complete(store::Transaction& txn, const DesiredSources& sources, const std::string& host) {
    protocol::Desired desired{.complete = true};
    txn.visit<Server>(
        {.index = "host"},
        [&](Server&& server) {
            if (auto guest = desired_guest(txn, sources, server)) desired.guests.push_back(std::move(*guest));
            return true;
        },
        host);
    return desired;
}

protocol::Desired desired_of(store::Transaction& txn, const DesiredSources& sources, const std::string& host,
                             const std::vector<std::string>& server_ids) {
    protocol::Desired desired;
    for (const auto& id : server_ids) {
        auto server = txn.peek<Server>(id);
        auto guest = server && server->host == host ? desired_guest(txn, sources, *server) : std::nullopt;
        if (guest)
            desired.guests.push_back(std::move(*guest));
        else
            desired.gone.push_back(id);
    }
    return desired;
}

}  // namespace cumulet::compute::converge
