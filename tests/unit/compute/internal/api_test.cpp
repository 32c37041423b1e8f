#include "compute/internal/api.hpp"

#include <catch2/catch.hpp>

#include "common/runtime/worker_pool.hpp"
#include "compute/converge/host_control.hpp"
#include "compute/protocol/json.hpp"

using namespace cumulet;
using namespace cumulet::compute;

namespace {

struct Internal {
    Internal() {
        api::ServiceParts parts{.engine = *engine, .clock = clock, .random = random, .workers = workers};
        parts.modules.add(control);
        service = std::make_unique<api::Service>(internal::service_description(), std::move(parts));
    }
    http::Response send(http::Method method, const std::string& target, const std::string& peer,
                        const std::string& body) {
        http::Request request;
        request.method = method;
        request.target = target;
        request.peer_name = peer;
        request.headers.set("Content-Type", "application/json");
        return service->call(std::move(request), body);
    }
    int announce(const std::string& host, const std::string& peer, const std::string& type = "fake") {
        protocol::HostDescription description{.hypervisor_type = type, .vcpus = 4, .memory_mib = 4096, .disk_gib = 50};
        return send(http::Method::put, "/v1/hosts/" + host, peer, store::to_json(description).dump()).status;
    }

    std::unique_ptr<store::Engine> engine = store::make_memory_engine();
    ManualClock clock;
    SeededRandom random{1};
    runtime::WorkerPool workers{{}};
    converge::HostChanges changes{*engine};
    converge::HostControl control{random, changes, {}};
    std::unique_ptr<api::Service> service;
};

}  // namespace

TEST_CASE("the tables of the internal API are whole") {
    for (const auto& problem : api::table_problems(internal::service_description().tables)) FAIL(problem);
}

TEST_CASE("a certificate speaks for its own host and, simulated, for the hosts numbered after it") {
    Internal api;
    REQUIRE(api.announce("node1", "node1") == 204);
    REQUIRE(api.announce("node1", "node2") == 403);
    REQUIRE(api.announce("node1", "") == 403);
    REQUIRE(api.announce("node1-7", "node1") == 204);
    REQUIRE(api.announce("node1-x", "node1") == 403);
    // A real host of such a name is nobody else's.
    REQUIRE(api.announce("rack-1", "rack-1", "QEMU") == 204);
    REQUIRE(api.announce("rack-1", "rack") == 403);
}

TEST_CASE("a host pulls everything first, then only what changed") {
    Internal api;
    REQUIRE(api.send(http::Method::post, "/v1/hosts/node1/report", "node1", R"({"since": 0})").status == 404);
    api.announce("node1", "node1");
    auto first = api.send(http::Method::post, "/v1/hosts/node1/report", "node1", R"({"since": 0})");
    REQUIRE(first.status == 200);
    auto desired = protocol::from_json<protocol::Desired>(protocol::parse(std::get<std::string>(first.body)));
    REQUIRE(desired.complete);
    REQUIRE(desired.revision > 0);
    const auto since = std::to_string(desired.revision);
    REQUIRE(api.send(http::Method::get, "/v1/hosts/node1/desired?since=" + since, "node1", "").status == 204);
    REQUIRE(api.send(http::Method::get, "/v1/hosts/node1/desired?since=nonsense", "node1", "").status == 400);
    // Told by a store that was since set back to a backup.
    REQUIRE(api.send(http::Method::get, "/v1/hosts/node1/desired?since=999999", "node1", "").status == 200);
}

TEST_CASE("reports that are none change nothing") {
    Internal api;
    api.announce("node1", "node1");
    const auto before = api.engine->last_revision();
    REQUIRE(api.send(http::Method::post, "/v1/hosts/node1/report", "node1", "[]").status == 400);
    REQUIRE(api.send(http::Method::post, "/v1/hosts/node1/report", "node1", R"({"steps": [{"order": "x"}]})").status ==
            400);
    REQUIRE(api.send(http::Method::post, "/v1/hosts/node1/report", "node1",
                     R"({"steps": [{"server_id": "s", "task_id": "t", "order": 1, "ok": true}]})")
                .status == 204);
    REQUIRE(api.engine->last_revision() == before);
}
