#include "cloud.hpp"

using namespace cumulet;
using namespace cumulet::compute;
using namespace cumulet::compute::servers::test;
using nlohmann::json;

namespace {

struct Changing : Cloud {
    Changing() {
        const json flavor{{"flavor", {{"name", "m1.small"}, {"id", "2"}, {"ram", 2048}, {"vcpus", 2}, {"disk", 4}}}};
        REQUIRE(post("/v2.1/flavors", flavor, "admin").status == 200);
        id = create("first");
        host_works(id, "running");
    }
    Answer act(const std::string& action, json argument = nullptr, const std::string& version = "2.1") {
        clock.advance(std::chrono::seconds(1));
        return post("/v2.1/servers/" + id + "/action", {{action, std::move(argument)}}, "demo", version);
    }
    std::string status() { return show(id)["status"]; }
    void resized() {
        REQUIRE(act("resize", {{"flavorRef", "2"}}).status == 202);
        host_works(id, "running");
        REQUIRE(status() == "VERIFY_RESIZE");
    }
    std::string id;
};

}  // namespace

TEST_CASE("a resize is confirmed: flavor and quota are the new ones") {
    Changing cloud;
    REQUIRE(cloud.act("resize", {{"flavorRef", "2"}}).status == 202);
    CHECK(cloud.status() == "RESIZE");
    CHECK(cloud.show(cloud.id)["flavor"]["id"] == "1");
    CHECK(cloud.used("ram") == 2048);
    cloud.host_works(cloud.id, "running");
    CHECK(cloud.status() == "VERIFY_RESIZE");
    CHECK(cloud.show(cloud.id)["flavor"]["id"] == "2");
    CHECK(cloud.act("os-stop").status == 409);
    CHECK(cloud.act("confirmResize").status == 204);
    cloud.host_works(cloud.id, "");
    CHECK(cloud.status() == "ACTIVE");
    CHECK(cloud.used("ram") == 2048);
    CHECK(cloud.act("confirmResize").status == 409);
    CHECK(cloud.act("revertResize").status == 409);
}

TEST_CASE("a resize is reverted: flavor and quota are the old ones") {
    Changing cloud;
    cloud.resized();
    CHECK(cloud.act("revertResize").status == 202);
    CHECK(cloud.status() == "REVERT_RESIZE");
    cloud.host_works(cloud.id, "running");
    CHECK(cloud.status() == "ACTIVE");
    CHECK(cloud.show(cloud.id)["flavor"]["id"] == "1");
    CHECK(cloud.used("ram") == 512);
    CHECK(cloud.used("cores") == 1);
}

TEST_CASE("a stopped server stays stopped through a resize, and a resized one gives everything back when deleted") {
    Changing cloud;
    REQUIRE(cloud.act("os-stop").status == 202);
    cloud.host_works(cloud.id, "shutdown");
    REQUIRE(cloud.act("resize", {{"flavorRef", "2"}}).status == 202);
    cloud.host_works(cloud.id, "shutdown");
    CHECK(cloud.status() == "VERIFY_RESIZE");
    if (GENERATE(false, true)) {
        REQUIRE(cloud.act("confirmResize").status == 204);
        cloud.host_works(cloud.id, "");
        CHECK(cloud.status() == "SHUTOFF");
    }
    REQUIRE(cloud.call(http::Method::del, "/v2.1/servers/" + cloud.id).status == 204);
    cloud.host_works(cloud.id, "");
    for (const char* resource : {"instances", "cores", "ram"}) CHECK(cloud.used(resource) == 0);
}

TEST_CASE("a resize that cannot be is refused and changes nothing") {
    Changing cloud;
    CHECK(cloud.act("resize", {{"flavorRef", "1"}}).status == 400);
    CHECK(cloud.act("resize", {{"flavorRef", "nowhere"}}).status == 400);
    cloud.resized();
    REQUIRE(cloud.act("confirmResize").status == 204);
    cloud.host_works(cloud.id, "");
    const auto smaller = cloud.act("resize", {{"flavorRef", "1"}});
    CHECK(smaller.status == 400);
    CHECK(smaller.body.dump().find("disks only grow") != std::string::npos);
    const json huge{{"flavor", {{"name", "huge"}, {"id", "9"}, {"ram", 2 << 20}, {"vcpus", 2}, {"disk", 4}}}};
    REQUIRE(cloud.post("/v2.1/flavors", huge, "admin").status == 200);
    CHECK(cloud.act("resize", {{"flavorRef", "9"}}).status == 403);  // quota
    REQUIRE(
        cloud.call(http::Method::put, "/v2.1/os-quota-sets/demo-id", {{"quota_set", {{"ram", -1}}}}, "admin").status ==
        200);
    CHECK(cloud.act("resize", {{"flavorRef", "9"}}).status == 202);  // the host has no room: the action fails
    CHECK(cloud.status() == "ACTIVE");
    CHECK(cloud.used("ram") == 2048);
    const auto actions = cloud.get("/v2.1/servers/" + cloud.id + "/os-instance-actions").body["instanceActions"];
    CHECK(actions[0]["action"] == "resize");
    CHECK(actions[0]["message"] == "Error");
}

TEST_CASE("a rebuild takes the new image, name and metadata, and keeps the server's power") {
    Changing cloud;
    const bool off = GENERATE(false, true);
    if (off) {
        REQUIRE(cloud.act("os-stop").status == 202);
        cloud.host_works(cloud.id, "shutdown");
    }
    CHECK(cloud.act("rebuild", {{"imageRef", "nowhere"}}).status == 400);
    CHECK(cloud.act("rebuild", json::object()).status == 400);
    const auto answer = cloud.act("rebuild", {{"imageRef", "image-1"},
                                              {"name", "second"},
                                              {"metadata", {{"a", "b"}}},
                                              {"accessIPv4", "1.2.3.4"},
                                              {"adminPass", "secret"}});
    REQUIRE(answer.status == 202);
    CHECK(answer.body["server"]["status"] == "REBUILD");
    CHECK(answer.body["server"]["adminPass"] == "secret");
    cloud.host_works(cloud.id, off ? "shutdown" : "running");
    const auto shown = cloud.show(cloud.id);
    CHECK(shown["status"] == (off ? "SHUTOFF" : "ACTIVE"));
    CHECK(shown["name"] == "second");
    CHECK(shown["metadata"] == json{{"a", "b"}});
    CHECK(shown["accessIPv4"] == "1.2.3.4");
}

TEST_CASE("a rescued server runs the rescue image until it is unrescued") {
    Changing cloud;
    const auto answer = cloud.act("rescue", {{"adminPass", "secret"}});
    REQUIRE(answer.status == 200);
    CHECK(answer.body["adminPass"] == "secret");
    cloud.host_works(cloud.id, "running");
    CHECK(cloud.status() == "RESCUE");
    CHECK(cloud.act("rescue").status == 409);
    CHECK(cloud.act("reboot", {{"type", "HARD"}}).status == 409);
    CHECK(cloud.act("rebuild", {{"imageRef", "image-1"}}).status == 409);
    CHECK(cloud.act("unrescue").status == 202);
    cloud.host_works(cloud.id, "running");
    CHECK(cloud.status() == "ACTIVE");
    CHECK(cloud.act("unrescue").status == 409);
}

TEST_CASE("a snapshot makes an image of the server, which goes again when it fails") {
    Changing cloud;
    auto answer = cloud.act("createImage", {{"name", "shot"}, {"metadata", {{"a", "b"}}}}, "2.45");
    REQUIRE(answer.status == 202);
    const std::string image_id = answer.body["image_id"];
    auto image = [&] {
        return store::transact(*cloud.engine, cloud.cause(),
                               [&](store::Transaction& txn) { return txn.peek<images::Image>(image_id); });
    };
    REQUIRE(image());
    CHECK(image()->properties.at("instance_uuid") == cloud.id);
    CHECK(image()->properties.at("a") == "b");
    CHECK(image()->owner == "demo-id");
    CHECK(cloud.status() == "ACTIVE");
    CHECK(cloud.show(cloud.id)["OS-EXT-STS:task_state"] == "image_uploading");
    CHECK(cloud.act("createImage", {{"name", "again"}}).status == 409);
    SECTION("it is made") {
        cloud.host_works(cloud.id, "");
        CHECK(image());
    }
    SECTION("the server is deleted meanwhile") {
        REQUIRE(cloud.call(http::Method::del, "/v2.1/servers/" + cloud.id).status == 204);
        CHECK_FALSE(image());
    }
    CHECK(cloud.act("createImage", {{"name", ""}}).status == 400);
}

TEST_CASE("a shelved server is on no host, and comes back") {
    Changing cloud;
    REQUIRE(cloud.act("shelve").status == 202);
    cloud.host_works(cloud.id, "shutdown");
    CHECK(cloud.show(cloud.id)["OS-EXT-STS:task_state"] == "shelving_offloading");
    cloud.host_works(cloud.id, "");
    CHECK(cloud.status() == "SHELVED_OFFLOADED");
    CHECK(cloud.get("/v2.1/servers/" + cloud.id, "admin").body["server"]["OS-EXT-SRV-ATTR:host"].is_null());
    CHECK(cloud.used("instances") == 1);
    CHECK(cloud.act("os-start").status == 409);
    CHECK(cloud.act("shelve").status == 409);
    SECTION("unshelved") {
        REQUIRE(cloud.act("unshelve").status == 202);
        cloud.host_works(cloud.id, "running");
        CHECK(cloud.status() == "ACTIVE");
        CHECK(cloud.get("/v2.1/servers/" + cloud.id, "admin").body["server"]["OS-EXT-SRV-ATTR:host"] == "h1");
        CHECK(cloud.act("unshelve").status == 409);
    }
    SECTION("deleted") {
        REQUIRE(cloud.call(http::Method::del, "/v2.1/servers/" + cloud.id).status == 204);
        CHECK(cloud.get("/v2.1/servers/" + cloud.id).status == 404);
        CHECK(cloud.used("instances") == 0);
    }
    store::transact(*cloud.engine, cloud.cause(), [&](store::Transaction& txn) {
        int snapshots = 0;
        for (const auto& image : txn.scan<images::Image>({})) snapshots += image.id != "image-1";
        CHECK(snapshots == 0);
    });
}
