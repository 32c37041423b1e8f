#include <catch2/catch.hpp>

#include "common/api/service.hpp"
#include "common/runtime/text.hpp"
#include "common/runtime/worker_pool.hpp"
#include "compute/metadata/api.hpp"
#include "compute/metadata/client.hpp"
#include "compute/metadata/instance.hpp"
#include "compute/networks/network.hpp"
#include "compute/networks/port.hpp"
#include "compute/networks/router.hpp"

using namespace cumulet;
using namespace cumulet::compute;
using namespace cumulet::compute::metadata;
using nlohmann::json;

namespace {

const std::string kServer = "11111111-2222-3333-4444-555555555555";
const std::string kUserData("#!/bin/sh\necho \xff\x00 hello\n", 25);

Server some_server() {
    Server server;
    server.id = kServer;
    server.name = "first";
    server.hostname = "first";
    server.project_id = "p1";
    server.key_name = "mykey";
    server.key_public = "ssh-rsa AAAA me";
    server.user_data = text::to_base64(kUserData);
    server.metadata = {{"role", "web"}};
    server.availability_zone = "nova";
    server.flavor.name = "m1.tiny";
    server.image_id = "99999999-0000-0000-0000-000000000000";
    server.reservation_id = "r-abcdefgh";
    server.security_groups = {"default"};
    server.vm_state = VmState::active;
    return server;
}

// A server with one NIC at 10.0.0.5, a network behind a router, and a floating IP.
void fill(store::Transaction& txn) {
    txn.put(some_server(), "created");
    networks::Network network;
    network.id = "net1";
    network.mtu = 1450;
    network.segmentation_id = 7;
    network.subnet_ids = {"sub1"};
    txn.put(network, "created");
    networks::Subnet subnet;
    subnet.id = "sub1";
    subnet.network_id = "net1";
    subnet.cidr = "10.0.0.0/24";
    subnet.gateway_ip = "10.0.0.1";
    subnet.dns_nameservers = {"9.9.9.9"};
    txn.put(subnet, "created");
    networks::Port port;
    port.id = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
    port.network_id = "net1";
    port.mac_address = "fa:16:3e:00:00:01";
    port.device_id = kServer;
    port.fixed_ips = {{"sub1", "10.0.0.5"}};
    txn.put(port, "created");
    txn.put(networks::AddressAllocation{"sub1", "10.0.0.5", port.id, "net1"}, "taken");
    networks::Port gateway;
    gateway.id = "gw";
    gateway.network_id = "net1";
    gateway.mac_address = "fa:16:3e:00:00:02";
    gateway.device_id = "router1";
    gateway.device_owner = networks::kOwnerRouterInterface;
    txn.put(gateway, "created");
    networks::FloatingIp floating;
    floating.id = "f1";
    floating.floating_ip_address = "203.0.113.9";
    floating.port_id = port.id;
    floating.fixed_ip_address = "10.0.0.5";
    txn.put(floating, "created");
}

struct Metadata {
    explicit Metadata(std::string secret = "s3cret") : settings{std::move(secret)} {
        store::transact(*engine, {}, [](store::Transaction& txn) { fill(txn); });
        api::Modules modules;
        modules.add(settings);
        service = std::make_unique<api::Service>(
            metadata_service(),
            api::ServiceParts{
                .engine = *engine, .clock = clock, .random = random, .workers = workers, .modules = modules});
    }
    http::Response get(const std::string& path, std::vector<std::pair<std::string, std::string>> headers,
                       const std::string& peer = "") {
        http::Request request;
        request.target = path;
        request.peer_name = peer;
        for (auto& [name, value] : headers) request.headers.set(name, value);
        return service->call(std::move(request));
    }
    http::Response get(const std::string& path) {
        return get(path,
                   {{"X-Instance-ID", kServer}, {"X-Instance-ID-Signature", signature(settings.secret, kServer)}});
    }
    std::string text(const std::string& path) {
        const auto answer = get(path);
        return answer.status == 200 ? std::get<std::string>(answer.body) : std::to_string(answer.status);
    }

    std::unique_ptr<store::Engine> engine = store::make_memory_engine();
    ManualClock clock;
    SeededRandom random{3};
    runtime::WorkerPool workers{{.name = "metadata", .threads = 1}};
    Settings settings;
    std::unique_ptr<api::Service> service;
};

}  // namespace

TEST_CASE("the tables of the metadata service hold what they must") {
    REQUIRE(api::table_problems(metadata_service().tables).empty());
}

TEST_CASE("a server is told its name, key, metadata and user data") {
    Metadata metadata;
    const auto document = json::parse(metadata.text("/openstack/latest/meta_data.json"));
    REQUIRE(document["uuid"] == kServer);
    REQUIRE(document["hostname"] == "first.novalocal");
    REQUIRE(document["public_keys"]["mykey"] == "ssh-rsa AAAA me");
    REQUIRE(document["keys"][0]["type"] == "ssh");
    REQUIRE(document["meta"]["role"] == "web");
    REQUIRE(text::from_base64(document["random_seed"].get<std::string>())->size() == 512);
    REQUIRE(metadata.text("/openstack/2018-08-27/user_data") == kUserData);
    REQUIRE(metadata.text("/openstack/latest/vendor_data.json") == "{}");
    REQUIRE(metadata.text("/openstack/latest/nothing.json") == "404");
    REQUIRE(metadata.text("/openstack/1999-01-01/meta_data.json") == "404");
}

TEST_CASE("a server is told its network") {
    Metadata metadata;
    const auto document = json::parse(metadata.text("/openstack/latest/network_data.json"));
    REQUIRE(document["links"][0]["ethernet_mac_address"] == "fa:16:3e:00:00:01");
    REQUIRE(document["links"][0]["mtu"] == 1450);
    REQUIRE(document["networks"][0]["type"] == "ipv4_dhcp");
    REQUIRE(document["services"] == json::parse(R"([{"type": "dns", "address": "9.9.9.9"}])"));
    store::transact(*metadata.engine, {}, [](store::Transaction& txn) {
        auto subnet = *txn.get<networks::Subnet>("sub1");
        subnet.enable_dhcp = false;
        txn.put(subnet, "no dhcp");
    });
    const auto fixed = json::parse(metadata.text("/openstack/latest/network_data.json"))["networks"][0];
    REQUIRE(fixed["type"] == "ipv4");
    REQUIRE(fixed["ip_address"] == "10.0.0.5");
    REQUIRE(fixed["netmask"] == "255.255.255.0");
    REQUIRE(fixed["routes"][0]["gateway"] == "10.0.0.1");
}

TEST_CASE("EC2's tree is walked like folders") {
    Metadata metadata;
    REQUIRE(metadata.text("/latest") == "meta-data/\nuser-data");
    REQUIRE(metadata.text("/latest/meta-data/instance-id") == "i-11111111");
    REQUIRE(metadata.text("/2009-04-04/meta-data/hostname") == "first.novalocal");
    REQUIRE(metadata.text("/latest/meta-data/local-ipv4") == "10.0.0.5");
    REQUIRE(metadata.text("/latest/meta-data/public-ipv4") == "203.0.113.9");
    REQUIRE(metadata.text("/latest/meta-data/public-keys/") == "0=mykey");
    REQUIRE(metadata.text("/latest/meta-data/public-keys/0/") == "openssh-key");
    REQUIRE(metadata.text("/latest/meta-data/public-keys/0/openssh-key") == "ssh-rsa AAAA me");
    REQUIRE(metadata.text("/latest/meta-data/placement/availability-zone") == "nova");
    REQUIRE(metadata.text("/latest/meta-data/").find("placement/\n") != std::string::npos);
    REQUIRE(metadata.text("/latest/meta-data/nothing") == "404");
    REQUIRE(metadata.text("/latest/meta-data/hostname/deeper") == "404");
    REQUIRE(metadata.text("/latest/user-data") == kUserData);
    REQUIRE(metadata.text("/1066-10-14/meta-data/hostname") == "404");
}

TEST_CASE("a request that proves nothing is told nothing") {
    Metadata metadata;
    const std::string path = "/openstack/latest/user_data";
    REQUIRE(metadata.get(path, {}).status == 403);
    REQUIRE(metadata.get(path, {{"X-Instance-ID", kServer}}).status == 403);
    REQUIRE(metadata.get(path, {{"X-Instance-ID", kServer}, {"X-Instance-ID-Signature", "00"}}).status == 403);
    REQUIRE(metadata.get(path, {{"X-Forwarded-For", "10.0.0.5"}, {"X-Network-ID", "net1"}}).status == 403);
    const std::string other = "other";
    REQUIRE(metadata.get(path, {{"X-Instance-ID", other}, {"X-Instance-ID-Signature", signature("s3cret", other)}})
                .status == 404);
    Metadata open("");
    REQUIRE(open.get(path, {{"X-Instance-ID", kServer}, {"X-Instance-ID-Signature", signature("", kServer)}}).status ==
            403);
}

TEST_CASE("a proxy with a certificate names the guest by its address") {
    Metadata metadata;
    const std::string path = "/latest/meta-data/instance-id";
    auto status = [&](const char* address, const char* where, const char* id) {
        return metadata.get(path, {{"X-Forwarded-For", address}, {where, id}}, "host1").status;
    };
    REQUIRE(status("10.0.0.5", "X-Network-ID", "net1") == 200);
    REQUIRE(status("10.0.0.5", "X-Router-ID", "router1") == 200);
    REQUIRE(status("10.0.0.6", "X-Network-ID", "net1") == 404);
    REQUIRE(status("10.0.0.5", "X-Network-ID", "net2") == 404);
    REQUIRE(status("10.0.0.5", "X-Something", "net1") == 400);
}

TEST_CASE("a deleted server is told nothing more") {
    Metadata metadata;
    store::transact(*metadata.engine, {},
                    [](store::Transaction& txn) { txn.erase(*txn.get<Server>(kServer), "deleted"); });
    REQUIRE(metadata.text("/openstack/latest/meta_data.json") == "404");
}

TEST_CASE("a config drive holds the same, bytes that are no text included") {
    Metadata metadata;
    store::Transaction txn(*metadata.engine, {});
    const auto files = drive_files(txn, some_server(), metadata.random);
    REQUIRE(json::parse(files["openstack/latest/meta_data.json"].get<std::string>())["name"] == "first");
    REQUIRE(text::from_base64(files["openstack/latest/user_data;base64"].get<std::string>()) == kUserData);
    REQUIRE_NOTHROW(files.dump());
    Server plain = some_server();
    plain.user_data = text::to_base64("#!/bin/sh\n");
    REQUIRE(drive_files(txn, plain, metadata.random)["openstack/latest/user_data"] == "#!/bin/sh\n");
    plain.user_data.clear();
    REQUIRE_FALSE(drive_files(txn, plain, metadata.random).contains("openstack/latest/user_data"));
}
