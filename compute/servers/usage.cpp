// os-simple-tenant-usage: what projects used between two times, to the microsecond, as metering made it of the change
// log.
#include <map>

#include "common/store/transaction.hpp"
#include "compute/metering/meter.hpp"
#include "compute/model/server.hpp"
#include "compute/servers/api.hpp"
#include "compute/servers/links.hpp"
#include "compute/servers/rules.hpp"

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

// One server's share of the window: a server that was resized has had several sizes, and pays for each as long as it
// had it.
struct Item {
    UsageSpan last;  // what it is, or was at last
    double hours = 0, vcpu_hours = 0, memory_hours = 0, disk_hours = 0;
};

using Items = std::map<std::string, std::vector<Item>>;  // by project

void add_span(Item& item, const Window& window, UsageSpan&& span) {
    const auto end = std::min(window.to, span.until.value_or(window.now));
    const auto begin = std::max(window.from, span.since);
    if (begin < end) {
        const double hours = std::chrono::duration<double, std::ratio<3600>>(end - begin).count();
        item.hours += hours;
        item.vcpu_hours += hours * static_cast<double>(span.vcpus);
        item.memory_hours += hours * static_cast<double>(span.memory_mib);
        item.disk_hours += hours * static_cast<double>(span.disk_gib);
    }
    if (item.last.server_id.empty() || item.last.since <= span.since) item.last = std::move(span);
}

Items items_of(const Call& call, Transaction& txn, const Window& window, const std::optional<std::string>& project) {
    Items items;
    std::map<std::string, std::size_t> place;  // of a server among its project's
    for (auto& span :
         call.module<metering::Meter>().spans(txn, {window.from, std::min(window.to, window.now)}, project)) {
        auto& mine = items[span.project_id];
        const auto [at, fresh] = place.try_emplace(span.server_id, mine.size());
        if (fresh) mine.emplace_back();
        add_span(mine[at->second], window, std::move(span));
    }
    return items;
}

// Names and states of the servers that live, in one scan.
using Living = std::map<std::string, std::pair<std::string, VmState>>;

Living living_of(Transaction& txn, const std::optional<std::string>& project) {
    Living living;
    auto take = [&](Server&& server) {
        living[server.id] = {std::move(server.name), server.vm_state};
        return true;
    };
    if (project)
        txn.visit<Server>({.index = "project"}, take, *project);
    else
        txn.visit<Server>({}, take);
    return living;
}

json item_json(const Call& call, const Item& item, const Living& living) {
    const auto& last = item.last;
    const bool ended = last.until && last.last;
    const auto until = ended ? *last.until : call.now();
    const auto lives = living.find(last.server_id);
    const bool known = lives != living.end();
    return {{"instance_id", last.server_id},
            {"name", known ? lives->second.first : last.name},
            {"hours", item.hours},
            {"memory_mb", last.memory_mib},
            {"local_gb", last.disk_gib},
            {"vcpus", last.vcpus},
            {"tenant_id", last.project_id},
            {"flavor", last.flavor},
            {"started_at", to_iso_naive(last.launched_at)},
            {"ended_at", ended ? json(to_iso_naive(*last.until)) : json(nullptr)},
            {"state", known ? store::enum_name(lives->second.second) : "terminated"},
            {"uptime", std::chrono::duration_cast<std::chrono::seconds>(until - last.launched_at).count()}};
}

// `living`: null when the servers are not listed one by one.
json usage_json(const Call& call, const Window& window, const std::string& project, const std::vector<Item>& items,
                const Living* living) {
    Item sum;
    json list = json::array();
    for (const auto& item : items) {
        sum.hours += item.hours;
        sum.vcpu_hours += item.vcpu_hours;
        sum.memory_hours += item.memory_hours;
        sum.disk_hours += item.disk_hours;
        if (living != nullptr) list.push_back(item_json(call, item, *living));
    }
    json usage{{"tenant_id", project},
               {"start", to_iso_naive(window.from)},
               {"stop", to_iso_naive(window.to)},
               {"total_hours", sum.hours},
               {"total_vcpus_usage", sum.vcpu_hours},
               {"total_memory_mb_usage", sum.memory_hours},
               {"total_local_gb_usage", sum.disk_hours}};
    if (living != nullptr) usage["server_usages"] = std::move(list);
    return usage;
}

// From 2.40 the servers of a usage come in pages.
void cut_page(const Call& call, std::vector<Item>& items, json& links) {
    if (!call.at_least({2, 40})) return;
    const auto page = api::page_request(call, call.module<Settings>().max_page);
    std::sort(items.begin(), items.end(),
              [](const Item& a, const Item& b) { return a.last.server_id < b.last.server_id; });
    if (page.marker) std::erase_if(items, [&](const Item& item) { return item.last.server_id <= *page.marker; });
    if (items.size() <= page.limit) return;
    items.resize(page.limit);
    links = json::array({{{"rel", "next"}, {"href", api::next_link(call, items.back().last.server_id)}}});
}

Reply show_usage(Call& call, Transaction& txn) {
    const auto& project = call.path("project_id");
    if (project != call.actor().project_id && !call.actor().is_admin())
        throw Fault(Errc::forbidden,
                    "Policy doesn't allow os_compute_api:os-simple-tenant-usage:show to be performed.");
    const auto window = window_of(call);
    auto all = items_of(call, txn, window, project);
    auto& items = all[project];
    json links;
    cut_page(call, items, links);
    json usage = json::object();
    if (!items.empty()) {
        const auto living = living_of(txn, project);
        usage = usage_json(call, window, project, items, &living);
    }
    json document{{"tenant_usage", std::move(usage)}};
    if (!links.is_null()) document["tenant_usage_links"] = links;
    return Reply::ok(document);
}

Reply list_usages(Call& call, Transaction& txn) {
    const auto window = window_of(call);
    std::optional<Living> living;
    if (call.query("detailed").value_or("0") == "1") living = living_of(txn, std::nullopt);
    json usages = json::array();
    for (const auto& [project, items] : items_of(call, txn, window, std::nullopt))
        usages.push_back(usage_json(call, window, project, items, living ? &*living : nullptr));
    return Reply::ok({{"tenant_usages", usages}});
}

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::get,
     .path = "/v2.1/os-simple-tenant-usage",
     .policy = {"os_compute_api:os-simple-tenant-usage:list", kAdmin},
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
