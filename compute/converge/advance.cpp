#include "compute/converge/advance.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace cumulet::compute::converge {

namespace {

// How often a host is asked to undo before the task fails with what is there left to the host's own convergence.
constexpr int kUndoAttempts = 3;
// What details an action's event keeps of an error.
constexpr std::size_t kMaxMessage = 1000;

std::string bounded(std::string text) {
    if (text.size() > kMaxMessage) {
        text.resize(kMaxMessage);
        while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) text.pop_back();
        if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0) text.pop_back();
    }
    return text;
}

const Step& present_step(const TaskKind& kind, const Task& task) {
    const auto last = static_cast<int>(kind.steps.size()) - 1;
    return kind.steps[static_cast<std::size_t>(std::clamp(task.step, 0, last))];
}

void open_event(StepContext& context, std::string step) {
    context.task.events.push_back(TaskEvent{.step = std::move(step),
                                            .host = context.server.host,
                                            .start_time = context.txn.now(),
                                            .finish_time = {},
                                            .result = "",
                                            .details = ""});
}

void close_event(const store::Transaction& txn, Task& task, bool ok, const std::string& details) {
    if (task.events.empty() || task.events.back().finish_time) return;
    auto& event = task.events.back();
    event.finish_time = txn.now();
    event.result = ok ? "Success" : "Error";
    event.details = details;
}

// The host of the server is asked; the task waits.
void wait_for_host(StepContext& context, const Step& step, bool undoing) {
    open_event(context, (undoing ? "undo " : "") + std::string(step.name));
    context.task.host = context.server.host;
    context.task.deadline = context.txn.now() + step.deadline;
}

void stop_waiting(Task& task) {
    task.host.clear();
    task.deadline.reset();
}

void end(StepContext& context, const TaskKind& kind, bool ok) {
    auto& task = context.task;
    stop_waiting(task);
    task.state = ok ? TaskState::done : TaskState::failed;
    task.finish_time = context.txn.now();
    const auto effect = ok ? kind.finish : kind.fail;
    if (effect != nullptr) effect(context);
    context.server.task_id.clear();
    context.server.task_state.clear();
}

void begin_undo(StepContext& context, const TaskKind& kind, const std::string& why) {
    auto& task = context.task;
    close_event(context.txn, task, false, why);
    task.message = bounded(why);
    task.attempts = 0;
    stop_waiting(task);
    if (kind.undoes)
        task.state = TaskState::undoing;
    else
        end(context, kind, false);
}

// Compute's own step, run or undone; a failing undo leaves nothing better to do than to say so.
void run_here(StepContext& context, const TaskKind& kind, const Step& step) {
    open_event(context, std::string(step.name));
    try {
        if (step.run != nullptr) step.run(context);
        context.task.events.back().host = context.server.host;
        close_event(context.txn, context.task, true, "");
        ++context.task.step;
        context.task.attempts = 0;
    } catch (const StepFailed& failed) {
        begin_undo(context, kind, failed.what());
    }
}

void go_forward(StepContext& context, const TaskKind& kind) {
    auto& task = context.task;
    if (task.step >= static_cast<int>(kind.steps.size())) return end(context, kind, true);
    const auto& step = present_step(kind, task);
    if (!step.task_state.empty()) context.server.task_state = step.task_state;
    if (step.owner != Owner::host)
        run_here(context, kind, step);
    else if (context.server.host.empty())
        ++task.step;  // nowhere: nothing to do there
    else
        wait_for_host(context, step, false);
}

// Undone down to the first step: another host is tried, or the task has failed.
void all_undone(StepContext& context, const TaskKind& kind, const std::string& tried) {
    auto& task = context.task;
    auto avoid = task.args.value("avoid", std::vector<std::string>{});
    const bool again =
        !tried.empty() && static_cast<int>(avoid.size()) + 1 < kind.placements && !task.args.value("permanent", false);
    if (!again) return end(context, kind, false);
    avoid.push_back(tried);
    task.args["avoid"] = avoid;
    task.args.erase("tried");
    task.state = TaskState::running;
    task.step = 0;
}

void go_back(StepContext& context, const TaskKind& kind) {
    auto& task = context.task;
    if (task.step < 0) return all_undone(context, kind, task.args.value("tried", ""));
    const auto& step = present_step(kind, task);
    if (step.owner == Owner::host) {
        if (!step.undo_action.empty() && !context.server.host.empty()) {
            // Only where a host was asked is another worth trying.
            if (kind.placements > 1) task.args["tried"] = context.server.host;
            return wait_for_host(context, step, true);
        }
    } else if (step.undo != nullptr) {
        open_event(context, "undo " + std::string(step.name));
        step.undo(context);
        close_event(context.txn, task, true, "");
    }
    --task.step;
    task.attempts = 0;
}

struct Found {
    Server server;
    Task task;
};

// The server and its unfinished task, both guarded against change.
std::optional<Found> find_open(store::Transaction& txn, const std::string& server_id, const std::string& task_id) {
    auto server = txn.get<Server>(server_id);
    if (!server || task_id.empty() || server->task_id != task_id) return std::nullopt;
    auto task = txn.get<Task>(server_id, task_id);
    if (!task || !is_open(*task)) return std::nullopt;
    return Found{std::move(*server), std::move(*task)};
}

// A host's attempt at the present step failed: again, or undo, or the end.
void attempt_failed(StepContext& context, const TaskKind& kind, const std::string& why, bool permanent) {
    auto& task = context.task;
    const auto& step = present_step(kind, task);
    const bool undoing = task.state == TaskState::undoing;
    const int allowed = undoing ? kUndoAttempts : step.attempts;
    if (++task.attempts < allowed && !permanent) {
        close_event(context.txn, task, false, bounded(why));
        return wait_for_host(context, step, undoing);
    }
    if (!undoing) return begin_undo(context, kind, why);
    close_event(context.txn, task, false, bounded(why));
    end(context, kind, false);
}

std::optional<PowerState> power_from(std::string_view text) { return store::enum_value<PowerState>(text); }

}  // namespace

bool is_open(const Task& task) { return task.state == TaskState::running || task.state == TaskState::undoing; }

std::int64_t order_number(const Task& task) { return static_cast<std::int64_t>(task.events.size()); }

void proceed(StepContext& context, std::string_view reason) {
    auto& task = context.task;
    const auto& kind = kind_of(task.name, task.args);
    while (is_open(task) && task.host.empty())
        task.state == TaskState::running ? go_forward(context, kind) : go_back(context, kind);
    task.updated_at = context.txn.now();
    context.txn.put(task, reason);
    if (!is_open(task)) context.txn.erase(task, "ended");
    if (context.server_erased) return;
    ++context.server.generation;
    context.server.updated_at = context.txn.now();
    context.txn.put(context.server, reason);
}

void abandon(store::Transaction& txn, Task& task, const std::string& why) {
    close_event(txn, task, false, why);
    task.state = TaskState::failed;
    task.message = why;
    stop_waiting(task);
    task.finish_time = txn.now();
    task.updated_at = txn.now();
    txn.put(task, "task abandoned");
    txn.erase(task, "ended");
}

bool report_step(store::Transaction& txn, Random& random, const std::string& host, const protocol::StepResult& result) {
    auto found = find_open(txn, result.server_id, result.task_id);
    if (!found || found->task.host != host || order_number(found->task) != result.order) return false;
    auto& [server, task] = *found;
    StepContext context{.txn = txn, .random = random, .server = server, .task = task};
    if (auto power = power_from(result.power)) server.power_state = *power;
    if (!result.ok) {
        const auto& kind = kind_of(task.name, task.args);
        attempt_failed(context, kind, result.error.empty() ? "The host gave no reason." : result.error,
                       result.permanent);
    } else {
        close_event(txn, task, true, "");
        stop_waiting(task);
        task.attempts = 0;
        task.step += task.state == TaskState::running ? 1 : -1;
    }
    proceed(context, result.ok ? "step done" : "step failed");
    return true;
}

bool report_power(store::Transaction& txn, const std::string& host, const protocol::GuestReport& guest) {
    auto server = txn.get<Server>(guest.server_id);
    if (!server || server->host != host || !server->task_id.empty() || server->generation != guest.generation)
        return false;
    if (guest.power == "missing") {
        server->vm_state = VmState::error;
        server->power_state = PowerState::none;
        server->fault = ServerFault{.code = 500,
                                    .message = "The server's disk is not on its host any more.",
                                    .details = fmt::format("host {}", host),
                                    .created = txn.now()};
    } else {
        const auto power = power_from(guest.power);
        if (!power || *power == server->power_state) return false;
        server->power_state = *power;
        const bool off = *power == PowerState::shutdown || *power == PowerState::crashed;
        // A guest that turned itself off is off because its user wants so.
        if (off && (server->vm_state == VmState::active || server->vm_state == VmState::paused)) {
            server->vm_state = VmState::stopped;
            server->wanted_power = PowerState::shutdown;
        }
    }
    ++server->generation;
    server->updated_at = txn.now();
    txn.put(*server, "power observed");
    return true;
}

bool expire(store::Transaction& txn, Random& random, const std::string& server_id, const std::string& task_id) {
    auto found = find_open(txn, server_id, task_id);
    if (!found || !found->task.deadline || *found->task.deadline > txn.now()) return false;
    auto& [server, task] = *found;
    StepContext context{.txn = txn, .random = random, .server = server, .task = task};
    const auto& kind = kind_of(task.name, task.args);
    attempt_failed(context, kind,
                   fmt::format("Host {} did not finish '{}' in time.", task.host, present_step(kind, task).name),
                   false);
    proceed(context, "step overdue");
    return true;
}

bool give_up_on_host(store::Transaction& txn, Random& random, const std::string& server_id,
                     const std::string& task_id) {
    auto found = find_open(txn, server_id, task_id);
    if (!found || found->task.host.empty()) return false;
    auto& [server, task] = *found;
    StepContext context{.txn = txn, .random = random, .server = server, .task = task};
    const auto& kind = kind_of(task.name, task.args);
    const auto why = fmt::format("Host {} is down.", task.host);
    close_event(txn, task, false, why);
    stop_waiting(task);
    if (kind.done_without_host) {
        ++task.step;
    } else {
        task.message = task.message.empty() ? why : bounded(task.message + " " + why);
        end(context, kind, false);
    }
    proceed(context, "host down");
    return true;
}

}  // namespace cumulet::compute::converge
