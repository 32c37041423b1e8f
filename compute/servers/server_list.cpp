#include "compute/servers/server_list.hpp"

#include <regex>

#include "common/runtime/text.hpp"
#include "compute/networks/for_servers.hpp"
#include "compute/servers/api.hpp"
#include "compute/servers/links.hpp"
#include "compute/servers/server_view.hpp"

namespace cumulet::compute::servers {

using api::Errc;
using api::Fault;
using nlohmann::json;

namespace {

using Test = std::function<bool(const Server&)>;

// Nova matches names by regular expression; one that does not compile, or that could run away, is taken as plain text.
Test name_test(const std::string& pattern) {
    const bool plain = pattern.find_first_of("\\^$.|?*+()[]{}") == std::string::npos;
    if (plain || pattern.size() > 255)
        return [pattern](const Server& server) { return server.name.find(pattern) != std::string::npos; };
    try {
        std::regex compiled(pattern, std::regex::extended | std::regex::nosubs);
        return [compiled](const Server& server) { return std::regex_search(server.name, compiled); };
    } catch (const std::regex_error&) {
        throw Fault(Errc::bad_request, "Invalid filter name: {} is not a regular expression", pattern);
    }
}

Test tags_test(const std::string& list, bool all, bool negate) {
    std::vector<std::string> wanted;
    for (auto tag : text::split(list, ',')) wanted.emplace_back(tag);
    return [=](const Server& server) {
        auto has = [&](const std::string& tag) {
            return std::find(server.tags.begin(), server.tags.end(), tag) != server.tags.end();
        };
        const bool match =
            all ? std::all_of(wanted.begin(), wanted.end(), has) : std::any_of(wanted.begin(), wanted.end(), has);
        return match != negate;
    };
}

std::optional<Test> status_test(const api::Call& call) {
    const auto asked = call.query_all("status");
    if (asked.empty()) return std::nullopt;
    std::set<VmState> states;
    for (const auto& status : asked)
        for (auto state : states_of(status)) states.insert(state);
    if (states.contains(VmState::deleted) && !call.actor().is_admin())
        throw Fault(Errc::forbidden, "Only administrators may list deleted servers");
    return Test([states](const Server& server) { return states.contains(server.vm_state); });
}

Timestamp time_of(const std::string& name, const std::string& value) {
    auto time = parse_iso(value);
    if (!time)
        throw Fault(Errc::bad_request, "Invalid input for query parameters {}. Value: {}. It is not a date-time", name,
                    value);
    return *time;
}

std::vector<Test> tests_of(const api::Call& call, store::Transaction& txn) {
    std::vector<Test> tests;
    if (auto test = status_test(call)) tests.push_back(*test);
    auto equal = [&](const char* parameter, auto&& value_of) {
        if (auto wanted = call.query(parameter))
            tests.push_back([wanted = *wanted, value_of](const Server& server) { return value_of(server) == wanted; });
    };
    if (auto name = call.query("name")) tests.push_back(name_test(*name));
    auto last_segment = [](std::string text) {
        auto slash = text.rfind('/');
        return slash == std::string::npos ? text : text.substr(slash + 1);
    };
    if (auto image = call.query("image"))
        tests.push_back([id = last_segment(*image)](const Server& server) { return server.image_id == id; });
    if (auto flavor = call.query("flavor"))
        tests.push_back([id = last_segment(*flavor)](const Server& server) { return server.flavor.id == id; });
    equal("uuid", [](const Server& server) { return server.id; });
    equal("reservation_id", [](const Server& server) { return server.reservation_id; });
    equal("key_name", [](const Server& server) { return server.key_name; });
    equal("availability_zone", [](const Server& server) { return server.availability_zone; });
    equal("user_id", [](const Server& server) { return server.user_id; });
    equal("hostname", [](const Server& server) { return server.hostname; });
    equal("vm_state", [](const Server& server) { return std::string(store::enum_name(server.vm_state)); });
    equal("task_state", [](const Server& server) { return server.task_state; });
    if (call.actor().is_admin()) {
        equal("host", [](const Server& server) { return server.host; });
        equal("node", [](const Server& server) { return server.host; });
    }
    if (auto since = call.query("changes-since"))
        tests.push_back(
            [from = time_of("changes-since", *since)](const Server& server) { return server.updated_at >= from; });
    if (auto before = call.at_least({2, 66}) ? call.query("changes-before") : std::nullopt)
        tests.push_back(
            [to = time_of("changes-before", *before)](const Server& server) { return server.updated_at <= to; });
    if (auto locked = call.at_least({2, 73}) ? call.query_bool("locked") : std::nullopt)
        tests.push_back(
            [wanted = *locked](const Server& server) { return (server.locked_by != LockedBy::nobody) == wanted; });
    if (call.at_least({2, 26})) {
        if (auto tags = call.query("tags")) tests.push_back(tags_test(*tags, true, false));
        if (auto tags = call.query("tags-any")) tests.push_back(tags_test(*tags, false, false));
        if (auto tags = call.query("not-tags")) tests.push_back(tags_test(*tags, true, true));
        if (auto tags = call.query("not-tags-any")) tests.push_back(tags_test(*tags, false, true));
    }
    for (const char* parameter : {"ip", "ip6"})
        if (auto pattern = call.query(parameter))
            tests.push_back([pattern = *pattern, &txn](const Server& server) {
                for (const auto& address : networks::server_addresses(txn, server.id))
                    if (address.address.find(pattern) != std::string::npos) return true;
                return false;
            });
    return tests;
}

// The project whose servers are listed; nullopt: all.
std::optional<std::string> project_of(const api::Call& call) {
    const bool all =
        call.query("all_tenants") ? call.query("all_tenants")->empty() || *call.query_bool("all_tenants") : false;
    if (!all) return call.actor().project_id;
    if (!call.allowed("os_compute_api:servers:index:get_all_tenants", {{"project_id", call.actor().project_id}}))
        throw Fault(Errc::forbidden,
                    "Policy doesn't allow os_compute_api:servers:index:get_all_tenants to be performed.");
    for (const char* parameter : {"project_id", "tenant_id"})
        if (auto project = call.query(parameter)) return project;
    return std::nullopt;
}

struct Order {
    bool indexed = true;                             // newest first: the order of the index
    bool reverse = false;                            // oldest first
    std::vector<std::pair<std::string, bool>> keys;  // (key, descending) otherwise
};

Order order_of(const api::Call& call) {
    static const std::set<std::string, std::less<>> kKeys{"access_ip_v4",
                                                          "access_ip_v6",
                                                          "auto_disk_config",
                                                          "availability_zone",
                                                          "config_drive",
                                                          "created_at",
                                                          "display_description",
                                                          "display_name",
                                                          "host",
                                                          "hostname",
                                                          "image_ref",
                                                          "instance_type_id",
                                                          "kernel_id",
                                                          "key_name",
                                                          "launch_index",
                                                          "launched_at",
                                                          "locked",
                                                          "locked_by",
                                                          "node",
                                                          "power_state",
                                                          "progress",
                                                          "project_id",
                                                          "ramdisk_id",
                                                          "root_device_name",
                                                          "task_state",
                                                          "terminated_at",
                                                          "updated_at",
                                                          "user_id",
                                                          "uuid",
                                                          "vm_state"};
    Order order;
    const auto keys = call.query_all("sort_key");
    const auto directions = call.query_all("sort_dir");
    for (std::size_t at = 0; at < keys.size(); ++at) {
        if (!kKeys.contains(keys[at]))
            throw Fault(Errc::bad_request,
                        "Invalid input for query parameters sort_key. Value: {}. It is not one of the sort keys",
                        keys[at]);
        const std::string direction = at < directions.size() ? directions[at] : "desc";
        if (direction != "asc" && direction != "desc")
            throw Fault(Errc::bad_request, "Unknown sort direction, must be one of: asc, desc");
        order.keys.emplace_back(keys[at], direction == "desc");
    }
    if (keys.empty() || (keys.size() == 1 && keys[0] == "created_at"))
        order.reverse = !order.keys.empty() && !order.keys[0].second;
    else
        order.indexed = false;
    return order;
}

std::string sort_value(const Server& server, const std::string& key) {
    if (key == "display_name") return server.name;
    if (key == "uuid") return server.id;
    if (key == "host" || key == "node") return server.host;
    if (key == "hostname") return server.hostname;
    if (key == "vm_state") return std::string(store::enum_name(server.vm_state));
    if (key == "task_state") return server.task_state;
    if (key == "updated_at") return to_iso_micros(server.updated_at);
    if (key == "launched_at") return server.launched_at ? to_iso_micros(*server.launched_at) : "";
    if (key == "image_ref") return server.image_id;
    if (key == "instance_type_id") return server.flavor.id;
    if (key == "project_id") return server.project_id;
    if (key == "user_id") return server.user_id;
    if (key == "key_name") return server.key_name;
    if (key == "availability_zone") return server.availability_zone;
    if (key == "power_state") return std::to_string(power_state_number(server.power_state));
    if (key == "display_description") return server.description;
    if (key == "launch_index") return fmt::format("{:08}", server.launch_index);
    return to_iso_micros(server.created_at);
}

struct Page {
    std::vector<Server> servers;
    bool more = false;
};

bool passes(const std::vector<Test>& tests, const Server& server) {
    return std::all_of(tests.begin(), tests.end(), [&](const Test& test) { return test(server); });
}

Server marker_server(store::Transaction& txn, const std::string& id, const std::optional<std::string>& project) {
    auto server = txn.peek<Server>(id);
    if (!server || (project && server->project_id != *project))
        throw Fault(Errc::bad_request, "marker [{}] not found", id);
    return *std::move(server);
}

// One walk along the index from the marker: what page 100 costs is what page 1 costs.
Page walk_index(store::Transaction& txn, const std::optional<std::string>& project, const api::PageRequest& page,
                bool reverse, const std::vector<Test>& tests) {
    const std::string_view index = project ? "project" : "created";
    store::Scan how{.index = index, .reverse = reverse};
    if (page.marker) how.after = store::Transaction::cursor_of(index, marker_server(txn, *page.marker, project));
    Page found;
    auto take = [&](Server&& server) {
        if (!passes(tests, server)) return true;
        if (found.servers.size() == page.limit) {
            found.more = true;
            return false;
        }
        found.servers.push_back(std::move(server));
        return true;
    };
    if (project)
        txn.visit<Server>(how, take, *project);
    else
        txn.visit<Server>(how, take);
    return found;
}

// Any other order sorts what passes the filters.
Page sort_and_cut(store::Transaction& txn, const std::optional<std::string>& project, const api::PageRequest& page,
                  const Order& order, const std::vector<Test>& tests) {
    api::PageRequest everything{.limit = static_cast<std::size_t>(-1), .marker = std::nullopt};
    auto all = walk_index(txn, project, everything, false, tests).servers;
    std::stable_sort(all.begin(), all.end(), [&](const Server& a, const Server& b) {
        for (const auto& [key, descending] : order.keys) {
            const auto left = sort_value(a, key), right = sort_value(b, key);
            if (left != right) return descending ? right < left : left < right;
        }
        return a.id < b.id;
    });
    auto first = all.begin();
    if (page.marker) {
        first = std::find_if(all.begin(), all.end(), [&](const Server& server) { return server.id == *page.marker; });
        if (first == all.end()) throw Fault(Errc::bad_request, "marker [{}] not found", *page.marker);
        ++first;
    }
    Page found;
    const auto left = static_cast<std::size_t>(all.end() - first);
    found.more = left > page.limit;
    std::move(first, first + static_cast<std::ptrdiff_t>(std::min(left, page.limit)),
              std::back_inserter(found.servers));
    return found;
}

}  // namespace

api::Reply list_servers(api::Call& call, store::Transaction& txn, bool detail) {
    const auto project = project_of(call);
    const auto page = api::page_request(call, call.module<Settings>().max_page);
    const auto order = order_of(call);
    const auto tests = tests_of(call, txn);
    // Deleted servers are not kept in the list: asking for them alone finds none.
    auto found = order.indexed ? walk_index(txn, project, page, order.reverse, tests)
                               : sort_and_cut(txn, project, page, order, tests);
    json items = json::array();
    for (const auto& server : found.servers)
        items.push_back(detail ? server_json(call, txn, server) : server_summary(call, server));
    json document{{"servers", std::move(items)}};
    if (found.more && !found.servers.empty()) add_next_link(document, call, "servers", found.servers.back().id);
    return api::Reply::ok(document);
}

}  // namespace cumulet::compute::servers
