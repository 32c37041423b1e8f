// What happened to a server: its actions, finished and running, as the change log tells them.
#include "compute/history/history.hpp"
#include "compute/model/deleted_server.hpp"
#include "compute/servers/api.hpp"
#include "compute/servers/lookup.hpp"
#include "compute/servers/rules.hpp"
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

json action_json(const Call& call, const ServerAction& action) {
    json document{{"instance_uuid", action.server_id},
                  {"action", action.name},
                  {"request_id", action.request_id},
                  {"user_id", or_null(action.user_id)},
                  {"project_id", or_null(action.project_id)},
                  {"start_time", to_iso_naive(action.start_time)},
                  {"message", action.state == TaskState::failed ? json("Error") : json(nullptr)}};
    if (call.at_least({2, 58})) document["updated_at"] = to_iso_naive(action.updated_at);
    return document;
}

json event_json(const Call& call, const ServerAction& action, const TaskEvent& event) {
    json document{{"event", fmt::format("{}_{}", action.name, event.step)},
                  {"start_time", to_iso_naive(event.start_time)},
                  {"finish_time", event.finish_time ? json(to_iso_naive(*event.finish_time)) : json(nullptr)},
                  {"result", or_null(event.result)}};
    if (call.actor().is_admin()) {
        document["traceback"] = event.result == "Error" ? or_null(event.details) : json(nullptr);
        if (call.at_least({2, 62})) document["host"] = event.host;
    }
    if (call.at_least({2, 62})) document["hostId"] = host_id(action.project_id, event.host);
    if (call.at_least({2, 84})) document["details"] = event.result == "Error" ? or_null(event.details) : json(nullptr);
    return document;
}

// Actions of the server, newest first. From 2.21 those of a deleted server can be read too.
std::vector<ServerAction> actions_of(Call& call, Transaction& txn) {
    const auto& id = call.path("server_id");
    const auto gone = call.at_least({2, 21}) ? txn.peek<DeletedServer>(id) : std::nullopt;
    if (!gone || (gone->project_id != call.actor().project_id && !call.actor().is_admin())) find_visible(txn, call, id);
    return call.module<history::History>().actions(txn, id);
}

Timestamp time_of(const Call& call, const char* parameter) {
    auto time = parse_iso(*call.query(parameter));
    if (!time)
        throw Fault(Errc::bad_request, "Invalid input for query parameters {}. Value: {}. It is not a date-time",
                    parameter, *call.query(parameter));
    return *time;
}

Reply list_actions(Call& call, Transaction& txn) {
    auto actions = actions_of(call, txn);
    json document{{"instanceActions", json::array()}};
    if (!call.at_least({2, 58})) {
        for (const auto& action : actions) document["instanceActions"].push_back(action_json(call, action));
        return Reply::ok(document);
    }
    const auto page = api::page_request(call, call.module<Settings>().max_page);
    if (call.query("changes-since"))
        std::erase_if(actions, [since = time_of(call, "changes-since")](const ServerAction& action) {
            return action.updated_at < since;
        });
    if (call.at_least({2, 66}) && call.query("changes-before"))
        std::erase_if(actions, [before = time_of(call, "changes-before")](const ServerAction& action) {
            return action.updated_at > before;
        });
    auto first = actions.begin();
    if (page.marker) {
        first = std::find_if(actions.begin(), actions.end(),
                             [&](const ServerAction& action) { return action.request_id == *page.marker; });
        if (first == actions.end()) throw Fault(Errc::bad_request, "Marker {} could not be found.", *page.marker);
        ++first;
    }
    for (; first != actions.end() && document["instanceActions"].size() < page.limit; ++first)
        document["instanceActions"].push_back(action_json(call, *first));
    if (first != actions.end())
        document["links"] =
            json::array({{{"rel", "next"}, {"href", api::next_link(call, std::prev(first)->request_id)}}});
    return Reply::ok(document);
}

Reply show_action(Call& call, Transaction& txn) {
    const auto actions = actions_of(call, txn);
    const auto& request = call.path("request_id");
    auto action = std::find_if(actions.begin(), actions.end(),
                               [&](const ServerAction& each) { return each.request_id == request; });
    if (action == actions.end()) throw Fault(Errc::not_found, "Action for request_id {} not found", request);
    auto document = action_json(call, *action);
    if (call.actor().is_admin() || call.at_least({2, 51})) {
        document["events"] = json::array();
        for (auto event = action->events.rbegin(); event != action->events.rend(); ++event)
            document["events"].push_back(event_json(call, *action, *event));
    }
    return Reply::ok({{"instanceAction", document}});
}

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
