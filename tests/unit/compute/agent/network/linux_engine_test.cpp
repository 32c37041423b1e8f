#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

#include "compute/agent/network/names.hpp"
#include "compute/agent/network/netlink.hpp"
#include "compute/agent/network/nft.hpp"
#include "lab.hpp"

using namespace cumulet::compute::agent::network;
using namespace cumulet::compute::agent::network::test;
using cumulet::compute::protocol::GroupState;
using cumulet::compute::protocol::NetworkState;

namespace {

// Everything out, nothing in.
GroupState open_out(const std::string& id) { return {id, {rule("egress")}}; }
GroupState open_all(const std::string& id) { return {id, {rule("egress"), rule("ingress")}}; }

struct TwoGuests : Lab {
    NetworkState state;
    std::string first, second;
    explicit TwoGuests(GroupState group) {
        state.groups = {std::move(group)};
        auto network = network_of("aa", 1);
        add_port(network, "p1", "10.1.0.11", {"g"});
        add_port(network, "p2", "10.1.0.12", {"g"});
        state.networks = {network};
        engine->apply(state);
        first = guest(state.networks[0], state.networks[0].ports[0]);
        second = guest(state.networks[0], state.networks[0].ports[1]);
    }
};

struct Routed : Lab {
    NetworkState state;
    std::string name;
    Routed() {
        state.groups = {open_all("g")};
        auto inside = network_of("aa", 1);
        auto outside = external_network();
        state.routers = {router_of("rr", inside, outside)};
        add_port(inside, "p1", "10.1.0.11", {"g"});
        state.networks = {inside, outside};
        engine->apply(state);
        name = guest(state.networks[0], state.networks[0].ports[0], "10.1.0.1");
    }
};

int processes_named(const std::string& word) {
    int count = 0;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", none)) {
        std::ifstream file(entry.path() / "comm");
        std::string name;
        if (std::getline(file, name) && name == word) ++count;
    }
    return count;
}

std::string rules_of_host() {
    const std::string out = "/run/rules";
    if (std::system(("nft list ruleset > " + out).c_str()) != 0) return "?";
    std::ifstream file(out);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a guest gets its address, its router and its MTU by DHCP, and only its own") {
    TwoGuests lab(open_out("g"));
    auto lease = lab.lease(lab.first);
    REQUIRE(lease["ip"] == "10.1.0.11");
    REQUIRE(lease["router"] == "10.1.0.1");
    REQUIRE(lease["mtu"] == "1450");
    REQUIRE(lease["dns"] == "10.1.0.2");
    REQUIRE(lease["hostname"] == "host-p1");
    // Without a router the DHCP server leads to the metadata service.
    REQUIRE(lease["staticroutes"].find("169.254.169.254/32 10.1.0.2") != std::string::npos);
    REQUIRE(lab.lease(lab.second)["ip"] == "10.1.0.12");
}

TEST_CASE("a port that comes later gets its lease from the server that runs already") {
    TwoGuests lab(open_out("g"));
    REQUIRE(eventually([] { return processes_named("dnsmasq") == 1; }));
    add_port(lab.state.networks[0], "p3", "10.1.0.13", {"g"});
    lab.engine->apply(lab.state);
    const auto third = lab.guest(lab.state.networks[0], lab.state.networks[0].ports[2]);
    REQUIRE(lab.lease(third)["ip"] == "10.1.0.13");
    REQUIRE(eventually([] { return processes_named("dnsmasq") == 1; }));
}

TEST_CASE("nothing comes in that no rule lets in; answers do") {
    TwoGuests lab(open_out("g"));
    Listener listener(lab.second, "0.0.0.0", 22);
    REQUIRE_FALSE(reaches(lab.first, "10.1.0.12", 22, 700));
    REQUIRE_FALSE(pings(lab.first, "10.1.0.12"));
    lab.state.groups[0].rules.push_back(rule("ingress", "tcp", 22));
    lab.engine->apply(lab.state);
    REQUIRE(reaches(lab.first, "10.1.0.12", 22));
    REQUIRE_FALSE(pings(lab.first, "10.1.0.12"));
    lab.state.groups[0].rules.push_back(rule("ingress", "icmp"));
    lab.engine->apply(lab.state);
    REQUIRE(pings(lab.first, "10.1.0.12"));
    // Nothing goes out that no rule lets out.
    std::erase_if(lab.state.groups[0].rules, [](const auto& each) { return each.direction == "egress"; });
    lab.engine->apply(lab.state);
    REQUIRE_FALSE(reaches(lab.first, "10.1.0.12", 22, 700));
}

TEST_CASE("a rule for a remote group lets its members in and nobody else") {
    auto group = open_out("g");
    auto from_members = rule("ingress", "tcp");
    from_members.any_remote = false;
    from_members.remotes = {"10.1.0.99"};
    group.rules.push_back(from_members);
    TwoGuests lab(group);
    Listener listener(lab.second, "0.0.0.0", 80);
    REQUIRE_FALSE(reaches(lab.first, "10.1.0.12", 80, 700));
    lab.state.groups[0].rules.back().remotes = {"10.1.0.11", "10.1.0.99"};
    lab.engine->apply(lab.state);
    REQUIRE(reaches(lab.first, "10.1.0.12", 80));
    lab.state.groups[0].rules.back().remotes.clear();
    lab.engine->apply(lab.state);
    REQUIRE_FALSE(reaches(lab.first, "10.1.0.12", 80, 700));
}

TEST_CASE("a guest cannot speak as another, unless it may") {
    TwoGuests lab(open_all("g"));
    Listener listener(lab.second, "0.0.0.0", 80);
    run_in_namespace(lab.first, [] { Netlink().converge_addresses("eth0", {"10.1.0.11/24", "10.1.0.66/24"}); });
    run_in_namespace(lab.second, [] { Netlink(); });
    REQUIRE(connect_from(lab.first, "10.1.0.12", 80, 2000, "10.1.0.11").get() >= 0);
    REQUIRE_FALSE(connect_from(lab.first, "10.1.0.12", 80, 700, "10.1.0.66").get() >= 0);
    auto& port = lab.state.networks[0].ports[0];
    port.allowed_pairs = {{port.mac, "10.1.0.64/28"}};
    lab.engine->apply(lab.state);
    REQUIRE(connect_from(lab.first, "10.1.0.12", 80, 3000, "10.1.0.66").get() >= 0);
    port.allowed_pairs.clear();
    port.port_security = false;
    port.groups.clear();
    lab.engine->apply(lab.state);
    REQUIRE(connect_from(lab.first, "10.1.0.12", 80, 3000, "10.1.0.66").get() >= 0);
}

TEST_CASE("a guest does not reach the host through the bridge") {
    TwoGuests lab(open_all("g"));
    Netlink().converge_addresses("lo", {"127.0.0.1/8", "10.1.0.200/32"});
    Listener listener("", "0.0.0.0", 8080);
    REQUIRE_FALSE(reaches(lab.first, "10.1.0.200", 8080, 700));
    Netlink().converge_addresses("lo", {"127.0.0.1/8"});
    std::ifstream setting("/proc/sys/net/ipv6/conf/" + bridge_name(id_of("aa")) + "/disable_ipv6");
    int disabled = 0;
    REQUIRE(setting >> disabled);
    REQUIRE(disabled == 1);
}

TEST_CASE("overlapping networks do not hear of each other") {
    Lab lab;
    NetworkState state;
    state.groups = {open_all("g")};
    state.networks = {network_of("aa", 1), network_of("bb", 1)};
    state.networks[1].dhcp_mac = "fa:16:3e:00:77:02";
    add_port(state.networks[0], "p1", "10.1.0.11", {"g"});
    add_port(state.networks[0], "p2", "10.1.0.12", {"g"});
    add_port(state.networks[1], "q1", "10.1.0.11", {"g"});
    add_port(state.networks[1], "q2", "10.1.0.12", {"g"});
    lab.engine->apply(state);
    std::vector<std::string> guests;
    for (const auto& network : state.networks)
        for (const auto& port : network.ports) guests.push_back(lab.guest(network, port));
    Listener here(guests[1], "0.0.0.0", 80), there(guests[3], "0.0.0.0", 80);
    REQUIRE(reaches(guests[0], "10.1.0.12", 80));
    REQUIRE_FALSE(here.accepted().empty());
    REQUIRE(there.accepted(300).empty());
    REQUIRE(reaches(guests[2], "10.1.0.12", 80));
    REQUIRE_FALSE(there.accepted().empty());
}

TEST_CASE("guests go out behind the router's address, and by their floating IP when they have one") {
    Routed lab;
    Listener outside("", "203.0.113.1", 8080);
    REQUIRE(reaches(lab.name, "203.0.113.1", 8080));
    REQUIRE(outside.accepted() == "203.0.113.10");
    Listener inside(lab.name, "0.0.0.0", 22);
    REQUIRE_FALSE(reaches("", "203.0.113.20", 22, 700));
    lab.state.routers[0].floating_ips = {{"203.0.113.20", "10.1.0.11"}};
    lab.engine->apply(lab.state);
    REQUIRE(reaches("", "203.0.113.20", 22, 5000));
    REQUIRE(inside.accepted() == "203.0.113.1");
    REQUIRE(pings("", "203.0.113.20"));
    REQUIRE(reaches(lab.name, "203.0.113.1", 8080));
    REQUIRE(outside.accepted() == "203.0.113.20");
    lab.state.routers[0].floating_ips.clear();
    lab.engine->apply(lab.state);
    REQUIRE_FALSE(reaches("", "203.0.113.20", 22, 700));
}

TEST_CASE("the metadata service hears a guest and who it is, through the router and without one") {
    Routed routed;
    REQUIRE(reaches(routed.name, "169.254.169.254", 80));
    auto who = routed.metadata.next(router_namespace("lab", id_of("rr")));
    REQUIRE(who);
    REQUIRE(who->port_id == id_of("p1"));
    REQUIRE(who->device_id == "server-p1");
    REQUIRE(who->network_id == id_of("aa"));
    run_in_namespace(routed.name, [] { Netlink().converge_routes({{"169.254.169.254/32", "10.1.0.2"}}); });
    REQUIRE(reaches(routed.name, "169.254.169.254", 80));
    REQUIRE(routed.metadata.next(dhcp_namespace("lab", id_of("aa")))->device_id == "server-p1");
}

TEST_CASE("the host converges from whatever it finds") {
    Routed lab;
    auto works = [&] {
        Listener outside("", "203.0.113.1", 8080);
        return reaches(lab.name, "203.0.113.1", 8080) && lab.lease(lab.name)["ip"] == "10.1.0.11";
    };
    REQUIRE(works());
    SECTION("nothing to do changes nothing") {
        const auto before = rules_of_host();
        const auto links = Netlink().links().size();
        lab.engine->apply(lab.state);
        REQUIRE(rules_of_host() == before);
        REQUIRE(Netlink().links().size() == links);
        REQUIRE(eventually([] { return processes_named("dnsmasq") == 1; }));
    }
    SECTION("the rules are gone") {
        run_nft("flush ruleset");
        lab.engine->apply(lab.state);
        REQUIRE(rules_of_host().find("table bridge cumulet_lab") != std::string::npos);
    }
    SECTION("a namespace is gone") {
        remove_namespace(router_namespace("lab", id_of("rr")));
        lab.metadata.close(router_namespace("lab", id_of("rr")));
        lab.engine->apply(lab.state);
    }
    SECTION("the DHCP server is gone") {
        REQUIRE(std::system("busybox killall -9 dnsmasq") == 0);
        lab.engine->apply(lab.state);
    }
    SECTION("addresses and routes were changed by hand") {
        run_in_namespace(router_namespace("lab", id_of("rr")), [] {
            Netlink netlink;
            netlink.converge_addresses(router_inner_end(id_of("irr")), {"10.1.0.200/24"});
            netlink.converge_routes({});
        });
        lab.engine->apply(lab.state);
    }
    SECTION("another engine takes over, as after a restart of the agent") {
        LinuxOptions options;
        options.cloud = "lab";
        options.run_folder = lab.folder.string();
        options.metadata = &lab.metadata;
        lab.engine = make_linux_engine(options);
        lab.engine->apply(lab.state);
        REQUIRE(eventually([] { return processes_named("dnsmasq") == 1; }));
    }
    SECTION("things that nobody wants are removed, those of others stay") {
        Netlink netlink;
        netlink.make_bridge("brqgarbage");
        netlink.set_alias("brqgarbage", alias_prefix("lab") + "gone");
        netlink.make_bridge("brqother");
        netlink.set_alias("brqother", alias_prefix("lab2") + "theirs");
        ensure_namespace(namespace_prefix("lab") + "qdhcp-gone");
        ensure_namespace(namespace_prefix("lab2") + "qdhcp-theirs");
        lab.engine->apply(lab.state);
        REQUIRE_FALSE(netlink.link("brqgarbage"));
        REQUIRE(netlink.link("brqother"));
        REQUIRE(namespaces("culab-").size() == 2);
        REQUIRE(namespaces("culab2-").size() == 1);
        netlink.remove_link("brqother");
        remove_namespace(namespace_prefix("lab2") + "qdhcp-theirs");
    }
    REQUIRE(works());
}

TEST_CASE("after remove_all nothing is left") {
    Routed lab;
    REQUIRE(eventually([] { return processes_named("dnsmasq") == 1; }));
    lab.engine->remove_all();
    REQUIRE(namespaces("culab-").empty());
    REQUIRE(lab.metadata.names().empty());
    REQUIRE(rules_of_host().empty());
    REQUIRE(eventually([] { return processes_named("dnsmasq") == 0; }));
    REQUIRE_FALSE(std::filesystem::exists(lab.folder));
    for (const auto& [name, link] : Netlink().links()) REQUIRE_FALSE(link.alias.starts_with("cumulet:"));
    lab.engine->remove_all();  // again is fine
}

TEST_CASE("a cloud that stops leaves its network to guests that run on, and else nothing") {
    Routed lab;
    LinuxOptions options;
    options.cloud = "lab";
    options.run_folder = lab.folder.string();
    REQUIRE_FALSE(remove_unused_network(options));
    REQUIRE(Netlink().link(bridge_name(id_of("aa"))));
    Netlink().remove_link(tap_name(id_of("p1")));
    lab.metadata.close_all();
    REQUIRE(remove_unused_network(options));
    REQUIRE(namespaces("culab-").empty());
    REQUIRE_FALSE(Netlink().link(bridge_name(id_of("aa"))));
    REQUIRE(remove_unused_network(options));
}

TEST_CASE("a network that cannot be made does not keep the others from working") {
    Lab lab;
    NetworkState state;
    state.groups = {open_all("g")};
    state.networks = {network_of("aa", 1), network_of("bb", 2)};
    state.networks[0].dhcp_mac = "nonsense";
    add_port(state.networks[1], "q1", "10.2.0.11", {"g"});
    REQUIRE_THROWS(lab.engine->apply(state));
    const auto name = lab.guest(state.networks[1], state.networks[1].ports[0]);
    REQUIRE(lab.lease(name)["ip"] == "10.2.0.11");
}
