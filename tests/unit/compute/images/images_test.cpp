#include <catch2/catch.hpp>

#include "compute/images/for_servers.hpp"
#include "compute/images/images.hpp"
#include "glance.hpp"

using namespace cumulet;
using namespace cumulet::compute::images;
using namespace cumulet::compute::images::test;
using Catch::Contains;
using nlohmann::json;

namespace {

json op(const char* what, const char* path, json value = nullptr) {
    json change{{"op", what}, {"path", path}};
    if (std::string(what) != "remove") change["value"] = std::move(value);
    return change;
}

}  // namespace

TEST_CASE("the tables of the image service hold what they must") {
    const auto problems = api::table_problems(glance_tables());
    for (const auto& problem : problems) UNSCOPED_INFO(problem);
    REQUIRE(problems.empty());
}

TEST_CASE("the root lists versions with 300, without a token") {
    Glance glance;
    const auto root = glance.get("/", "");
    REQUIRE(root.status == 300);
    const auto versions = json_of(root)["versions"];
    REQUIRE(
        versions[0] ==
        json::parse(
            R"({"id": "v2.15", "status": "CURRENT", "links": [{"rel": "self", "href": "http://cloud:9292/v2/"}]})"));
    REQUIRE(versions.size() == 15);
    REQUIRE(glance.get("/versions", "").status == 200);
}

TEST_CASE("a new image is queued and shared, and belongs to its project") {
    Glance glance;
    const auto made = glance.post("/v2/images", {{"name", "a"}, {"os_distro", "debian"}, {"tags", {"x"}}});
    REQUIRE(made.status == 201);
    const auto image = json_of(made);
    REQUIRE(image["status"] == "queued");
    REQUIRE(image["visibility"] == "shared");
    REQUIRE(image["owner"] == "p1");
    REQUIRE(image["os_distro"] == "debian");
    REQUIRE(image["size"].is_null());
    REQUIRE(image["checksum"].is_null());
    REQUIRE(image["tags"] == json{"x"});
    REQUIRE(image["self"] == "/v2/images/" + image["id"].get<std::string>());
    REQUIRE(made.headers.value_or("Location", "") == "http://cloud:9292/v2/images/" + image["id"].get<std::string>());
    REQUIRE(glance.show(image["id"]) == image);
}

TEST_CASE("what an image cannot be is refused") {
    Glance glance;
    auto status = [&](const json& body, const char* token = "one") {
        return glance.post("/v2/images", body, token).status;
    };
    REQUIRE(status({{"name", 1}}) == 400);
    REQUIRE(status({{"name", std::string(300, 'x')}}) == 400);
    REQUIRE(status({{"id", "no-uuid"}}) == 400);
    REQUIRE(status({{"disk_format", "floppy"}}) == 400);
    REQUIRE(status({{"visibility", "secret"}}) == 400);
    REQUIRE(status({{"min_disk", -1}}) == 400);
    REQUIRE(status({{"min_ram", 1e300}}) == 400);
    REQUIRE(status({{"my_property", {{"deep", 1}}}}) == 400);
    REQUIRE(status({{"status", "active"}}) == 403);
    REQUIRE(status({{"checksum", "x"}}) == 403);
    REQUIRE(status({{"os_glance_x", "x"}}) == 403);
    REQUIRE(status({{"owner", "p2"}}) == 403);
    REQUIRE(status({{"owner", "p2"}}, "admin") == 201);
    REQUIRE(status({{"visibility", "public"}}) == 403);
    REQUIRE(status({{"visibility", "public"}}, "admin") == 201);
    REQUIRE(status({{"name", "x"}}, "reader") == 403);
    const std::string id = "11111111-2222-3333-4444-555555555555";
    REQUIRE(status({{"id", id}}) == 201);
    REQUIRE(status({{"id", id}}) == 409);
}

TEST_CASE("faults come as Glance's HTML") {
    Glance glance;
    const auto lost = glance.get("/v2/images/nope");
    REQUIRE(lost.status == 404);
    REQUIRE_THAT(text_of(lost), Contains("No image found with ID nope"));
    REQUIRE(glance.get("/v2/images/").status == 404);
    REQUIRE(glance.get("/v2/", "").status == 300);
    REQUIRE(lost.headers.value_or("Content-Type", "") == "text/html; charset=UTF-8");
}

TEST_CASE("a patch adds, replaces and removes") {
    Glance glance;
    const auto id = glance.create({{"kernel", "old"}});
    const auto answer =
        glance.patch(id, {op("replace", "/name", "new"), op("add", "/a~1b", "1"), op("replace", "/kernel", "newer"),
                          op("replace", "/min_disk", 3), op("replace", "/tags", {"t"})});
    REQUIRE(answer.status == 200);
    const auto image = glance.show(id);
    REQUIRE(image["name"] == "new");
    REQUIRE(image["a/b"] == "1");
    REQUIRE(image["kernel"] == "newer");
    REQUIRE(image["min_disk"] == 3);
    REQUIRE(image["tags"] == json{"t"});
    REQUIRE(glance.patch(id, json::array({op("remove", "/kernel")})).status == 200);
    REQUIRE_FALSE(glance.show(id).contains("kernel"));
    const auto older =
        glance.request(http::Method::patch, "/v2/images/" + id, "one", R"([{"replace": "/name", "value": "v2.0"}])",
                       {{"Content-Type", "application/openstack-images-v2.0-json-patch"}});
    REQUIRE(older.status == 200);
    REQUIRE(glance.show(id)["name"] == "v2.0");
}

TEST_CASE("a patch that cannot be is refused as a whole") {
    Glance glance;
    const auto id = glance.create();
    auto status = [&](const json& body) { return glance.patch(id, body).status; };
    REQUIRE(status({op("replace", "/name", "new"), op("replace", "/nothing", "x")}) == 409);
    REQUIRE(glance.show(id)["name"] == "tiny");
    REQUIRE(status(json::array({op("remove", "/nothing")})) == 409);
    REQUIRE(status(json::array({op("remove", "/name")})) == 403);
    REQUIRE(status(json::array({op("replace", "/status", "active")})) == 403);
    REQUIRE(status(json::array({op("replace", "/id", "x")})) == 403);
    REQUIRE(status(json::array({op("move", "/name", "x")})) == 400);
    REQUIRE(status(json::array({op("add", "name", "x")})) == 400);
    REQUIRE(status(json::array({op("add", "/a/b", "x")})) == 400);
    REQUIRE(status(json::array({op("add", "/a~2", "x")})) == 400);
    REQUIRE(status(json::object()) == 400);
    REQUIRE(glance.request(http::Method::patch, "/v2/images/" + id, "one", "[]", {{"Content-Type", "application/json"}})
                .status == 415);
    const auto active = glance.active("data");
    REQUIRE(glance.patch(active, json::array({op("replace", "/disk_format", "qcow2")})).status == 403);
}

TEST_CASE("others see and change only what they may") {
    Glance glance;
    const auto own = glance.create({{"visibility", "private"}});
    const auto open = glance.create({{"visibility", "public"}}, "admin");
    REQUIRE(glance.get("/v2/images/" + own, "two").status == 404);
    REQUIRE(glance.del("/v2/images/" + own, "two").status == 404);
    REQUIRE(glance.get("/v2/images/" + open, "two").status == 200);
    REQUIRE(glance.del("/v2/images/" + open, "two").status == 403);
    REQUIRE(glance.patch(open, json::array({op("replace", "/name", "mine")}), "two").status == 403);
    REQUIRE(glance.upload(open, "x", "two").status == 403);
    REQUIRE(glance.del("/v2/images/" + own, "reader").status == 403);
    REQUIRE(glance.get("/v2/images/" + own, "admin").status == 200);
}

TEST_CASE("a deleted image is gone with its data; a protected one stays") {
    Glance glance;
    const auto id = glance.active("data", {{"protected", true}});
    REQUIRE(glance.del("/v2/images/" + id).status == 403);
    REQUIRE(glance.patch(id, json::array({op("replace", "/protected", false)})).status == 200);
    REQUIRE(glance.data->keys().size() == 1);
    REQUIRE(glance.del("/v2/images/" + id).status == 204);
    REQUIRE(glance.get("/v2/images/" + id).status == 404);
    REQUIRE(glance.data->keys().empty());
    REQUIRE(glance.del("/v2/images/" + id).status == 404);
}

TEST_CASE("a deactivated image's data is for administrators") {
    Glance glance;
    const auto id = glance.active("data");
    REQUIRE(glance.post("/v2/images/" + id + "/actions/deactivate", json()).status == 204);
    REQUIRE(glance.show(id)["status"] == "deactivated");
    REQUIRE(glance.get("/v2/images/" + id + "/file").status == 403);
    REQUIRE(glance.get("/v2/images/" + id + "/file", "admin").status == 200);
    REQUIRE(glance.post("/v2/images/" + id + "/actions/reactivate", json()).status == 204);
    REQUIRE(glance.get("/v2/images/" + id + "/file").status == 200);
    REQUIRE(glance.post("/v2/images/" + glance.create() + "/actions/deactivate", json()).status == 403);
}

TEST_CASE("tags come and go") {
    Glance glance;
    const auto id = glance.create();
    REQUIRE(glance.request(http::Method::put, "/v2/images/" + id + "/tags/new%20tag", "one").status == 204);
    REQUIRE(glance.show(id)["tags"] == json{"new tag"});
    REQUIRE(glance.del("/v2/images/" + id + "/tags/new%20tag").status == 204);
    REQUIRE(glance.del("/v2/images/" + id + "/tags/new%20tag").status == 404);
    REQUIRE(glance.request(http::Method::put, "/v2/images/" + id + "/tags/" + std::string(300, 'x'), "one").status ==
            400);
}

TEST_CASE("an image is shared with a project, which accepts it") {
    Glance glance;
    const auto id = glance.create();
    const std::string members = "/v2/images/" + id + "/members";
    REQUIRE(glance.get("/v2/images/" + id, "two").status == 404);
    const auto added = glance.post(members, {{"member", "p2"}});
    REQUIRE(added.status == 200);
    REQUIRE(json_of(added)["status"] == "pending");
    REQUIRE(glance.post(members, {{"member", "p2"}}).status == 409);
    REQUIRE(glance.get("/v2/images/" + id, "two").status == 200);
    REQUIRE(glance.names("", "two").empty());
    REQUIRE(glance.names("member_status=pending", "two").size() == 1);
    auto answer = [&](const char* status, const char* token) {
        return glance.request(http::Method::put, members + "/p2", token, json{{"status", status}}.dump()).status;
    };
    REQUIRE(answer("accepted", "one") == 403);
    REQUIRE(answer("maybe", "two") == 400);
    REQUIRE(answer("accepted", "two") == 200);
    REQUIRE(glance.names("", "two").size() == 1);
    REQUIRE(json_of(glance.get(members, "two"))["members"].size() == 1);
    REQUIRE(glance.del(members + "/p2", "two").status == 403);
    REQUIRE(glance.del(members + "/p2").status == 204);
    REQUIRE(glance.get("/v2/images/" + id, "two").status == 404);
    const auto own = glance.create({{"visibility", "private"}});
    REQUIRE(glance.post("/v2/images/" + own + "/members", {{"member", "p2"}}).status == 403);
}

TEST_CASE("lists show one's own, public and accepted images, filtered") {
    Glance glance;
    glance.create({{"name", "own"}, {"visibility", "private"}, {"tags", {"t", "u"}}, {"os", "deb"}});
    glance.create({{"name", "public"}, {"visibility", "public"}}, "admin");
    glance.create({{"name", "community"}, {"visibility", "community"}}, "two");
    glance.create({{"name", "others"}, {"visibility", "private"}}, "two");
    glance.active("12345", {{"name", "full"}});
    glance.create({{"name", "hidden"}, {"os_hidden", true}});
    using Names = std::vector<std::string>;
    REQUIRE(glance.names("") == Names{"full", "own", "public"});
    REQUIRE(glance.names("visibility=community") == Names{"community"});
    REQUIRE(glance.names("visibility=all") == Names{"community", "full", "own", "public"});
    REQUIRE(glance.names("visibility=private") == Names{"own"});
    REQUIRE(glance.names("status=active") == Names{"full"});
    REQUIRE(glance.names("name=in:own,public") == Names{"own", "public"});
    REQUIRE(glance.names("tag=t&tag=u") == Names{"own"});
    REQUIRE(glance.names("os=deb") == Names{"own"});
    REQUIRE(glance.names("size_min=5&size_max=5") == Names{"full"});
    REQUIRE(glance.names("os_hidden=true") == Names{"hidden"});
    REQUIRE(glance.names("protected=True").empty());
    REQUIRE(glance.names("created_at=gte:2000-01-01T00:00:00Z").size() == 3);
    REQUIRE(glance.names("created_at=lt:2000-01-01T00:00:00Z").empty());
    REQUIRE(glance.names("owner=p1") == Names{"full", "own"});
    for (const char* bad : {"visibility=x", "sort_key=owner_name", "sort=name:up", "size_min=x", "created_at=gte:now",
                            "limit=-1", "marker=nope", "created_at=like:2000-01-01T00:00:00Z"})
        REQUIRE(glance.get(std::string("/v2/images?") + bad).status == 400);
}

TEST_CASE("pages follow each other by marker, newest first, while images come and go") {
    Glance glance;
    for (int i = 0; i < 7; ++i) glance.create({{"name", std::to_string(i)}});
    std::string link = "/v2/images?limit=3", seen;
    for (int pages = 0; !link.empty() && pages < 10; ++pages) {
        const auto page = json_of(glance.get(link));
        for (const auto& image : page["images"]) seen += image["name"].get<std::string>();
        link = page.value("next", "");
        if (pages == 0) glance.create({{"name", "x"}});
    }
    REQUIRE(seen == "6543210");
    REQUIRE(json_of(glance.get("/v2/images?limit=3&status=queued"))["first"] == "/v2/images?limit=3&status=queued");
}

TEST_CASE("discovery answers what the stock clients ask") {
    Glance glance;
    REQUIRE(json_of(glance.get("/v2/schemas/image"))["properties"].contains("visibility"));
    REQUIRE(json_of(glance.get("/v2/schemas/images"))["name"] == "images");
    REQUIRE(json_of(glance.get("/v2/info/import"))["import-methods"]["value"] == json{"glance-direct"});
    REQUIRE(json_of(glance.get("/v2/info/stores"))["stores"][0]["id"] == "file");
    REQUIRE(json_of(glance.get("/v2/metadefs/namespaces"))["namespaces"].empty());
    REQUIRE(json_of(glance.get("/v2/schemas/metadefs/namespace"))["name"] == "namespace");
    REQUIRE(json_of(glance.get("/v2/schemas/metadefs/tags"))["name"] == "tags");
    REQUIRE(glance.get("/v2/schemas/metadefs/nothing").status == 404);
    REQUIRE(glance.get("/v2/tasks").status == 403);
    REQUIRE(glance.get("/v2/schemas/image", "").status == 401);
}

TEST_CASE("servers boot from images that their user sees") {
    Glance glance;
    const auto id = glance.active("data", {{"visibility", "private"}, {"min_disk", 2}});
    store::Transaction txn(*glance.engine, {});
    auth::Context who;
    who.project_id = "p1";
    const auto boot = find_boot_image(txn, id, who);
    REQUIRE(boot);
    REQUIRE(boot->size == 4);
    REQUIRE(boot->min_disk_gib == 2);
    REQUIRE(boot->checksum.size() == 128);
    who.project_id = "p2";
    REQUIRE_FALSE(find_boot_image(txn, id, who));
    REQUIRE_FALSE(find_boot_image(txn, "nope", who));
}
