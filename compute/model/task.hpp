// A task: what an operation on a server is while it is not finished. Which steps a task has stands in a table
// (compute/converge/task_table.hpp); the record says where it is, and goes with its end. What the change log tells of
// it stays as the server's action (server_action.hpp).
#pragma once

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/store/record.hpp"

namespace cumulet::compute {

enum class TaskState { running, undoing, done, failed };

// One step as it ran: an event of os-instance-actions.
struct TaskEvent {
    std::string step;
    std::string host;
    Timestamp start_time{};
    std::optional<Timestamp> finish_time;
    std::string result;  // "Success", "Error"; empty while running
    std::string details;
};

struct Task {
    std::string id;
    std::string server_id;
    std::string name;  // "create", "stop", "reboot" …: the action's name in os-instance-actions
    TaskState state = TaskState::running;
    int step = 0;
    int attempts = 0;                   // of the present step
    std::string host;                   // who owns the present step; empty: the compute daemon
    std::optional<Timestamp> deadline;  // of the present step
    nlohmann::json args;                // what the steps need to know
    std::string message;                // why it failed
    std::string request_id, user_id, project_id;
    Timestamp start_time{}, updated_at{};
    std::optional<Timestamp> finish_time;
    std::vector<TaskEvent> events;
};

}  // namespace cumulet::compute

template <>
struct cumulet::store::EnumNames<cumulet::compute::TaskState> {
    using T = cumulet::compute::TaskState;
    static constexpr auto names = std::to_array<std::pair<T, std::string_view>>(
        {{T::running, "running"}, {T::undoing, "undoing"}, {T::done, "done"}, {T::failed, "failed"}});
};
template <>
struct cumulet::store::Describe<cumulet::compute::TaskEvent> {
    using TaskEvent = cumulet::compute::TaskEvent;
    static constexpr auto fields = List{field("step", &TaskEvent::step),
                                        field("host", &TaskEvent::host),
                                        field("start_time", &TaskEvent::start_time),
                                        field("finish_time", &TaskEvent::finish_time),
                                        field("result", &TaskEvent::result),
                                        field("details", &TaskEvent::details)};
};
template <>
struct cumulet::store::Describe<cumulet::compute::Task> {
    using Task = cumulet::compute::Task;
    static constexpr std::string_view collection = "task";
    static constexpr int version = 1;
    static constexpr auto key = List{&Task::server_id, &Task::id};
    static constexpr auto fields = List{field("id", &Task::id),
                                        field("server_id", &Task::server_id),
                                        field("name", &Task::name),
                                        field("state", &Task::state),
                                        field("step", &Task::step),
                                        field("attempts", &Task::attempts),
                                        field("host", &Task::host),
                                        field("deadline", &Task::deadline),
                                        field("args", &Task::args),
                                        field("message", &Task::message),
                                        field("request_id", &Task::request_id),
                                        field("user_id", &Task::user_id),
                                        field("project_id", &Task::project_id),
                                        field("start_time", &Task::start_time),
                                        field("updated_at", &Task::updated_at),
                                        field("finish_time", &Task::finish_time),
                                        field("events", &Task::events)};
    // The unfinished ones, those with the nearest deadline first: what the converger walks.
    static constexpr auto open_deadline = [](const Task& task) {
        bool open =
            task.state == cumulet::compute::TaskState::running || task.state == cumulet::compute::TaskState::undoing;
        return std::string(open ? "open" : "ended");
    };
    static constexpr auto indexes = List{index("state", open_deadline, &Task::deadline, &Task::start_time)};
};
