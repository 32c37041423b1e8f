// What was done to a server, as os-instance-actions shows it. Made from the change log (compute/history), never by
// hand.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/store/record.hpp"
#include "compute/model/task.hpp"

namespace cumulet::compute {

struct ServerAction {
    std::string server_id;
    std::string id;            // of the task
    std::uint64_t number = 0;  // of the commit that began it: the order of actions that began at one moment
    std::string name;          // "create", "stop" …
    TaskState state = TaskState::running;
    std::string message;  // why it failed
    std::string request_id, user_id, project_id;
    Timestamp start_time{}, updated_at{};
    std::optional<Timestamp> finish_time;
    std::vector<TaskEvent> events;
};

}  // namespace cumulet::compute

template <>
struct cumulet::store::Describe<cumulet::compute::ServerAction> {
    using ServerAction = cumulet::compute::ServerAction;
    static constexpr std::string_view collection = "server_action";
    static constexpr int version = 1;
    static constexpr auto key = List{&ServerAction::server_id, &ServerAction::id};
    static constexpr auto fields =
        List{field("server_id", &ServerAction::server_id),   field("id", &ServerAction::id),
             field("number", &ServerAction::number),         field("name", &ServerAction::name),
             field("state", &ServerAction::state),           field("message", &ServerAction::message),
             field("request_id", &ServerAction::request_id), field("user_id", &ServerAction::user_id),
             field("project_id", &ServerAction::project_id), field("start_time", &ServerAction::start_time),
             field("updated_at", &ServerAction::updated_at), field("finish_time", &ServerAction::finish_time),
             field("events", &ServerAction::events)};
    static constexpr auto indexes = List{};
};
