#include "compute/placement/api.hpp"

#include <catch2/catch.hpp>

#include "common/runtime/worker_pool.hpp"
#include "compute/placement/hosts.hpp"
#include "compute/placement/scheduler.hpp"

using namespace cumulet;
using namespace cumulet::compute;

namespace {

struct Placement {
    Placement() {
        auth::Context admin;
        admin.user_id = "u";
        admin.roles = {"admin"};
        admin.expires_at = clock.now() + std::chrono::hours(1);
        auth::Context member = admin;
        member.roles = {"member"};
        validator = auth::make_fixed_validator({{"admin", admin}, {"member", member}});
        policy = std::make_unique<auth::PolicyEngine>(api::policy_rules(placement::placement_service().tables));
        service = std::make_unique<api::Service>(placement::placement_service(),
                                                 api::ServiceParts{.engine = *engine,
                                                                   .clock = clock,
                                                                   .random = random,
                                                                   .workers = workers,
                                                                   .validator = validator.get(),
                                                                   .policy = policy.get()});
        store::transact(*engine, store::Cause{.time = clock.now()}, [&](store::Transaction& txn) {
            Host reported;
            reported.name = "h1";
            reported.vcpus = 4;
            reported.memory_mib = 4096;
            reported.disk_gib = 50;
            host = placement::register_host(txn, random, reported);
            placement::allocate(txn, host, "server-1", "p", "u", Flavor{.vcpus = 2, .memory_mib = 1024}, 10);
        });
    }
    http::Response get(const std::string& target, const std::string& token = "admin",
                       const std::string& version = "1.39") {
        http::Request request;
        request.method = http::Method::get;
        request.target = target;
        request.headers.set("X-Auth-Token", token);
        request.headers.set("OpenStack-API-Version", "placement " + version);
        return service->call(std::move(request));
    }
    nlohmann::json json(const std::string& target) {
        auto response = get(target);
        INFO(target);
        REQUIRE(response.status == 200);
        return nlohmann::json::parse(std::get<std::string>(response.body));
    }

    std::unique_ptr<store::Engine> engine = store::make_memory_engine();
    ManualClock clock;
    SeededRandom random{1};
    runtime::WorkerPool workers{{}};
    std::unique_ptr<auth::Validator> validator;
    std::unique_ptr<auth::PolicyEngine> policy;
    std::unique_ptr<api::Service> service;
    Host host;
};

}  // namespace

TEST_CASE("the tables of the Placement API are whole") {
    for (const auto& problem : api::table_problems(placement::placement_service().tables)) FAIL(problem);
}

TEST_CASE("a host is a resource provider with inventories, usages and allocations") {
    Placement placement;
    auto providers = placement.json("/resource_providers")["resource_providers"];
    REQUIRE(providers.size() == 1);
    REQUIRE(providers[0]["name"] == "h1");
    REQUIRE(providers[0]["root_provider_uuid"] == placement.host.uuid);
    REQUIRE(providers[0]["links"].size() == 6);
    const std::string self = providers[0]["links"][0]["href"];
    REQUIRE(placement.json(self + "/inventories")["inventories"]["MEMORY_MB"]["total"] == 4096);
    REQUIRE(placement.json(self + "/inventories/VCPU")["allocation_ratio"] == 16.0);
    REQUIRE(placement.json(self + "/usages")["usages"]["VCPU"] == 2);
    REQUIRE(placement.json(self + "/allocations")["allocations"]["server-1"]["resources"]["DISK_GB"] == 10);
    REQUIRE(placement.json("/allocations/server-1")["allocations"][placement.host.uuid]["resources"]["MEMORY_MB"] ==
            1024);
    REQUIRE(placement.json("/usages?project_id=p")["usages"]["INSTANCE"]["consumer_count"] == 1);
    REQUIRE(placement.json("/resource_providers?resources=MEMORY_MB:3072")["resource_providers"].size() == 1);
    REQUIRE(placement.json("/resource_providers?resources=MEMORY_MB:3073")["resource_providers"].empty());
}

TEST_CASE("what is not there is 404, what is not meant for one is 403, nonsense is 400") {
    Placement placement;
    REQUIRE(placement.get("/resource_providers/nowhere").status == 404);
    REQUIRE(placement.get("/resource_providers", "member").status == 403);
    REQUIRE(placement.get("/resource_providers", "unknown").status == 401);
    REQUIRE(placement.get("/resource_providers?resources=VCPU").status == 400);
    REQUIRE(placement.get("/traits", "admin", "1.5").status == 404);
    REQUIRE(placement.get("/", "").status == 200);
}
