#include "compute/servers/create.hpp"

#include "common/runtime/text.hpp"
#include "compute/converge/tasks.hpp"
#include "compute/model/quota.hpp"
#include "compute/model/server_group.hpp"
#include "compute/networks/for_servers.hpp"
#include "compute/servers/api.hpp"
#include "compute/servers/choices.hpp"

namespace cumulet::compute::servers {

using api::Errc;
using api::Fault;
using nlohmann::json;

namespace {

// Nova's rule for host names: what DNS cannot hold becomes a dash or goes.
std::string hostname_of(std::string_view name, std::string_view id) {
    std::string host;
    for (char c : name) {
        if (c == ' ' || c == '_') c = '-';
        if (std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.')
            host.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
    }
    auto start = host.find_first_not_of(".-");
    host = start == std::string::npos ? "" : host.substr(start);
    if (host.size() > 63) host.resize(63);
    while (!host.empty() && (host.back() == '.' || host.back() == '-')) host.pop_back();
    return host.empty() ? fmt::format("server-{}", id) : host;
}

std::pair<int, int> counts_of(const json& asked, std::size_t most) {
    auto number = [&](const char* member, int fallback) {
        if (!asked.contains(member)) return fallback;
        const auto& value = asked[member];
        return value.is_string() ? std::stoi(value.get<std::string>()) : value.get<int>();
    };
    const int least = number("min_count", 1);
    const int wanted = number("max_count", least);
    if (least > wanted) throw Fault(Errc::bad_request, "min_count must be <= max_count");
    if (wanted > static_cast<int>(most))
        throw Fault(Errc::bad_request, "max_count {} is more than the {} servers that one call may create", wanted,
                    most);
    return {least, wanted};
}

// "zone", "zone:host" or "zone:host:node"; naming a host is for administrators.
void take_zone(const api::Call& call, const json& asked, Server& server, json& placement) {
    std::string zone = asked.value("availability_zone", "");
    const auto parts = text::split(zone, ':');
    if (parts.size() > 1) {
        if (!call.actor().is_admin())
            throw Fault(Errc::forbidden,
                        "Policy doesn't allow os_compute_api:servers:create:forced_host to be performed.");
        placement["host"] = std::string(parts.size() > 2 && parts[1].empty() ? parts[2] : parts[1]);
        zone = std::string(parts[0]);
    }
    for (const char* member : {"host", "hypervisor_hostname"})
        if (asked.contains(member)) placement["host"] = asked[member];
    server.wanted_zone = zone;
    server.availability_zone = zone.empty() ? call.module<Settings>().default_zone : zone;
}

std::vector<networks::NicRequest> nics_of(const api::Call& call, store::Transaction& txn, const json& asked) {
    if (!asked.contains("networks") || (asked["networks"].is_array() && asked["networks"].empty()) ||
        asked["networks"] == "auto") {
        if (!asked.contains("networks") && call.at_least({2, 37}))
            throw Fault(Errc::bad_request,
                        "Invalid input for field/attribute server. 'networks' is a required property");
        return networks::default_networks(txn, call.actor().project_id);
    }
    if (asked["networks"] == "none") return {};
    std::vector<networks::NicRequest> requests;
    for (const auto& each : asked["networks"]) {
        networks::NicRequest request{
            .network_id = each.value("uuid", ""),
            .port_id = each.contains("port") && each["port"].is_string() ? each["port"].get<std::string>() : "",
            .fixed_ip = each.value("fixed_ip", ""),
            .tag = each.value("tag", "")};
        if (request.network_id.empty() && request.port_id.empty())
            throw Fault(Errc::bad_request, "Bad networks format: network uuid is not in proper format ()");
        if (!request.network_id.empty() && !is_uuid(request.network_id))
            throw Fault(Errc::bad_request, "Bad networks format: network uuid is not in proper format ({})",
                        request.network_id);
        requests.push_back(std::move(request));
    }
    return requests;
}

std::vector<std::string> groups_of(const json& asked) {
    std::vector<std::string> groups;
    for (const auto& each : asked.value("security_groups", json::array())) {
        std::string name = each.value("name", "");
        if (std::find(groups.begin(), groups.end(), name) == groups.end()) groups.push_back(std::move(name));
    }
    return groups;
}

// The part that all servers of one call share.
Server template_of(api::Call& call, store::Transaction& txn, const json& asked, json& placement) {
    Server server;
    server.project_id = call.actor().project_id;
    server.user_id = call.actor().user_id;
    if (server.project_id.empty())
        throw Fault(Errc::bad_request, "A server belongs to a project: ask with a project-scoped token.");
    take_name(asked, server);
    server.flavor = chosen_flavor(call, txn, asked["flavorRef"]);
    server.image_id = chosen_image(call, txn, asked.value("imageRef", ""), server.flavor).id;
    take_key(call, txn, asked, server);
    take_user_data(asked, server);
    take_zone(call, asked, server, placement);
    if (asked.contains("config_drive") && !asked["config_drive"].is_null()) {
        const auto& drive = asked["config_drive"];
        server.config_drive = drive.is_boolean() ? drive.get<bool>()
                                                 : drive != "" && drive != "False" && drive != "false" && drive != "0";
    }
    take_metadata(txn, asked, server);
    take_attributes(asked, server);
    if (asked.contains("tags"))
        for (const auto& tag : std::set<std::string>(asked["tags"].begin(), asked["tags"].end()))
            server.tags.push_back(tag);
    server.security_groups = groups_of(asked);
    server.created_at = server.updated_at = call.now();
    return server;
}

// As many as the project's quota still holds, between least and wanted; Fault in Nova's words when not even least.
int take_quota(store::Transaction& txn, const Server& server, int least, int wanted) {
    const std::vector<std::pair<std::string_view, std::int64_t>> needs{
        {"instances", 1}, {"cores", server.flavor.vcpus}, {"ram", server.flavor.memory_mib}};
    std::int64_t count = wanted;
    for (const auto& [resource, each] : needs) {
        const auto limit = quota_limit(txn, server.project_id, resource);
        if (limit >= 0 && each > 0)
            count = std::min(count, (limit - quota_used(txn, server.project_id, resource)) / each);
    }
    count = std::max<std::int64_t>(count, least);
    for (const auto& [resource, each] : needs) quota_take(txn, server.project_id, resource, each * count);
    return static_cast<int>(count);
}

// The group that the scheduler hint names, of the server's project. Fault 400.
std::optional<ServerGroup> wanted_group(store::Transaction& txn, const json& body, const Server& server) {
    for (const char* member : {"os:scheduler_hints", "OS-SCH-HNT:scheduler_hints"}) {
        if (!body.contains(member) || !body[member].contains("group")) continue;
        const auto& hint = body[member]["group"];
        const std::string id = hint.is_array() && !hint.empty() ? hint[0].dump() : hint.dump();
        auto group = txn.get<ServerGroup>(std::string(text::trim(id.substr(1, id.size() - 2))));
        if (!group || group->project_id != server.project_id)
            throw Fault(Errc::bad_request, "Instance group {} could not be found.", id);
        return group;
    }
    return std::nullopt;
}

// Members are counted as they are entered; the group's row makes racing creates see each other.
void join_group(store::Transaction& txn, ServerGroup& group, const std::string& server_id) {
    const auto limit = quota_limit(txn, group.project_id, "server_group_members");
    if (limit >= 0 && group.members.size() >= static_cast<std::size_t>(limit))
        throw Fault(Errc::over_limit, "Quota exceeded, too many servers in group").kind("OverQuota");
    group.members.push_back(server_id);
    txn.put(group, "joined");
}

std::string reservation_id(Random& random) {
    static constexpr std::string_view kLetters = "0123456789abcdefghijklmnopqrstuvwxyz";
    std::string id = "r-";
    for (int i = 0; i < 8; ++i) id.push_back(kLetters[random.below(kLetters.size())]);
    return id;
}

}  // namespace

Created create_servers(api::Call& call, store::Transaction& txn, const json& asked) {
    const auto [least, wanted] = counts_of(asked, call.module<Settings>().max_servers_per_call);
    json placement = json::object();
    const Server common = template_of(call, txn, asked, placement);
    const auto nics = nics_of(call, txn, asked);
    if (wanted > 1)
        for (const auto& nic : nics)
            if (!nic.port_id.empty() || !nic.fixed_ip.empty())
                throw Fault(Errc::bad_request, "Unable to launch multiple instances with a single configured {}.",
                            nic.port_id.empty() ? "fixed IP" : "port ID");
    const int count = take_quota(txn, common, least, wanted);
    auto group = wanted_group(txn, call.body(), common);
    if (group) placement["group"] = group->id;

    Created created{.servers = {},
                    .admin_password = asked.value("adminPass", call.random().token(9)),
                    .reservation_id = reservation_id(call.random())};
    for (int index = 0; index < count; ++index) {
        Server server = common;
        server.id = call.random().uuid();
        server.launch_index = index;
        server.reservation_id = created.reservation_id;
        if (count > 1) server.name = fmt::format("{}-{}", common.name, index + 1);
        server.hostname =
            asked.contains("hostname") ? asked["hostname"].get<std::string>() : hostname_of(server.name, server.id);
        networks::create_server_ports(txn, call.random(), server.id, server.project_id, nics, server.security_groups,
                                      call.actor().is_admin());
        if (server.security_groups.empty()) server.security_groups = {"default"};
        if (group) join_group(txn, *group, server.id);
        converge::start_task(txn, call.random(), server, "create", placement);
        created.servers.push_back(std::move(server));
    }
    return created;
}

}  // namespace cumulet::compute::servers
