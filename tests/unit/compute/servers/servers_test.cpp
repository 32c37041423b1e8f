#include <set>

#include "cloud.hpp"

using namespace cumulet;
using namespace cumulet::compute;
using namespace cumulet::compute::servers::test;
using nlohmann::json;

TEST_CASE("a server is built, stopped, started and deleted") {
    Cloud cloud;
    const auto id = cloud.create("first");
    CHECK(cloud.show(id)["status"] == "BUILD");
    CHECK(cloud.used("instances") == 1);
    cloud.host_works(id, "running");
    CHECK(cloud.show(id)["status"] == "ACTIVE");
    CHECK(cloud.show(id)["OS-EXT-STS:power_state"] == 1);
    const std::string action = "/v2.1/servers/" + id + "/action";
    CHECK(cloud.post(action, {{"os-start", nullptr}}).status == 409);
    REQUIRE(cloud.post(action, {{"os-stop", nullptr}}).status == 202);
    CHECK(cloud.show(id)["OS-EXT-STS:task_state"] == "powering-off");
    cloud.host_works(id, "shutdown");
    CHECK(cloud.show(id)["status"] == "SHUTOFF");
    REQUIRE(cloud.post(action, {{"os-start", nullptr}}).status == 202);
    cloud.host_works(id, "running");
    REQUIRE(cloud.call(http::Method::del, "/v2.1/servers/" + id).status == 204);
    cloud.host_works(id, "");
    CHECK(cloud.get("/v2.1/servers/" + id).status == 404);
    CHECK(cloud.used("instances") == 0);
    CHECK(cloud.used("ram") == 0);
    auto actions = cloud.get("/v2.1/servers/" + id + "/os-instance-actions", "demo", "2.21");
    REQUIRE(actions.status == 200);
    CHECK(actions.body["instanceActions"].size() == 4);
    CHECK(cloud.get("/v2.1/servers/" + id + "/os-instance-actions", "other", "2.21").status == 404);
    CHECK(cloud.get("/v2.1/servers/" + id + "/os-instance-actions", "demo", "2.20").status == 404);
    // Once they are made of it, they do without the log.
    cloud.history.catch_up(cloud.clock.now());
    cloud.engine->trim_log(cloud.history.position() + 1);
    CHECK(cloud.get("/v2.1/servers/" + id + "/os-instance-actions", "demo", "2.21").body == actions.body);
}

TEST_CASE("what a project owns is hidden from others, and a lock holds its own members off") {
    Cloud cloud;
    const auto id = cloud.create("mine");
    cloud.host_works(id, "running");
    CHECK(cloud.get("/v2.1/servers/" + id, "other").status == 404);
    CHECK(cloud.call(http::Method::del, "/v2.1/servers/" + id, nullptr, "other").status == 404);
    CHECK(cloud.call(http::Method::del, "/v2.1/servers/" + id, nullptr, "reader").status == 403);
    const std::string action = "/v2.1/servers/" + id + "/action";
    REQUIRE(cloud.post(action, {{"lock", nullptr}}).status == 202);
    CHECK(cloud.post(action, {{"os-stop", nullptr}}).status == 409);
    CHECK(cloud.call(http::Method::del, "/v2.1/servers/" + id).status == 409);
    REQUIRE(cloud.post(action, {{"unlock", nullptr}}).status == 202);
    CHECK(cloud.post(action, {{"os-stop", nullptr}}).status == 202);
    std::set<std::string> actions;
    const auto shown = cloud.get("/v2.1/servers/" + id + "/os-instance-actions");
    for (const auto& each : shown.body["instanceActions"]) actions.insert(each["action"]);
    CHECK(actions == std::set<std::string>{"create", "lock", "unlock", "stop"});
}

TEST_CASE("members beside 'server' are refused by name") {
    Cloud cloud;
    auto body = cloud.asked("one");
    body["extra"] = 1;
    const auto answer = cloud.post("/v2.1/servers", body, "demo", "2.37");
    CHECK(answer.status == 400);
    CHECK(answer.body.dump().find("extra") != std::string::npos);
}

TEST_CASE("bad requests say what is wrong and leave nothing") {
    Cloud cloud;
    auto refuse = [&](json asked, const std::string& about) {
        auto answer = cloud.post("/v2.1/servers", asked, "demo", "2.37");
        INFO(answer.body.dump());
        CHECK(answer.status == 400);
        CHECK(answer.body["badRequest"]["message"].get<std::string>().find(about) != std::string::npos);
    };
    auto with = [&](const std::string& member, json value) {
        auto asked = cloud.asked("x");
        asked["server"][member] = std::move(value);
        return asked;
    };
    refuse(with("flavorRef", "none"), "Flavor none");
    refuse(with("imageRef", "none"), "image none");
    refuse(with("key_name", "none"), "key_name");
    refuse(with("name", 1), "1 is not of type 'string'");
    refuse(with("name", std::string(300, 'x')), "too long");
    refuse(with("user_data", "§"), "user_data");
    refuse(with("sizes", 1), "sizes");
    refuse(with("max_count", 0), "max_count");
    refuse(with("networks", json::array({{{"uuid", "zz"}}})), "zz");
    CHECK(cloud.used("instances") == 0);
    CHECK(cloud.get("/v2.1/servers").body["servers"].empty());
}

TEST_CASE("a passed quota is refused in Nova's words and takes nothing") {
    Cloud cloud;
    REQUIRE(cloud.call(http::Method::put, "/v2.1/os-quota-sets/demo-id", {{"quota_set", {{"instances", 2}}}}, "admin")
                .status == 200);
    cloud.create("a");
    cloud.create("b");
    auto third = cloud.post("/v2.1/servers", cloud.asked("c"), "demo", "2.37");
    CHECK(third.status == 403);
    CHECK(third.body["forbidden"]["message"] ==
          "Quota exceeded for instances: Requested 1, but already used 2 of 2 instances");
    CHECK(cloud.used("instances") == 2);
    CHECK(cloud.used("cores") == 2);
}

TEST_CASE("when no host fits the server says why and can be deleted") {
    Cloud cloud;
    const json big{{"flavor", {{"name", "huge"}, {"id", "h"}, {"ram", 512}, {"vcpus", 2000}, {"disk", 1}}}};
    REQUIRE(cloud.post("/v2.1/flavors", big, "admin").status == 200);
    REQUIRE(cloud.call(http::Method::put, "/v2.1/os-quota-sets/demo-id", {{"quota_set", {{"cores", -1}}}}, "admin")
                .status == 200);
    auto asked = cloud.asked("big");
    asked["server"]["flavorRef"] = "h";
    auto answer = cloud.post("/v2.1/servers", asked, "demo", "2.37");
    REQUIRE(answer.status == 202);
    const std::string id = answer.body["server"]["id"];
    auto shown = cloud.show(id);
    CHECK(shown["status"] == "ERROR");
    CHECK(shown["fault"]["message"].get<std::string>().find("No valid host was found") == 0);
    REQUIRE(cloud.call(http::Method::del, "/v2.1/servers/" + id).status == 204);
    CHECK(cloud.get("/v2.1/servers/" + id).status == 404);
    CHECK(cloud.used("cores") == 0);
}

TEST_CASE("pages stay right while servers come and go") {
    Cloud cloud;
    REQUIRE(cloud
                .call(http::Method::put, "/v2.1/os-quota-sets/demo-id",
                      {{"quota_set", {{"instances", 50}, {"cores", 50}, {"ram", 51200}}}}, "admin")
                .status == 200);
    for (int i = 0; i < 7; ++i) cloud.create("s" + std::to_string(i));
    std::set<std::string> seen;
    std::string path = "/v2.1/servers?limit=3";
    for (int page = 0; page < 5; ++page) {
        auto answer = cloud.get(path);
        REQUIRE(answer.status == 200);
        for (const auto& server : answer.body["servers"]) CHECK(seen.insert(server["name"]).second);
        cloud.create("new" + std::to_string(page));  // newest first: never moves what follows
        if (!answer.body.contains("servers_links")) break;
        const std::string next = answer.body["servers_links"][0]["href"];
        path = next.substr(next.find("/v2.1"));
    }
    CHECK(seen == std::set<std::string>{"s0", "s1", "s2", "s3", "s4", "s5", "s6"});
    CHECK(cloud.get("/v2.1/servers?name=s3").body["servers"].size() == 1);
    CHECK(cloud.get("/v2.1/servers?status=ACTIVE").body["servers"].empty());
    CHECK(cloud.get("/v2.1/servers?sort_key=display_name&sort_dir=asc&limit=1").body["servers"][0]["name"] == "new0");
    CHECK(cloud.get("/v2.1/servers?sort_key=colour").status == 400);
    CHECK(cloud.get("/v2.1/servers?all_tenants=1").status == 403);
    CHECK(cloud.get("/v2.1/servers?all_tenants=1", "admin").body["servers"].size() == 10);
}

TEST_CASE("metadata and tags are kept with the server") {
    Cloud cloud;
    const auto id = cloud.create("tagged");
    const std::string base = "/v2.1/servers/" + id;
    CHECK(cloud.post(base + "/metadata", {{"metadata", {{"role", "web"}}}}).body["metadata"]["role"] == "web");
    CHECK(cloud.call(http::Method::put, base + "/metadata/role", {{"meta", {{"role", "db"}}}}).status == 200);
    CHECK(cloud.call(http::Method::put, base + "/metadata/role", {{"meta", {{"other", "db"}}}}).status == 400);
    CHECK(cloud.call(http::Method::del, base + "/metadata/none").status == 404);
    CHECK(cloud.call(http::Method::put, base + "/tags/blue", nullptr, "demo", "2.26").status == 201);
    CHECK(cloud.call(http::Method::put, base + "/tags/blue", nullptr, "demo", "2.26").status == 204);
    CHECK(cloud.get("/v2.1/servers?tags=blue", "demo", "2.26").body["servers"].size() == 1);
    CHECK(cloud.get(base + "/tags", "demo", "2.25").status == 404);
}

TEST_CASE("filtered lists are right whatever the servers became, and their pages too") {
    Cloud cloud;
    std::vector<std::string> ids;
    for (int i = 0; i < 7; ++i) ids.push_back(cloud.create("s" + std::to_string(i)));
    for (int i : {0, 1, 2, 3, 4}) cloud.host_works(ids[static_cast<std::size_t>(i)], "running");
    REQUIRE(cloud.post("/v2.1/servers/" + ids[2] + "/action", {{"os-stop", nullptr}}).status == 202);
    cloud.host_works(ids[2], "shutdown");
    auto names = [&](const std::string& query, const std::string& token = "demo") {
        std::string found;
        std::string next = "/v2.1/servers?limit=2&" + query;
        for (int pages = 0; !next.empty() && pages < 10; ++pages) {
            const auto answer = cloud.get(next, token, "2.60");
            INFO(answer.body.dump());
            REQUIRE(answer.status == 200);
            for (const auto& server : answer.body["servers"]) found += server["name"].get<std::string>() + " ";
            next.clear();
            if (answer.body.contains("servers_links")) {
                const std::string href = answer.body["servers_links"][0]["href"];
                next = href.substr(href.find("/v2.1"));
            }
        }
        return found;
    };
    CHECK(names("status=ACTIVE") == "s4 s3 s1 s0 ");
    CHECK(names("status=BUILD") == "s6 s5 ");
    CHECK(names("status=SHUTOFF") == "s2 ");
    CHECK(names("status=REBUILD") == "s4 s3 s2 s1 s0 ");  // those it may be shown of
    CHECK(names("status=NONSENSE") == "");
    CHECK(names("status=ACTIVE&sort_key=created_at&sort_dir=asc") == "s0 s1 s3 s4 ");
    CHECK(names("status=ACTIVE&all_tenants=1", "admin") == "s4 s3 s1 s0 ");
    CHECK(names("flavor=1&image=image-1&status=SHUTOFF") == "s2 ");
    CHECK(names("flavor=1") == "s6 s5 s4 s3 s2 s1 s0 ");
    CHECK(names("flavor=2") == "");
    CHECK(names("image=http://cloud/images/image-1&name=3") == "s3 ");
    CHECK(names("name=%5Es%5B13%5D$") == "s3 s1 ");
    CHECK(names("name=%5Es5$") == "s5 ");
    CHECK(names("name=%5Es") == "s6 s5 s4 s3 s2 s1 s0 ");
    CHECK(names("name=5$") == "s5 ");
    CHECK(names("host=h1&all_tenants=1&status=BUILD", "admin") == "s6 s5 ");
    CHECK(names("host=h1&all_tenants=1", "admin") == "s6 s5 s4 s3 s2 s1 s0 ");
    CHECK(names("host=h2&all_tenants=1", "admin") == "");
    CHECK(names("status=ACTIVE", "other") == "");
    // The marker left the list meanwhile: the next page goes on where it stood.
    REQUIRE(cloud.post("/v2.1/servers/" + ids[3] + "/action", {{"os-stop", nullptr}}).status == 202);
    cloud.host_works(ids[3], "shutdown");
    CHECK(names("status=ACTIVE&marker=" + ids[3]) == "s1 s0 ");
    CHECK(cloud.get("/v2.1/servers?status=DELETED").status == 403);
}

TEST_CASE("who asks what changed is told what is gone, too") {
    Cloud cloud;
    const auto old = cloud.create("old"), gone = cloud.create("gone"), changed = cloud.create("changed");
    for (const auto& id : {old, gone, changed}) cloud.host_works(id, "running");
    cloud.clock.advance(std::chrono::hours(1));
    const auto since = "changes-since=" + to_iso_naive(cloud.clock.now());
    cloud.clock.advance(std::chrono::seconds(10));
    REQUIRE(cloud.call(http::Method::del, "/v2.1/servers/" + gone).status == 204);
    cloud.host_works(gone, "");
    REQUIRE(cloud.call(http::Method::put, "/v2.1/servers/" + changed, {{"server", {{"name", "new"}}}}).status == 200);
    auto told = [&](const std::string& query, const std::string& token = "demo") {
        std::string found;
        const auto answer = cloud.get("/v2.1/servers/detail?" + query, token);
        INFO(answer.body.dump());
        for (const auto& server : answer.body["servers"])
            found += server["name"].get<std::string>() + "/" + server["status"].get<std::string>() + " ";
        return found;
    };
    CHECK(told(since) == "new/ACTIVE gone/DELETED ");
    CHECK(told(since + "&deleted=false") == "new/ACTIVE ");
    CHECK(told(since + "&limit=1") == "new/ACTIVE ");
    CHECK(told(since + "&limit=1&marker=" + changed) == "gone/DELETED ");
    CHECK(told(since, "other") == "");
    CHECK(told(since + "&all_tenants=1", "admin") == "new/ACTIVE gone/DELETED ");
    CHECK(told("deleted=true&all_tenants=1", "admin") == "gone/DELETED ");
    CHECK(told("status=deleted&all_tenants=1", "admin") == "gone/DELETED ");
    CHECK(told("changes-since=" + to_iso_naive(cloud.clock.now() + std::chrono::hours(1))) == "");
}
