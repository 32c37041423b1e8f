#include "compute/converge/tasks.hpp"

#include <algorithm>

#include "common/api/fault.hpp"
#include "compute/converge/advance.hpp"
#include "compute/converge/task_table.hpp"
#include "compute/placement/hosts.hpp"

namespace cumulet::compute::converge {

namespace {

// Nova's words.
[[noreturn]] void refuse(const TaskKind& kind, const Server& server, std::string_view attribute,
                         std::string_view value) {
    throw api::Fault(api::Errc::conflict, "Cannot '{}' instance {} while it is in {} {}", kind.name, server.id,
                     attribute, value);
}

bool may_replace(const TaskKind& kind, const Task& running) {
    return kind.replaces_any ||
           std::find(kind.replaces.begin(), kind.replaces.end(), running.name) != kind.replaces.end();
}

void end_running_task(store::Transaction& txn, Random& random, const TaskKind& kind, Server& server) {
    if (server.task_id.empty()) return;
    auto running = txn.get<Task>(server.id, server.task_id);
    if (!running || !is_open(*running)) return;
    if (!may_replace(kind, *running))
        refuse(kind, server, "task_state", server.task_state.empty() ? running->name : server.task_state);
    StepContext context{.txn = txn, .random = random, .server = server, .task = *running};
    if (const auto leave = kind_of(running->name, running->args).replaced) leave(context);
    abandon(txn, *running, fmt::format("Superseded by '{}'.", kind.name));
}

Task new_task(store::Transaction& txn, Random& random, const Server& server, std::string_view name) {
    const auto& cause = txn.cause();
    return {.id = random.uuid(),
            .server_id = server.id,
            .name = std::string(name),
            .args = nlohmann::json::object(),
            .request_id = cause.request_id,
            .user_id = cause.user_id,
            .project_id = cause.project_id,
            .start_time = txn.now(),
            .updated_at = txn.now()};
}

}  // namespace

Task start_task(store::Transaction& txn, Random& random, Server& server, std::string_view name, nlohmann::json args) {
    if (args.is_null()) args = nlohmann::json::object();
    const auto& kind = kind_of(name, args);
    if (!kind.from.has(server.vm_state)) refuse(kind, server, "vm_state", store::enum_name(server.vm_state));
    end_running_task(txn, random, kind, server);
    if (kind.needs_host && server.host.empty())
        throw api::Fault(api::Errc::conflict, "Instance {} is not ready: it is on no host", server.id);

    Task task = new_task(txn, random, server, kind.name);
    task.args = std::move(args);
    server.task_id = task.id;
    server.task_state.clear();
    // What is on a host that is down or given up by force is removed by the host itself once it is back.
    if (kind.done_without_host && !server.host.empty() &&
        (task.args.value("force", false) || !placement::is_up(txn, server.host)))
        task.step = 1;
    StepContext context{.txn = txn, .random = random, .server = server, .task = task};
    proceed(context, std::string(name) + " started");
    return task;
}

void note_action(store::Transaction& txn, Random& random, const Server& server, std::string_view name) {
    Task task = new_task(txn, random, server, name);
    task.state = TaskState::done;
    task.finish_time = txn.now();
    txn.put(task, std::string(name) + " noted");
    txn.erase(task, "ended");
}

}  // namespace cumulet::compute::converge
