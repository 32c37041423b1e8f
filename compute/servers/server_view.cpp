#include "compute/servers/server_view.hpp"

#include <openssl/evp.h>

#include "common/runtime/text.hpp"
#include "compute/model/host.hpp"
#include "compute/model/server_group.hpp"
#include "compute/networks/for_servers.hpp"
#include "compute/placement/hosts.hpp"
#include "compute/servers/api.hpp"
#include "compute/servers/flavor_view.hpp"
#include "compute/servers/links.hpp"

namespace cumulet::compute::servers {

using nlohmann::json;

std::string_view status_of(const Server& server) {
    switch (server.vm_state) {
        case VmState::active:
            if (server.task_state == "rebooting" || server.task_state == "reboot_pending" ||
                server.task_state == "reboot_started")
                return "REBOOT";
            if (server.task_state == "rebooting_hard" || server.task_state == "reboot_pending_hard" ||
                server.task_state == "reboot_started_hard")
                return "HARD_REBOOT";
            if (server.task_state == "updating_password") return "PASSWORD";
            if (server.task_state.starts_with("rebuild")) return "REBUILD";
            if (server.task_state == "migrating") return "MIGRATING";
            if (server.task_state.starts_with("resize")) return "RESIZE";
            return "ACTIVE";
        case VmState::building:
            return "BUILD";
        case VmState::stopped:
            return server.task_state.starts_with("resize")    ? "RESIZE"
                   : server.task_state.starts_with("rebuild") ? "REBUILD"
                                                              : "SHUTOFF";
        case VmState::paused:
            return "PAUSED";
        case VmState::suspended:
            return "SUSPENDED";
        case VmState::error:
            return server.task_state.starts_with("rebuild") ? "REBUILD" : "ERROR";
        case VmState::deleted:
            return "DELETED";
        case VmState::soft_deleted:
            return "SOFT_DELETED";
        case VmState::shelved:
            return "SHELVED";
        case VmState::shelved_offloaded:
            return "SHELVED_OFFLOADED";
        case VmState::rescued:
            return "RESCUE";
        case VmState::resized:
            return server.task_state == "resize_reverting" ? "REVERT_RESIZE" : "VERIFY_RESIZE";
    }
    return "UNKNOWN";
}

std::vector<VmState> states_of(std::string_view status) {
    static const std::map<std::string, std::vector<VmState>, std::less<>> kStates{
        {"active", {VmState::active}},
        {"reboot", {VmState::active}},
        {"hard_reboot", {VmState::active}},
        {"password", {VmState::active}},
        {"build", {VmState::building}},
        {"shutoff", {VmState::stopped}},
        {"paused", {VmState::paused}},
        {"suspended", {VmState::suspended}},
        {"error", {VmState::error}},
        {"deleted", {VmState::deleted}},
        {"soft_deleted", {VmState::soft_deleted}},
        {"shelved", {VmState::shelved}},
        {"shelved_offloaded", {VmState::shelved_offloaded}},
        {"rescue", {VmState::rescued}},
        {"verify_resize", {VmState::resized}},
        {"resize", {VmState::active, VmState::stopped}},
        {"rebuild", {VmState::active, VmState::stopped, VmState::error}},
        {"revert_resize", {VmState::resized}},
        {"migrating", {VmState::active}}};
    auto found = kStates.find(text::to_lower(status));
    return found == kStates.end() ? std::vector<VmState>{} : found->second;
}

std::string host_id(const std::string& project_id, const std::string& host) {
    if (host.empty()) return "";
    const std::string of = project_id + host;
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_Digest(of.data(), of.size(), out, &size, EVP_sha224(), nullptr);
    return text::to_hex({reinterpret_cast<char*>(out), size});
}

std::string instance_name(const Server& server) {
    return server.host.empty() ? "" : "instance-" + server.id.substr(0, 8);
}

json server_summary(const api::Call& call, const Server& server) {
    return {{"id", server.id}, {"name", server.name}, {"links", resource_links(call, "servers", server.id)}};
}

json addresses_json(store::Transaction& txn, const std::string& server_id) {
    json addresses = json::object();
    for (const auto& address : networks::server_addresses(txn, server_id))
        addresses[address.network_name].push_back({{"version", address.version},
                                                   {"addr", address.address},
                                                   {"OS-EXT-IPS:type", address.type},
                                                   {"OS-EXT-IPS-MAC:mac_addr", address.mac}});
    return addresses;
}

namespace {

json or_null(const std::string& text) { return text.empty() ? json(nullptr) : json(text); }

// What every user of the project sees.
void add_common(json& document, const api::Call& call, store::Transaction& txn, const Server& server) {
    document["status"] = status_of(server);
    document["tenant_id"] = server.project_id;
    document["user_id"] = server.user_id;
    document["metadata"] = server.metadata;
    document["hostId"] = host_id(server.project_id, server.host);
    document["image"] = server.image_id.empty()
                            ? json("")
                            : json{{"id", server.image_id}, {"links", bookmark_links(call, "images", server.image_id)}};
    document["flavor"] = call.at_least({2, 47}) ? embedded_flavor_json(server.flavor)
                                                : json{{"id", server.flavor.id},
                                                       {"links", bookmark_links(call, "flavors", server.flavor.id)}};
    document["created"] = to_iso_seconds(server.created_at);
    document["updated"] = to_iso_seconds(server.updated_at);
    document["addresses"] = addresses_json(txn, server.id);
    document["accessIPv4"] = server.access_ipv4;
    document["accessIPv6"] = server.access_ipv6;
    document["OS-DCF:diskConfig"] = server.disk_config;
    document["OS-EXT-AZ:availability_zone"] = server.availability_zone;
    document["config_drive"] = server.config_drive ? "True" : "";
    document["key_name"] = or_null(server.key_name);
    document["OS-SRV-USG:launched_at"] = server.launched_at ? json(to_iso_naive(*server.launched_at)) : json(nullptr);
    document["OS-SRV-USG:terminated_at"] =
        server.terminated_at ? json(to_iso_naive(*server.terminated_at)) : json(nullptr);
    document["OS-EXT-STS:task_state"] = or_null(server.task_state);
    document["OS-EXT-STS:vm_state"] = store::enum_name(server.vm_state);
    document["OS-EXT-STS:power_state"] = power_state_number(server.power_state);
    document["os-extended-volumes:volumes_attached"] = json::array();
    const auto status = document["status"].get<std::string>();
    if (status == "ACTIVE" || status == "BUILD" || status == "REBUILD" || status == "RESIZE" ||
        status == "VERIFY_RESIZE" || status == "MIGRATING")
        document["progress"] = status == "ACTIVE" ? 0 : server.progress;
    if (server.fault && (status == "ERROR" || status == "DELETED")) {
        document["fault"] = {{"code", server.fault->code},
                             {"message", server.fault->message},
                             {"created", to_iso_seconds(server.fault->created)}};
        if (call.actor().is_admin() && !server.fault->details.empty())
            document["fault"]["details"] = server.fault->details;
    }
    json groups = json::array();
    for (const auto& group : server.security_groups) groups.push_back({{"name", group}});
    if (!groups.empty()) document["security_groups"] = std::move(groups);
}

void add_by_version(json& document, const api::Call& call, const Server& server) {
    if (call.at_least({2, 9})) document["locked"] = server.locked_by != LockedBy::nobody;
    if (call.at_least({2, 19})) document["description"] = or_null(server.description);
    if (call.at_least({2, 26})) document["tags"] = server.tags;
    if (call.at_least({2, 63})) document["trusted_image_certificates"] = nullptr;
    if (call.at_least({2, 71})) document["server_groups"] = json::array();
    if (call.at_least({2, 73})) document["locked_reason"] = or_null(server.locked_reason);
    if (call.at_least({2, 90})) document["OS-EXT-SRV-ATTR:hostname"] = server.hostname;
}

// What only administrators see.
void add_operator_view(json& document, const api::Call& call, store::Transaction& txn, const Server& server) {
    document["OS-EXT-SRV-ATTR:host"] = or_null(server.host);
    document["OS-EXT-SRV-ATTR:hypervisor_hostname"] = or_null(server.host);
    document["OS-EXT-SRV-ATTR:instance_name"] = instance_name(server);
    if (call.at_least({2, 3})) {
        document["OS-EXT-SRV-ATTR:reservation_id"] = server.reservation_id;
        document["OS-EXT-SRV-ATTR:launch_index"] = server.launch_index;
        document["OS-EXT-SRV-ATTR:hostname"] = server.hostname;
        document["OS-EXT-SRV-ATTR:kernel_id"] = "";
        document["OS-EXT-SRV-ATTR:ramdisk_id"] = "";
        document["OS-EXT-SRV-ATTR:root_device_name"] = server.host.empty() ? json(nullptr) : json("/dev/vda");
        document["OS-EXT-SRV-ATTR:user_data"] = or_null(server.user_data);
    }
    if (call.at_least({2, 16})) {
        std::string status;
        if (auto host = txn.peek<Host>(server.host); host && !server.host.empty())
            status = host->disabled                                                                ? "MAINTENANCE"
                     : placement::is_up(txn, server.host, call.module<Settings>().host_down_after) ? "UP"
                                                                                                   : "DOWN";
        document["host_status"] = status;
    }
}

}  // namespace

json changed_server_json(const api::Call& call, store::Transaction& txn, const Server& server) {
    json document = server_json(call, txn, server);
    if (call.at_least({2, 75})) return document;
    for (const char* member :
         {"OS-EXT-AZ:availability_zone", "config_drive", "host_status", "key_name", "security_groups",
          "OS-SRV-USG:launched_at", "OS-SRV-USG:terminated_at", "OS-EXT-STS:task_state", "OS-EXT-STS:vm_state",
          "OS-EXT-STS:power_state", "os-extended-volumes:volumes_attached"})
        document.erase(member);
    for (auto member = document.begin(); member != document.end();)
        member = member.key().starts_with("OS-EXT-SRV-ATTR:") ? document.erase(member) : std::next(member);
    for (auto& network : document["addresses"])
        for (auto& address : network) {
            address.erase("OS-EXT-IPS:type");
            address.erase("OS-EXT-IPS-MAC:mac_addr");
        }
    return document;
}

json server_json(const api::Call& call, store::Transaction& txn, const Server& server) {
    json document = server_summary(call, server);
    add_common(document, call, txn, server);
    add_by_version(document, call, server);
    if (call.at_least({2, 71})) {
        document["server_groups"] = json::array();
        for (const auto& group : txn.scan<ServerGroup>({.index = "member"}, server.id))
            document["server_groups"].push_back(group.id);
    }
    if (call.actor().is_admin()) add_operator_view(document, call, txn, server);
    return document;
}

}  // namespace cumulet::compute::servers
