// os-simple-tenant-usage: what projects used between two times, to the second.
#include "common/store/transaction.hpp"
#include "compute/model/deleted_server.hpp"
#include "compute/model/server.hpp"
#include "compute/servers/api.hpp"
#include "compute/servers/links.hpp"

namespace cumulet::compute::servers {
namespace {

using api::Call;
using api::Errc;
using api::Fault;
using api::Reply;
using nlohmann::json;
using store::Transaction;

struct Window {
    Timestamp from, to;
    Timestamp now;  // servers that live are paid up to here
};

Timestamp time_of(const std::string& name, const std::string& text) {
    std::string iso = text;
    if (auto space = iso.find(' '); space != std::string::npos) iso[space] = 'T';
    if (iso.size() == 10) iso += "T00:00:00";
    auto time = parse_iso(iso);
    if (!time)
        throw Fault(Errc::bad_request, "Invalid input for query parameters {}. Value: {}. It is not a date-time", name,
                    text);
    return *time;
}

Window window_of(const Call& call) {
    Window window{.from = call.now() - std::chrono::hours(24 * 7 * 4), .to = call.now(), .now = call.now()};
    if (auto start = call.query("start")) window.from = time_of("start", *start);
    if (auto end = call.query("end")) window.to = time_of("end", *end);
    if (window.from >= window.to)
        throw Fault(Errc::bad_request, "Invalid start time. The start time cannot occur after the end time.");
    return window;
}

// One server's share of the window.
struct Item {
    Server server;
    std::optional<Timestamp> ended;
    double hours = 0;
};

void add_item(std::vector<Item>& items, const Window& window, Server&& server, std::optional<Timestamp> ended) {
    const auto now = window.now;
    if (!server.launched_at) return;  // never ran: nothing to pay
    const auto begin = std::max(window.from, *server.launched_at);
    const auto end = std::min(window.to, ended.value_or(now));
    if (begin >= end) return;
    const double hours = std::chrono::duration<double, std::ratio<3600>>(end - begin).count();
    items.push_back({std::move(server), ended, hours});
}

std::vector<Item> items_of(Transaction& txn, const Window& window, const std::string& project) {
    std::vector<Item> items;
    txn.visit<Server>(
        {.index = "project"},
        [&](Server&& server) { return add_item(items, window, std::move(server), std::nullopt), true; }, project);
    txn.visit<DeletedServer>(
        {.index = "project"},
        [&](DeletedServer&& gone) {
            if (gone.deleted_at <= window.from) return false;  // newest first: the rest is older still
            add_item(items, window, std::move(gone.server), gone.deleted_at);
            return true;
        },
        project);
    return items;
}

json item_json(const Call& call, const Item& item) {
    const auto& server = item.server;
    const auto until = item.ended.value_or(call.now());
    return {{"instance_id", server.id},
            {"name", server.name},
            {"hours", item.hours},
            {"memory_mb", server.flavor.memory_mib},
            {"local_gb", server.flavor.root_gib + server.flavor.ephemeral_gib},
            {"vcpus", server.flavor.vcpus},
            {"tenant_id", server.project_id},
            {"flavor", server.flavor.name},
            {"started_at", to_iso_naive(*server.launched_at)},
            {"ended_at", item.ended ? json(to_iso_naive(*item.ended)) : json(nullptr)},
            {"state", item.ended ? "terminated" : store::enum_name(server.vm_state)},
            {"uptime", std::chrono::duration_cast<std::chrono::seconds>(until - *server.launched_at).count()}};
}

json usage_json(const Call& call, const Window& window, const std::string& project, const std::vector<Item>& items,
                bool detail) {
    double hours = 0, vcpu_hours = 0, memory_hours = 0, disk_hours = 0;
    json list = json::array();
    for (const auto& item : items) {
        hours += item.hours;
        vcpu_hours += item.hours * static_cast<double>(item.server.flavor.vcpus);
        memory_hours += item.hours * static_cast<double>(item.server.flavor.memory_mib);
        disk_hours += item.hours * static_cast<double>(item.server.flavor.root_gib + item.server.flavor.ephemeral_gib);
        if (detail) list.push_back(item_json(call, item));
    }
    json usage{{"tenant_id", project},
               {"start", to_iso_naive(window.from)},
               {"stop", to_iso_naive(window.to)},
               {"total_hours", hours},
               {"total_vcpus_usage", vcpu_hours},
               {"total_memory_mb_usage", memory_hours},
               {"total_local_gb_usage", disk_hours}};
    if (detail) usage["server_usages"] = std::move(list);
    return usage;
}

// From 2.40 the servers of a usage come in pages.
void cut_page(const Call& call, std::vector<Item>& items, json& links) {
    if (!call.at_least({2, 40})) return;
    const auto page = api::page_request(call, call.module<Settings>().max_page);
    std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.server.id < b.server.id; });
    if (page.marker) std::erase_if(items, [&](const Item& item) { return item.server.id <= *page.marker; });
    if (items.size() <= page.limit) return;
    items.resize(page.limit);
    links = json::array({{{"rel", "next"}, {"href", api::next_link(call, items.back().server.id)}}});
}

Reply show_usage(Call& call, Transaction& txn) {
    const auto& project = call.path("project_id");
    if (project != call.actor().project_id && !call.actor().is_admin())
        throw Fault(Errc::forbidden,
                    "Policy doesn't allow os_compute_api:os-simple-tenant-usage:show to be performed.");
    const auto window = window_of(call);
    auto items = items_of(txn, window, project);
    json links;
    cut_page(call, items, links);
    json document{{"tenant_usage", items.empty() ? json::object() : usage_json(call, window, project, items, true)}};
    if (!links.is_null()) document["tenant_usage_links"] = links;
    return Reply::ok(document);
}

Reply list_usages(Call& call, Transaction& txn) {
    const auto window = window_of(call);
    const bool detail = call.query("detailed").value_or("0") == "1";
    std::set<std::string> projects;
    txn.visit<Server>({}, [&](Server&& server) { return projects.insert(std::move(server.project_id)), true; });
    txn.visit<DeletedServer>({},
                             [&](DeletedServer&& gone) { return projects.insert(std::move(gone.project_id)), true; });
    json usages = json::array();
    for (const auto& project : projects)
        if (auto items = items_of(txn, window, project); !items.empty())
            usages.push_back(usage_json(call, window, project, items, detail));
    return Reply::ok({{"tenant_usages", usages}});
}

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::get,
     .path = "/v2.1/os-simple-tenant-usage",
     .policy = {"os_compute_api:os-simple-tenant-usage:list", "rule:context_is_admin"},
     .summary = "List what every project used.",
     .handle = list_usages},
    {.method = http::Method::get,
     .path = "/v2.1/os-simple-tenant-usage/{project_id}",
     .policy = {"os_compute_api:os-simple-tenant-usage:show", "@"},
     .summary = "Show what a project used.",
     .handle = show_usage},
};

}  // namespace

api::EndpointTable usage_endpoints() { return kTable; }

}  // namespace cumulet::compute::servers
