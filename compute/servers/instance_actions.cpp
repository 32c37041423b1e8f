// What happened to a server: its tasks, finished and running, as os-instance-actions shows them.
#include "compute/model/task.hpp"
#include "compute/servers/api.hpp"
#include "compute/servers/lookup.hpp"
#include "compute/servers/server_view.hpp"

namespace cumulet::compute::servers {
namespace {

using api::Call;
using api::Errc;
using api::Fault;
using api::Reply;
using nlohmann::json;
using store::Transaction;

json or_null(const std::string& text) { return text.empty() ? json(nullptr) : json(text); }

json action_json(const Call& call, const Task& task) {
    json document{{"instance_uuid", task.server_id},
                  {"action", task.name},
                  {"request_id", task.request_id},
                  {"user_id", or_null(task.user_id)},
                  {"project_id", or_null(task.project_id)},
                  {"start_time", to_iso_naive(task.start_time)},
                  {"message", task.state == TaskState::failed ? json("Error") : json(nullptr)}};
    if (call.at_least({2, 58})) document["updated_at"] = to_iso_naive(task.updated_at);
    return document;
}

json event_json(const Call& call, const Task& task, const TaskEvent& event) {
    json document{{"event", fmt::format("{}_{}", task.name, event.step)},
                  {"start_time", to_iso_naive(event.start_time)},
                  {"finish_time", event.finish_time ? json(to_iso_naive(*event.finish_time)) : json(nullptr)},
                  {"result", or_null(event.result)}};
    if (call.actor().is_admin()) {
        document["traceback"] = event.result == "Error" ? or_null(event.details) : json(nullptr);
        if (call.at_least({2, 62})) document["host"] = event.host;
    }
    if (call.at_least({2, 62})) document["hostId"] = host_id(task.project_id, event.host);
    if (call.at_least({2, 84})) document["details"] = event.result == "Error" ? or_null(event.details) : json(nullptr);
    return document;
}

// Tasks of the server, newest first. From 2.21 those of a deleted server can be read too.
std::vector<Task> tasks_of(Call& call, Transaction& txn) {
    const auto& id = call.path("server_id");
    auto tasks = txn.scan<Task>({}, id);
    const bool deleted = !txn.peek<Server>(id);
    const bool mine =
        !tasks.empty() && (call.actor().is_admin() || tasks.front().project_id == call.actor().project_id);
    if (!deleted || !call.at_least({2, 21}) || !mine) find_visible(txn, call, id);
    std::stable_sort(tasks.begin(), tasks.end(),
                     [](const Task& a, const Task& b) { return a.start_time > b.start_time; });
    return tasks;
}

Timestamp time_of(const Call& call, const char* parameter) {
    auto time = parse_iso(*call.query(parameter));
    if (!time)
        throw Fault(Errc::bad_request, "Invalid input for query parameters {}. Value: {}. It is not a date-time",
                    parameter, *call.query(parameter));
    return *time;
}

Reply list_actions(Call& call, Transaction& txn) {
    auto tasks = tasks_of(call, txn);
    json document{{"instanceActions", json::array()}};
    if (!call.at_least({2, 58})) {
        for (const auto& task : tasks) document["instanceActions"].push_back(action_json(call, task));
        return Reply::ok(document);
    }
    const auto page = api::page_request(call, call.module<Settings>().max_page);
    if (call.query("changes-since"))
        std::erase_if(tasks,
                      [since = time_of(call, "changes-since")](const Task& task) { return task.updated_at < since; });
    if (call.at_least({2, 66}) && call.query("changes-before"))
        std::erase_if(
            tasks, [before = time_of(call, "changes-before")](const Task& task) { return task.updated_at > before; });
    auto first = tasks.begin();
    if (page.marker) {
        first =
            std::find_if(tasks.begin(), tasks.end(), [&](const Task& task) { return task.request_id == *page.marker; });
        if (first == tasks.end()) throw Fault(Errc::bad_request, "Marker {} could not be found.", *page.marker);
        ++first;
    }
    for (; first != tasks.end() && document["instanceActions"].size() < page.limit; ++first)
        document["instanceActions"].push_back(action_json(call, *first));
    if (first != tasks.end())
        document["links"] =
            json::array({{{"rel", "next"}, {"href", api::next_link(call, std::prev(first)->request_id)}}});
    return Reply::ok(document);
}

Reply show_action(Call& call, Transaction& txn) {
    const auto tasks = tasks_of(call, txn);
    const auto& request = call.path("request_id");
    auto task = std::find_if(tasks.begin(), tasks.end(), [&](const Task& each) { return each.request_id == request; });
    if (task == tasks.end()) throw Fault(Errc::not_found, "Action for request_id {} not found", request);
    auto document = action_json(call, *task);
    if (call.actor().is_admin() || call.at_least({2, 51})) {
        document["events"] = json::array();
        for (auto event = task->events.rbegin(); event != task->events.rend(); ++event)
            document["events"].push_back(event_json(call, *task, *event));
    }
    return Reply::ok({{"instanceAction", document}});
}

constexpr std::string_view kReader = "rule:project_reader_or_admin";

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::get,
     .path = "/v2.1/servers/{server_id}/os-instance-actions",
     .policy = {"os_compute_api:os-instance-actions:list", kReader},
     .summary = "List what was done to a server, newest first.",
     .handle = list_actions},
    {.method = http::Method::get,
     .path = "/v2.1/servers/{server_id}/os-instance-actions/{request_id}",
     .policy = {"os_compute_api:os-instance-actions:show", kReader},
     .summary = "Show one action and its steps.",
     .handle = show_action},
};

}  // namespace

api::EndpointTable instance_action_endpoints() { return kTable; }

}  // namespace cumulet::compute::servers
