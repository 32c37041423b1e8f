// What the dispatcher costs: a service of one small GET behind a token, microversions, policy and metrics, and one POST
// that commits in memory. api_reference [THREADS] prints its URL (token: "t") and ends with its standard input.
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "common/api/service.hpp"
#include "common/http/server.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/metrics.hpp"
#include "common/runtime/worker_pool.hpp"
#include "common/store/transaction.hpp"

namespace cumulet::bench {

struct Thing {
    std::string id, name;
};

}  // namespace cumulet::bench

template <>
struct cumulet::store::Describe<cumulet::bench::Thing> {
    using Thing = cumulet::bench::Thing;
    static constexpr std::string_view collection = "thing";
    static constexpr int version = 1;
    static constexpr auto key = List{&Thing::id};
    static constexpr auto fields = List{field("id", &Thing::id), field("name", &Thing::name)};
    static constexpr auto indexes = List{};
};

namespace cumulet::bench {
namespace {

api::Reply show(api::Call& call, store::Transaction& txn) {
    auto thing = txn.get<Thing>(call.path("id"));
    if (!thing) throw api::Fault(api::Errc::not_found, "no thing {}", call.path("id"));
    return api::Reply::ok({{"thing", {{"id", thing->id}, {"name", thing->name}, {"links", nlohmann::json::array()}}}});
}

api::Reply create(api::Call& call, store::Transaction& txn) {
    Thing thing{.id = call.random().uuid(), .name = call.body()["thing"]["name"]};
    txn.put(thing, "created");
    return api::Reply::accepted({{"thing", {{"id", thing.id}}}});
}

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::get,
     .path = "/v2.1/things/{id}",
     .policy = {"thing:show", "rule:project_reader_or_admin"},
     .summary = "Show a thing.",
     .handle = show},
    {.method = http::Method::post,
     .path = "/v2.1/things",
     .policy = {"thing:create", "rule:project_member_or_admin"},
     .body = {R"({"type": "object", "required": ["thing"], "additionalProperties": false, "properties": {"thing": {
         "type": "object", "required": ["name"], "additionalProperties": false, "properties": {
             "name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^/]+$"},
             "size": {"type": "integer"}}}}})"},
     .summary = "Make a thing.",
     .handle = create},
};

auth::Context somebody(Timestamp now) {
    auth::Context who;
    who.user_id = "u";
    who.project_id = "p";
    who.roles = {"member", "reader"};
    who.expires_at = now + std::chrono::hours(24);
    return who;
}

int run(unsigned threads) {
    log::configure("api_reference", {.level = log::Level::warning});
    SystemClock clock;
    SystemRandom random;
    runtime::Metrics metrics;
    runtime::WorkerPool workers({.name = "work", .threads = 1});
    const auto engine = store::make_memory_engine();
    const auto validator = auth::make_fixed_validator({{"t", somebody(clock.now())}});
    const auth::PolicyEngine policy(api::policy_rules({kTable}));
    api::ServiceDescription description;
    description.name = "reference";
    description.tables = {kTable};
    description.fault = api::nova_fault;
    description.microversions = {.type = "compute",
                                 .min = {2, 1},
                                 .max = {2, 93},
                                 .legacy_header = "X-OpenStack-Nova-API-Version",
                                 .path_prefix = "/v2.1"};
    api::Service service(description, {.engine = *engine,
                                       .clock = clock,
                                       .random = random,
                                       .workers = workers,
                                       .validator = validator.get(),
                                       .policy = &policy,
                                       .metrics = &metrics});
    store::transact(*engine, {}, [](store::Transaction& txn) { txn.put(Thing{"1", "first"}, "made"); });
    http::Io io(threads);
    auto server = service.listen(io, {});
    server->start();
    std::printf("http://127.0.0.1:%u/v2.1/things/1\n", static_cast<unsigned>(server->port()));
    std::fflush(stdout);
    while (std::cin.get() != EOF) {
    }
    server->stop(std::chrono::milliseconds(1000));
    io.stop();
    return 0;
}

}  // namespace
}  // namespace cumulet::bench

int main(int argc, char** argv) {
    return cumulet::bench::run(argc > 1 ? static_cast<unsigned>(std::max(1, std::atoi(argv[1]))) : 1);
}
