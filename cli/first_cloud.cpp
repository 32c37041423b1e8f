#include "cli/first_cloud.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <thread>

#include "cli/openstack.hpp"
#include "common/http/io.hpp"

namespace cumulet::cli {
namespace {

using nlohmann::json;

struct Flavor {
    const char* id;
    const char* name;
    int vcpus, ram_mib, disk_gib;
};
constexpr Flavor kFlavors[] = {{"1", "m1.tiny", 1, 512, 1},
                               {"2", "m1.small", 1, 2048, 20},
                               {"3", "m1.medium", 2, 4096, 40},
                               {"4", "m1.large", 4, 8192, 80},
                               {"5", "m1.xlarge", 8, 16384, 160}};

// Tried in this order until one hides no network of this machine. The ranges for documentation come late: closed
// networks use them for real servers that are reached over the default route.
const std::vector<std::string> kPublicRanges = {"172.24.4.0/24",  "172.24.5.0/24", "172.24.6.0/24",   "172.24.7.0/24",
                                                "172.24.8.0/24",  "172.24.9.0/24", "172.24.10.0/24",  "172.24.11.0/24",
                                                "172.24.12.0/24", "192.0.2.0/24",  "198.51.100.0/24", "203.0.113.0/24"};

constexpr std::uint64_t kEmptyImageBytes = 1 << 20;

void make_flavors(OpenStack& admin) {
    std::vector<std::string> there;
    const auto flavors = admin.get("compute", "/flavors?is_public=None");
    for (const auto& flavor : flavors.at("flavors")) there.push_back(flavor["name"]);
    for (const auto& flavor : kFlavors) {
        if (std::find(there.begin(), there.end(), flavor.name) != there.end()) continue;
        admin.post("compute", "/flavors",
                   {{"flavor",
                     {{"id", flavor.id},
                      {"name", flavor.name},
                      {"vcpus", flavor.vcpus},
                      {"ram", flavor.ram_mib},
                      {"disk", flavor.disk_gib}}}});
    }
}

// The id of the first entry of GET /v2.0/<collection>?<query>, empty when there is none.
std::string find(OpenStack& who, const std::string& collection, const std::string& query) {
    std::string key = collection;
    std::replace(key.begin(), key.end(), '-', '_');
    const auto list = who.get("network", "/v2.0/" + collection + "?" + query)[key];
    return list.empty() ? "" : list[0]["id"].get<std::string>();
}

std::string make(OpenStack& who, const std::string& collection, const std::string& kind, const json& body) {
    return who.post("network", "/v2.0/" + collection, {{kind, body}})[kind]["id"];
}

std::string make_public_network(OpenStack& admin) {
    std::string network = find(admin, "networks", "name=public&router:external=True");
    if (network.empty())
        network = make(admin, "networks", "network",
                       {{"name", "public"},
                        {"router:external", true},
                        {"provider:network_type", "flat"},
                        {"provider:physical_network", "public"}});
    if (find(admin, "subnets", "network_id=" + network).empty()) {
        const std::string cidr =
            choose_range(kPublicRanges, parse_routes(read_file_if_any("/proc/net/route").value_or("")));
        const std::string prefix = cidr.substr(0, cidr.rfind('.') + 1);
        make(admin, "subnets", "subnet",
             {{"name", "public-subnet"},
              {"network_id", network},
              {"ip_version", 4},
              {"cidr", cidr},
              {"gateway_ip", prefix + "1"},
              {"allocation_pools", {{{"start", prefix + "2"}, {"end", prefix + "254"}}}},
              {"enable_dhcp", false}});
    }
    return network;
}

// Name servers of this machine that a guest can reach too.
json name_servers() {
    json servers = json::array();
    std::istringstream lines(read_file_if_any("/etc/resolv.conf").value_or(""));
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string keyword, address;
        words >> keyword >> address;
        const bool reachable = address.find(':') == std::string::npos && !address.starts_with("127.");
        if (keyword == "nameserver" && reachable && servers.size() < 3) servers.push_back(address);
    }
    return servers;
}

void make_private_network(OpenStack& demo, const std::string& public_network) {
    const std::string mine = "&project_id=" + demo.project_id();
    std::string network = find(demo, "networks", "name=private" + mine);
    if (network.empty()) network = make(demo, "networks", "network", {{"name", "private"}});
    std::string subnet = find(demo, "subnets", "network_id=" + network);
    if (subnet.empty())
        subnet = make(demo, "subnets", "subnet",
                      {{"name", "private-subnet"},
                       {"network_id", network},
                       {"ip_version", 4},
                       {"cidr", "10.0.0.0/24"},
                       {"dns_nameservers", name_servers()}});
    std::string router = find(demo, "routers", "name=router1" + mine);
    if (router.empty())
        router = make(demo, "routers", "router",
                      {{"name", "router1"}, {"external_gateway_info", {{"network_id", public_network}}}});
    if (find(demo, "ports", fmt::format("device_id={}&network_id={}", router, network)).empty())
        demo.put("network", "/v2.0/routers/" + router + "/add_router_interface", {{"subnet_id", subnet}});
}

void let_in(OpenStack& demo) {
    const std::string group = find(demo, "security-groups", "name=default&project_id=" + demo.project_id());
    if (group.empty()) throw CommandError("project demo has no default security group");
    const std::string of_group = "direction=ingress&ethertype=IPv4&security_group_id=" + group;
    const json rule = {{"direction", "ingress"}, {"ethertype", "IPv4"}, {"security_group_id", group}};
    if (find(demo, "security-group-rules", of_group + "&protocol=icmp").empty()) {
        json icmp = rule;
        icmp["protocol"] = "icmp";
        make(demo, "security-group-rules", "security_group_rule", icmp);
    }
    if (find(demo, "security-group-rules", of_group + "&protocol=tcp&port_range_min=22").empty()) {
        json ssh = rule;
        ssh.update({{"protocol", "tcp"}, {"port_range_min", 22}, {"port_range_max", 22}});
        make(demo, "security-group-rules", "security_group_rule", ssh);
    }
}

void upload_guest_image(OpenStack& admin, const CloudPlan& plan, const fs::path& file) {
    const bool empty_disk = file.empty();
    if (empty_disk && plan.choices.driver != "sim") return;
    std::string id;
    const auto images = admin.get("image", "/v2/images?name=tiny");
    for (const auto& image : images.at("images")) {
        if (image["status"] == "active") return;
        if (image["status"] == "queued") id = image["id"];  // an upload that was broken off
    }
    if (id.empty())
        id = admin.post("image", "/v2/images",
                        {{"name", "tiny"},
                         {"disk_format", empty_disk ? "raw" : "qcow2"},
                         {"container_format", "bare"},
                         {"visibility", "public"}})["id"];
    const std::string path = "/v2/images/" + id + "/file";
    if (empty_disk) {
        std::uint64_t left = kEmptyImageBytes;
        admin.upload("image", path, left, [&left](char* buffer, std::size_t size) {
            const auto part = std::min<std::uint64_t>(size, left);
            std::fill_n(buffer, part, '\0');
            left -= part;
            return static_cast<std::size_t>(part);
        });
        return;
    }
    std::ifstream stream(file, std::ios::binary);
    if (!stream) throw CommandError(file.string() + ": cannot be read");
    admin.upload("image", path, fs::file_size(file), [&stream](char* buffer, std::size_t size) {
        stream.read(buffer, static_cast<std::streamsize>(size));
        return static_cast<std::size_t>(stream.gcount());
    });
}

// A step whose service goes away meanwhile may be done or not. Each looks for what is there before it makes anything,
// so it is taken again from its beginning.
void take(OpenStack::Deadline deadline, const std::function<void()>& step) {
    while (true) {
        try {
            return step();
        } catch (const http::ClientError& error) {
            if (std::chrono::steady_clock::now() > deadline) throw CommandError(error.what());
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

// Servers can be placed as soon as a host has reported.
void wait_for_hosts(OpenStack& admin, const CloudPlan& plan, OpenStack::Deadline deadline) {
    while (true) {
        const auto services = admin.get("compute", "/os-services?binary=nova-compute")["services"];
        const auto up =
            std::count_if(services.begin(), services.end(), [](const json& s) { return s["state"] == "up"; });
        if (up >= plan.choices.hosts) return;
        if (std::chrono::steady_clock::now() > deadline)
            throw CommandError(fmt::format("{} of {} hosts have reported", up, plan.choices.hosts));
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

void set_up_compute(OpenStack& admin, http::Client& client, const CloudPlan& plan, const FirstCloudOptions& options,
                    OpenStack::Deadline deadline) {
    // Once made, these belong to the cloud's users: what they delete stays deleted.
    const fs::path done = plan.state.path() / "config" / "first-cloud.done";
    if (!fs::exists(done)) {
        const std::string auth_url = plan.url(plan.ports.identity) + "/v3";
        OpenStack demo(client, {auth_url, "demo", plan.secrets.demo_password, "demo"}, deadline);
        demo.log_in();
        take(deadline, [&] { make_flavors(admin); });
        take(deadline, [&] { make_private_network(demo, make_public_network(admin)); });
        take(deadline, [&] { let_in(demo); });
        take(deadline, [&] { upload_guest_image(admin, plan, options.guest_image); });
    }
    if (plan.choices.has("agent")) wait_for_hosts(admin, plan, deadline);
    if (!fs::exists(done)) write_private_file(done, "");
}

}  // namespace

std::int64_t monotonic_us() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

int first_cloud(const CloudPlan& plan, const FirstCloudOptions& options) {
    const auto deadline = std::chrono::steady_clock::now() + options.patience;
    http::Io io(1);
    http::Client client(io, {});
    const std::string auth_url = plan.url(plan.ports.identity) + "/v3";
    OpenStack admin(client, {auth_url, "admin", plan.secrets.admin_password, "admin"}, deadline);
    admin.log_in();
    json times = {{"first_token_ms", (monotonic_us() - options.started_us) / 1000}};
    if (plan.choices.has("compute")) set_up_compute(admin, client, plan, options, deadline);
    times["ready_ms"] = (monotonic_us() - options.started_us) / 1000;
    write_private_file(plan.state.run() / "first-cloud.json", times.dump() + "\n", Durability::volatile_file);
    return 0;
}

}  // namespace cumulet::cli
