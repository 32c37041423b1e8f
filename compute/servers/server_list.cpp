#include "compute/servers/server_list.hpp"

#include <re2/re2.h>

#include "common/runtime/text.hpp"
#include "common/store/key.hpp"
#include "compute/model/deleted_server.hpp"
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

using TextTest = std::function<bool(std::string_view)>;

// Nova matches names by regular expression. RE2 takes time by the length of the name alone; plain text (between anchors
// or not) does without it.
TextTest name_test(std::string pattern) {
    constexpr std::string_view kSpecial = "\\^$.|?*+()[]{}";
    if (pattern.size() > 255 || pattern.find_first_of(kSpecial) == std::string::npos)
        return [pattern](std::string_view name) { return name.find(pattern) != std::string_view::npos; };
    const bool begins = pattern.front() == '^', ends = pattern.size() > 1 && pattern.back() == '$';
    const auto inner = pattern.substr(begins, pattern.size() - begins - ends);
    if (inner.find_first_of(kSpecial) == std::string::npos) {
        if (begins && ends) return [inner](std::string_view name) { return name == inner; };
        return
            [inner, begins](std::string_view name) { return begins ? name.starts_with(inner) : name.ends_with(inner); };
    }
    re2::RE2::Options options;
    options.set_log_errors(false);
    const auto compiled = std::make_shared<re2::RE2>(pattern, options);
    if (!compiled->ok()) throw Fault(Errc::bad_request, "Invalid filter name: {} is not a regular expression", pattern);
    return [compiled](std::string_view name) {
        return re2::RE2::PartialMatch(re2::StringPiece(name.data(), name.size()), *compiled);
    };
}

std::string last_segment(const std::string& reference) { return reference.substr(reference.rfind('/') + 1); }

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

// nullopt: servers in any state are asked for.
std::optional<std::set<VmState>> wanted_states(const api::Call& call) {
    const auto asked = call.query_all("status");
    if (asked.empty()) return std::nullopt;
    std::set<VmState> states;
    for (const auto& status : asked)
        for (auto state : states_of(status)) states.insert(state);
    if (states.contains(VmState::deleted) && !call.actor().is_admin())
        throw Fault(Errc::forbidden, "Only administrators may list deleted servers");
    return states;
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
    if (auto states = wanted_states(call))
        tests.push_back([states = *states](const Server& server) { return states.contains(server.vm_state); });
    auto equal = [&](const char* parameter, auto&& value_of) {
        if (auto wanted = call.query(parameter))
            tests.push_back([wanted = *wanted, value_of](const Server& server) { return value_of(server) == wanted; });
    };
    if (auto name = call.query("name"))
        tests.push_back([test = name_test(*name)](const Server& server) { return test(server.name); });
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

// One way along servers, newest first: an index, and the parts of it that hold all that can pass.
struct Walk {
    std::string_view index;
    std::vector<std::string> parts;
    std::function<bool(std::string_view)> want = nullptr;
    // Makes a marker one of the walk's servers, whatever it has become since it was listed.
    std::function<void(Server&)> adopt = [](Server&) {};
};

template <class Each>
void visit(store::Transaction& txn, const Walk& walk, store::Scan how, Each&& each) {
    how.index = walk.index;
    how.want = walk.want;
    if (walk.parts.empty()) return txn.visit<Server>(how, each);
    if (walk.parts.size() == 1) return txn.visit<Server>(how, each, walk.parts[0]);
    txn.visit<Server>(how, each, walk.parts[0], walk.parts[1]);
}

// The names stand in the index behind the time: nothing else of a server whose name does not match is read.
Walk walk_by_name(const std::string& project, const std::string& pattern) {
    return {.index = "project_name", .parts = {project}, .want = [test = name_test(pattern)](std::string_view key) {
                key.remove_prefix(std::min(key.size(), store::kKeyNumberBytes));
                return test(store::take_key_string(key));
            }};
}

// The walks that meet the fewest servers, and every one that the call's filters can let pass.
std::vector<Walk> walks_of(const api::Call& call, const std::optional<std::string>& project) {
    std::vector<Walk> walks;
    if (auto states = wanted_states(call)) {
        for (auto state : *states) {
            const std::string name(store::enum_name(state));
            auto adopt = [state](Server& server) { server.vm_state = state; };
            if (project)
                walks.push_back({.index = "project_state", .parts = {*project, name}, .adopt = adopt});
            else
                walks.push_back({.index = "state", .parts = {name}, .adopt = adopt});
        }
        return walks;
    }
    for (const char* parameter : {"host", "node"})
        if (auto host = call.actor().is_admin() ? call.query(parameter) : std::nullopt)
            return {{.index = "host", .parts = {*host}, .adopt = [host](Server& server) { server.host = *host; }}};
    if (!project) return {{.index = "created", .parts = {}}};
    if (auto image = call.query("image")) {
        const auto id = last_segment(*image);
        return {{.index = "project_image", .parts = {*project, id}, .adopt = [id](Server& server) {
                     server.image_id = id;
                 }}};
    }
    if (auto flavor = call.query("flavor")) {
        const auto id = last_segment(*flavor);
        return {{.index = "project_flavor", .parts = {*project, id}, .adopt = [id](Server& server) {
                     server.flavor.id = id;
                 }}};
    }
    if (auto name = call.query("name")) return {walk_by_name(*project, *name)};
    return {{.index = "project", .parts = {*project}}};
}

// Up to one more than a page of what passes, from the marker on: what page 100 costs is what page 1 costs.
void walk_index(store::Transaction& txn, const Walk& walk, std::size_t limit, const std::optional<Server>& marker,
                bool reverse, const std::vector<Test>& tests, std::vector<Server>& found) {
    store::Scan how{.index = walk.index, .reverse = reverse};
    if (marker) {
        Server from = *marker;
        walk.adopt(from);
        how.after = store::Transaction::cursor_of(walk.index, from);
    }
    std::size_t taken = 0;
    visit(txn, walk, how, [&](Server&& server) {
        if (!passes(tests, server)) return true;
        found.push_back(std::move(server));
        return ++taken <= limit;
    });
}

bool newer(const Server& a, const Server& b) {
    return a.created_at != b.created_at ? a.created_at > b.created_at : a.id < b.id;
}

Page cut(std::vector<Server>&& servers, std::size_t limit) {
    Page page{.servers = std::move(servers), .more = false};
    page.more = page.servers.size() > limit;
    if (page.more) page.servers.resize(limit);
    return page;
}

Page walk_indexes(store::Transaction& txn, const std::vector<Walk>& walks, const std::optional<std::string>& project,
                  const api::PageRequest& page, bool reverse, const std::vector<Test>& tests) {
    std::optional<Server> marker;
    if (page.marker) marker = marker_server(txn, *page.marker, project);
    std::vector<Server> found;
    for (const auto& walk : walks) walk_index(txn, walk, page.limit, marker, reverse, tests, found);
    if (walks.size() > 1)
        std::sort(found.begin(), found.end(),
                  [&](const Server& a, const Server& b) { return reverse ? newer(b, a) : newer(a, b); });
    return cut(std::move(found), page.limit);
}

bool wants_deleted(const api::Call& call) {
    const auto states = wanted_states(call);
    return call.actor().is_admin() &&
           (call.query_bool("deleted").value_or(false) || (states && states->contains(VmState::deleted)));
}

// Deleted servers, the last deleted first, until one was deleted before `since`.
void take_deleted(store::Transaction& txn, const std::optional<std::string>& project, std::optional<Timestamp> since,
                  const std::vector<Test>& tests, std::vector<Server>& found) {
    auto take = [&](DeletedServer&& gone) {
        if (since && gone.deleted_at < *since) return false;
        if (passes(tests, gone.server)) found.push_back(std::move(gone.server));
        return true;
    };
    if (project)
        txn.visit<DeletedServer>({.index = "project"}, take, *project);
    else
        txn.visit<DeletedServer>({.index = "deleted", .reverse = true}, take);
}

// Everything that passes, for orders that no index has.
std::vector<Server> all_that_pass(const api::Call& call, store::Transaction& txn,
                                  const std::optional<std::string>& project, const std::vector<Test>& tests) {
    std::vector<Server> found;
    if (wants_deleted(call)) {
        take_deleted(txn, project, std::nullopt, tests, found);
        return found;
    }
    const auto since = call.query("changes-since");
    if (!since) {
        for (const auto& walk : walks_of(call, project))
            walk_index(txn, walk, static_cast<std::size_t>(-1), std::nullopt, false, tests, found);
        return found;
    }
    // What changed last comes first. Who asks what changed is told what is gone, too.
    const auto from = time_of("changes-since", *since);
    txn.visit<Server>({.index = "updated"}, [&](Server&& server) {
        if (server.updated_at < from) return false;
        if ((!project || server.project_id == *project) && passes(tests, server)) found.push_back(std::move(server));
        return true;
    });
    if (call.query_bool("deleted").value_or(true)) take_deleted(txn, project, from, tests, found);
    return found;
}

Page sort_and_cut(const api::Call& call, store::Transaction& txn, const std::optional<std::string>& project,
                  const api::PageRequest& page, const Order& order, const std::vector<Test>& tests) {
    auto all = all_that_pass(call, txn, project, tests);
    std::stable_sort(all.begin(), all.end(), [&](const Server& a, const Server& b) {
        if (order.indexed) return order.reverse ? newer(b, a) : newer(a, b);
        for (const auto& [key, descending] : order.keys) {
            const auto left = sort_value(a, key), right = sort_value(b, key);
            if (left != right) return descending ? right < left : left < right;
        }
        return a.id < b.id;
    });
    if (page.marker) {
        auto last =
            std::find_if(all.begin(), all.end(), [&](const Server& server) { return server.id == *page.marker; });
        if (last == all.end()) throw Fault(Errc::bad_request, "marker [{}] not found", *page.marker);
        all.erase(all.begin(), last + 1);
    }
    return cut(std::move(all), page.limit);
}

}  // namespace

api::Reply list_servers(api::Call& call, store::Transaction& txn, bool detail) {
    const auto project = project_of(call);
    const auto page = api::page_request(call, call.module<Settings>().max_page);
    const auto order = order_of(call);
    const auto tests = tests_of(call, txn);
    const bool walked = order.indexed && !call.query("changes-since") && !wants_deleted(call);
    auto found = walked ? walk_indexes(txn, walks_of(call, project), project, page, order.reverse, tests)
                        : sort_and_cut(call, txn, project, page, order, tests);
    json items = json::array();
    for (const auto& server : found.servers)
        items.push_back(detail ? server_json(call, txn, server) : server_summary(call, server));
    json document{{"servers", std::move(items)}};
    if (found.more && !found.servers.empty()) add_next_link(document, call, "servers", found.servers.back().id);
    return api::Reply::ok(document);
}

}  // namespace cumulet::compute::servers
