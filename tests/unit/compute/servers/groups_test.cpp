#include "cloud.hpp"

using namespace cumulet;
using namespace cumulet::compute;
using namespace cumulet::compute::servers::test;
using nlohmann::json;

namespace {

struct Grouped : Cloud {
    Grouped() {
        store::transact(*engine, cause(), [&](store::Transaction& txn) {
            auto second = *txn.get<Host>("h1");
            second.name = "h2";
            second.uuid.clear();
            placement::register_host(txn, random, second);
            placement::pulse(txn, "h2");
        });
    }
    std::string group(const std::string& policy) {
        const auto answer = post("/v2.1/os-server-groups",
                                 {{"server_group", {{"name", policy}, {"policies", {policy}}}}}, "demo", "2.15");
        INFO(answer.body.dump());
        REQUIRE(answer.status == 200);
        return answer.body["server_group"]["id"];
    }
    // The host it is placed on; empty: none.
    std::string place(const std::string& group_id) {
        auto body = asked("member");
        body["os:scheduler_hints"] = {{"group", group_id}};
        const auto answer = post("/v2.1/servers", body, "demo", "2.37");
        INFO(answer.body.dump());
        REQUIRE(answer.status == 202);
        last = answer.body["server"]["id"];
        const auto host = get("/v2.1/servers/" + last, "admin").body["server"]["OS-EXT-SRV-ATTR:host"];
        return host.is_string() ? host.get<std::string>() : "";
    }
    // Its host, whichever it is, removes the server.
    void remove(const std::string& id) {
        REQUIRE(call(http::Method::del, "/v2.1/servers/" + id).status == 204);
        store::transact(*engine, cause(), [&](store::Transaction& txn) {
            const auto server = *txn.get<Server>(id);
            const auto task = *txn.get<Task>(id, server.task_id);
            REQUIRE(converge::report_step(txn, random, server.host,
                                          {.server_id = id,
                                           .task_id = task.id,
                                           .order = converge::order_number(task),
                                           .ok = true,
                                           .error = {},
                                           .power = {}}));
        });
    }
    json members(const std::string& group_id) {
        return get("/v2.1/os-server-groups/" + group_id).body["server_group"]["members"];
    }
    std::string last;
};

}  // namespace

TEST_CASE("servers of an anti-affinity group are on different hosts, or nowhere") {
    Grouped cloud;
    const auto hard = cloud.group("anti-affinity");
    const auto first = cloud.place(hard), second = cloud.place(hard);
    CHECK(!first.empty());
    CHECK(!second.empty());
    CHECK(first != second);
    CHECK(cloud.place(hard).empty());
    CHECK(cloud.show(cloud.last)["status"] == "ERROR");
    CHECK(cloud.members(hard).size() == 3);
    const auto soft = cloud.group("soft-anti-affinity");
    CHECK(cloud.place(soft) != cloud.place(soft));
    CHECK_FALSE(cloud.place(soft).empty());
}

TEST_CASE("servers of an affinity group are on one host, and a deleted one leaves the group") {
    Grouped cloud;
    const auto id = cloud.group("affinity");
    const auto host = cloud.place(id);
    for (int i = 0; i < 4; ++i) CHECK(cloud.place(id) == host);
    CHECK(cloud.members(id).size() == 5);
    cloud.remove(cloud.last);
    CHECK(cloud.members(id).size() == 4);
}

TEST_CASE("groups belong to a project, and are counted") {
    Grouped cloud;
    const auto id = cloud.group("affinity");
    CHECK(cloud.used("server_groups") == 1);
    CHECK(cloud.get("/v2.1/os-server-groups/" + id, "other").status == 404);
    CHECK(cloud.call(http::Method::del, "/v2.1/os-server-groups/" + id, nullptr, "other").status == 404);
    CHECK(cloud.get("/v2.1/os-server-groups").body["server_groups"].size() == 1);
    auto body = cloud.asked("stranger");
    body["os:scheduler_hints"] = {{"group", id}};
    CHECK(cloud.post("/v2.1/servers", body, "other", "2.37").status == 400);
    CHECK(cloud.call(http::Method::del, "/v2.1/os-server-groups/" + id).status == 204);
    CHECK(cloud.used("server_groups") == 0);
    CHECK(cloud.post("/v2.1/os-server-groups", {{"server_group", {{"name", "x"}, {"policies", {"nearby"}}}}}).status ==
          400);
    CHECK(
        cloud
            .post("/v2.1/os-server-groups", {{"server_group", {{"name", "x"}, {"policy", "affinity"}}}}, "demo", "2.64")
            .body["server_group"]["policy"] == "affinity");
}
