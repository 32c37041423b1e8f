#include "plane.hpp"

#include "common/api/fault.hpp"
#include "compute/converge/tasks.hpp"
#include "compute/model/quota.hpp"
#include "compute/networks/for_servers.hpp"
#include "compute/networks/network.hpp"

namespace cumulet::sim {

using namespace compute;

namespace {
constexpr const char* kProject = "sim";
}

Plane::Plane(Timeline& time) : time_(time) {
    restart();
    make_network();
}

store::Cause Plane::cause(std::string operation) const {
    return {.time = time_.now(),
            .request_id = "req-sim",
            .user_id = "u",
            .project_id = kProject,
            .operation = std::move(operation)};
}

void Plane::restart() {
    meter_ = std::make_unique<metering::Meter>(*engine_);
    history_ = std::make_unique<history::History>(*engine_);
    changes_ = std::make_unique<converge::HostChanges>(*engine_);
    control_ = std::make_unique<converge::HostControl>(time_.random(), *changes_, converge::DesiredSources{});
    converger_ = std::make_unique<converge::Converger>(*engine_, time_.clock(), time_.random(), *meter_, *history_,
                                                       converge::ConvergerOptions{.holder = "sim"});
}

void Plane::make_network() {
    run([&](store::Transaction& txn) {
        txn.put(
            QuotaSet{.project_id = kProject, .limits = {{"instances", -1}, {"cores", -1}, {"ram", -1}, {"port", -1}}},
            "sim");
        txn.put(Flavor{.id = "2", .name = "small", .vcpus = 2, .memory_mib = 1024, .root_gib = 2}, "sim");
        networks::Network network;
        network.id = time_.random().uuid();
        network.project_id = kProject;
        network.name = "net";
        networks::Subnet subnet;
        subnet.id = time_.random().uuid();
        subnet.project_id = kProject;
        subnet.network_id = network.id;
        subnet.cidr = "10.0.0.0/12";
        subnet.gateway_ip = "10.0.0.1";
        subnet.allocation_pools = {{"10.0.0.2", "10.15.255.254"}};
        network.subnet_ids = {subnet.id};
        network_id_ = network.id;
        txn.put(network, "sim");
        txn.put(subnet, "sim");
    });
}

void Plane::create_server() {
    try {
        run([&](store::Transaction& txn) {
            Server server;
            server.id = time_.random().uuid();
            server.project_id = kProject;
            server.name = "s" + std::to_string(created) + (time_.chance(0.04) ? "-hang" : "");
            server.flavor = Flavor{.id = "1", .name = "tiny", .vcpus = 1, .memory_mib = 512, .root_gib = 1};
            server.created_at = txn.now();
            quota_take(txn, kProject, "instances", 1);
            quota_take(txn, kProject, "cores", 1);
            quota_take(txn, kProject, "ram", 512);
            networks::create_server_ports(txn, time_.random(), server.id, kProject,
                                          {{.network_id = network_id_, .port_id = "", .fixed_ip = "", .tag = ""}}, {},
                                          false);
            converge::start_task(txn, time_.random(), server, "create");
        });
        ++created;
    } catch (const api::Fault&) {
        ++refused;
    }
}

void Plane::act_on(const std::string& server_id, const std::string& task, nlohmann::json args) {
    try {
        run([&](store::Transaction& txn) {
            auto server = txn.get<Server>(server_id);
            if (server) converge::start_task(txn, time_.random(), *server, task, args);
        });
        ++acted;
    } catch (const api::Fault&) {
        ++refused;
    }
}

std::vector<std::string> Plane::server_ids() {
    return run([&](store::Transaction& txn) {
        std::vector<std::string> ids;
        for (auto& server : txn.scan<Server>({})) ids.push_back(server.id);
        return ids;
    });
}

}  // namespace cumulet::sim
