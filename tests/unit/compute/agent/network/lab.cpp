#include "lab.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "common/runtime/log.hpp"
#include "compute/agent/network/names.hpp"
#include "compute/agent/network/netlink.hpp"

namespace cumulet::compute::agent::network::test {

using protocol::NetworkSegment;
using protocol::PortState;

namespace {

sockaddr_in socket_address(const std::string& address, std::uint16_t port) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_port = htons(port);
    REQUIRE(::inet_pton(AF_INET, address.c_str(), &out.sin_addr) == 1);
    return out;
}

void in(const std::string& name_space, const std::function<void()>& work) {
    if (name_space.empty())
        work();
    else
        run_in_namespace(name_space, work);
}

bool ready(int fd, short events, int timeout_ms) {
    pollfd waiting{fd, events, 0};
    return ::poll(&waiting, 1, timeout_ms) > 0;
}

}  // namespace

bool eventually(const std::function<bool()>& condition, int timeout_ms) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return true;
}

Listener::Listener(const std::string& name_space, const std::string& address, std::uint16_t port) {
    in(name_space, [&] {
        socket_ = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const int one = 1;
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        const auto where = socket_address(address, port);
        REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
        REQUIRE(::listen(socket_.get(), 16) == 0);
    });
}

std::string Listener::accepted(int timeout_ms) {
    if (!ready(socket_.get(), POLLIN, timeout_ms)) return "";
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const Descriptor connection(::accept(socket_.get(), reinterpret_cast<sockaddr*>(&peer), &size));
    char text[INET_ADDRSTRLEN] = {};
    ::inet_ntop(AF_INET, &peer.sin_addr, text, sizeof text);
    return text;
}

Descriptor connect_from(const std::string& name_space, const std::string& address, std::uint16_t port, int timeout_ms,
                        const std::string& from) {
    Descriptor socket;
    in(name_space, [&] {
        socket = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        if (!from.empty()) {
            const auto own = socket_address(from, 0);
            REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0);
        }
        const auto where = socket_address(address, port);
        ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where);
        int error = 0;
        socklen_t size = sizeof error;
        const bool answered = ready(socket.get(), POLLOUT, timeout_ms) &&
                              ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
        if (!answered) socket.reset();
    });
    return socket;
}

bool reaches(const std::string& name_space, const std::string& address, std::uint16_t port, int timeout_ms) {
    return connect_from(name_space, address, port, timeout_ms).get() >= 0;
}

bool pings(const std::string& name_space, const std::string& address) {
    int status = -1;
    in(name_space, [&] { status = std::system(("busybox ping -c 1 -W 2 " + address + " >/dev/null 2>&1").c_str()); });
    return status == 0;
}

void RecordingListeners::open(const std::string& name, std::uint16_t port, Find find) {
    auto& entry = open_[name];
    if (!entry.listener) entry.listener = std::make_unique<Listener>(name, "0.0.0.0", port);
    entry.find = std::move(find);
}
void RecordingListeners::close(const std::string& name) { open_.erase(name); }
void RecordingListeners::close_all() { open_.clear(); }
std::vector<std::string> RecordingListeners::names() const {
    std::vector<std::string> names;
    for (const auto& [name, entry] : open_) names.push_back(name);
    return names;
}
std::optional<MetadataClient> RecordingListeners::next(const std::string& name) {
    auto& entry = open_.at(name);
    return entry.find(entry.listener->accepted());
}

Lab::Lab() : folder(std::filesystem::path("/run") / "lab") {
    log::set_level(log::Level::warning);
    LinuxOptions options;
    options.cloud = "lab";
    options.run_folder = folder.string();
    options.metadata = &metadata;
    engine = make_linux_engine(std::move(options));
    Netlink().set_up("lo");
}

Lab::~Lab() {
    try {
        engine->remove_all();
        // The kernel clears a namespace away later; its interfaces' names are wanted at once.
        Netlink netlink;
        for (const auto& [name, link] : netlink.links())
            if (name.starts_with("tap")) netlink.remove_link(name);
        for (const auto& name : namespaces("guest-")) remove_namespace(name);
    } catch (const std::exception& error) {
        WARN("cleaning up: " << error.what());
    }
}

std::string Lab::guest(const NetworkSegment& network, const PortState& port, const std::string& gateway) {
    const std::string name = "guest-" + port.id;
    ensure_namespace(name);
    Netlink netlink;
    const auto space = open_namespace(name);
    netlink.make_veth({tap_name(port.id), "eth0", port.mac, space.get(), 1450});
    netlink.set_master(tap_name(port.id), netlink.link(bridge_name(network.id))->index);
    netlink.set_up(tap_name(port.id));
    run_in_namespace(name, [&] {
        Netlink inside;
        inside.set_up("eth0");
        std::set<std::string> addresses;
        for (const auto& address : port.addresses) addresses.insert(address + "/24");
        inside.converge_addresses("eth0", addresses);
        if (!gateway.empty()) inside.converge_routes({{"0.0.0.0/0", gateway}});
    });
    return name;
}

std::map<std::string, std::string> Lab::lease(const std::string& guest) {
    const auto script = folder.parent_path() / "udhcpc.sh", output = folder.parent_path() / "lease";
    std::ofstream(script) << "#!/bin/sh\n[ \"$1\" = bound ] || exit 0\n"
                          << "for v in ip router staticroutes mtu dns hostname; do eval echo $v=\\$$v; done > "
                          << output.string() << "\n";
    std::filesystem::permissions(script, std::filesystem::perms(0755));
    std::filesystem::remove(output);
    run_in_namespace(guest, [&] {
        const auto command = "busybox udhcpc -f -n -q -t 5 -T 1 -i eth0 -O staticroutes -O mtu -s " + script.string() +
                             " >/dev/null 2>&1";
        if (std::system(command.c_str()) != 0) WARN("udhcpc got no lease");
    });
    std::map<std::string, std::string> values;
    std::ifstream file(output);
    for (std::string line; std::getline(file, line);)
        if (auto at = line.find('='); at != std::string::npos) values[line.substr(0, at)] = line.substr(at + 1);
    return values;
}

std::string id_of(const std::string& word) {
    std::string id = word + "00000000000";
    return id.substr(0, 8) + "-" + id.substr(8, 2) + "00-4000-8000-000000000000";
}

NetworkSegment network_of(const std::string& word, int n) {
    NetworkSegment network;
    network.id = id_of(word);
    network.mtu = 1450;
    network.dhcp_port_id = id_of("d" + word);
    network.dhcp_mac = "fa:16:3e:00:" + std::string(n < 10 ? "0" : "") + std::to_string(n) + ":02";
    protocol::SubnetState subnet;
    const std::string base = "10." + std::to_string(n) + ".0.";
    subnet.id = id_of("s" + word);
    subnet.cidr = base + "0/24";
    subnet.gateway_ip = base + "1";
    subnet.dhcp_address = base + "2";
    network.subnets.push_back(subnet);
    return network;
}

PortState& add_port(NetworkSegment& network, const std::string& word, const std::string& address,
                    std::vector<std::string> groups) {
    static int count = 0x10;
    PortState port;
    port.id = id_of(word);
    port.device_id = "server-" + word;
    port.mac = fmt::format("fa:16:3e:01:00:{:02x}", count++);
    port.addresses = {address};
    port.groups = std::move(groups);
    network.leases.push_back({port.id, port.mac, "host-" + word, port.addresses, port.device_id});
    network.ports.push_back(std::move(port));
    return network.ports.back();
}

protocol::RuleState rule(const std::string& direction, const std::string& protocol, std::optional<std::int64_t> port) {
    protocol::RuleState rule;
    rule.direction = direction;
    rule.protocol = protocol;
    rule.port_min = rule.port_max = port;
    return rule;
}

NetworkSegment external_network() {
    NetworkSegment network;
    network.id = id_of("ext");
    network.mtu = 1500;
    network.external = true;
    protocol::SubnetState subnet;
    subnet.id = id_of("sext");
    subnet.cidr = "203.0.113.0/24";
    subnet.gateway_ip = "203.0.113.1";
    subnet.enable_dhcp = false;
    network.subnets.push_back(subnet);
    return network;
}

protocol::RouterState router_of(const std::string& word, NetworkSegment& inside, const NetworkSegment& outside) {
    protocol::RouterState router;
    router.id = id_of(word);
    auto& subnet = inside.subnets.front();
    subnet.has_router = true;
    router.interfaces.push_back({id_of("i" + word), inside.id, "fa:16:3e:02:00:01", {subnet.gateway_ip + "/24"}});
    router.gateway = protocol::RouterInterface{id_of("g" + word), outside.id, "fa:16:3e:02:00:02", {"203.0.113.10/24"}};
    router.gateway_nexthops = {"203.0.113.1"};
    return router;
}

}  // namespace cumulet::compute::agent::network::test
