#include <catch2/catch.hpp>

#include "common/store/transaction.hpp"
#include "toy_service.hpp"

using namespace cumulet;
using namespace cumulet::api;
using namespace cumulet::api::test;
using Catch::Contains;
using M = http::Method;

namespace {

// A store in memory whose disk can be full.
class FullDisk final : public store::Engine {
public:
    std::unique_ptr<store::Snapshot> snapshot() override { return inner_->snapshot(); }
    void commit(store::Batch batch, std::function<void(store::CommitResult)> done) override {
        if (!full) return inner_->commit(std::move(batch), std::move(done));
        ++refused;
        done({.outcome = store::Outcome::failed, .error = "the disk is full"});
    }
    store::Revision last_revision() override { return inner_->last_revision(); }
    std::vector<store::LogEntry> read_log(store::Revision after, std::size_t limit) override {
        return inner_->read_log(after, limit);
    }
    store::Revision first_log_revision() override { return inner_->first_log_revision(); }
    void trim_log(store::Revision before) override { inner_->trim_log(before); }
    std::unique_ptr<store::CommitListener> listen(std::function<void(store::Revision)> on_commit) override {
        return inner_->listen(std::move(on_commit));
    }
    void backup(const std::filesystem::path& target) override { inner_->backup(target); }

    bool full = false;
    int refused = 0;

private:
    std::unique_ptr<store::Engine> inner_ = store::make_memory_engine();
};

std::string note(const std::string& inside) { return R"({"note": )" + inside + "}"; }
std::string message(const http::Response& response) { return json_of(response).begin().value()["message"]; }

}  // namespace

TEST_CASE("a record is made, shown and listed through its endpoints") {
    Toy toy;
    const auto made = toy.post("/v2.1/notes", note(R"({"name": "first"})"));
    REQUIRE(made.status == 202);
    const std::string id = json_of(made)["note"]["id"];
    const auto shown = toy.get("/v2.1/notes/" + id);
    REQUIRE(shown.status == 200);
    REQUIRE(json_of(shown)["note"]["name"] == "first");
    REQUIRE(json_of(toy.get("/v2.1/notes"))["notes"].size() == 1);
}

TEST_CASE("the change log knows who made a record, by which request and call") {
    Toy toy;
    const auto made = toy.post("/v2.1/notes", note(R"({"name": "first"})"));
    const auto changes = store::read_changes(*toy.engine, 0, 10);
    REQUIRE(changes.size() == 1);
    REQUIRE(changes[0].cause.user_id == "u1");
    REQUIRE(changes[0].cause.request_id == made.headers.value_or("x-openstack-request-id", ""));
    REQUIRE(changes[0].cause.operation == "POST /v2.1/notes");
}

TEST_CASE("unknown paths are 404, unknown methods 405 with Allow") {
    Toy toy;
    const auto lost = toy.get("/v2.1/nothing");
    REQUIRE(lost.status == 404);
    REQUIRE(json_of(lost)["itemNotFound"]["code"] == 404);
    const auto wrong = toy.request(M::del, "/v2.1/notes");
    REQUIRE(wrong.status == 405);
    REQUIRE(wrong.headers.value_or("Allow", "") == "GET, HEAD, POST");
}

TEST_CASE("a trailing slash and a double one in front change nothing") {
    Toy toy;
    REQUIRE(toy.get("/v2.1/notes/").status == 200);
    REQUIRE(toy.get("//v2.1/notes").status == 200);
    REQUIRE(toy.get("/v2.1//notes").status == 404);
}

TEST_CASE("path parameters are decoded; a tail takes slashes; broken ones are refused") {
    Toy toy;
    REQUIRE(text_of(toy.get("/v2.1/files/b/a/b%2Fc%20d/")) == "a/b/c d/");
    REQUIRE(toy.get("/v2.1/files/b/a%zz").status == 400);
    REQUIRE(toy.get("/v2.1/files/b/%ff").status == 400);
    REQUIRE(toy.get("/v2.1/files/b/").status == 404);
}

TEST_CASE("HEAD is answered by GET without its body") {
    Toy toy;
    const auto head = toy.request(M::head, "/v2.1/notes");
    REQUIRE(head.status == 200);
    REQUIRE(text_of(head).empty());
    REQUIRE(head.announced_length == text_of(toy.get("/v2.1/notes")).size());
}

TEST_CASE("no token, garbage and an expired one are 401 in the middleware's shape") {
    Toy toy;
    for (const char* token : {"", "garbage", "old"}) {
        const auto answer = toy.get("/v2.1/notes", token);
        REQUIRE(answer.status == 401);
        REQUIRE(answer.headers.value_or("WWW-Authenticate", "") == "Keystone uri=\"http://127.0.0.1:5000/v3\"");
        REQUIRE(json_of(answer) == nlohmann::json::parse(R"({"error": {"code": 401, "title": "Unauthorized",
            "message": "The request you have made requires authentication."}})"));
        REQUIRE_FALSE(answer.headers.has("OpenStack-API-Version"));
    }
    REQUIRE(toy.get("/v2.1/notes", std::string(10'000, 'x')).status == 401);
    REQUIRE(toy.get("/", "").status == 200);
    REQUIRE(toy.get("/", "garbage").status == 200);
}

TEST_CASE("policy refuses what a reader may not do, by the rule's name") {
    Toy toy;
    const auto answer = toy.post("/v2.1/notes", note(R"({"name": "x"})"), "reader");
    REQUIRE(answer.status == 403);
    REQUIRE(message(answer) == "Policy doesn't allow toy:write to be performed.");
}

TEST_CASE("a rule that needs the target is put by the handler, and a handler that forgets is found out") {
    Toy toy;
    REQUIRE(toy.get("/v2.1/careful/p1").status == 204);
    REQUIRE(toy.get("/v2.1/careful/p2").status == 403);
    const auto careless = toy.get("/v2.1/careless");
    REQUIRE(careless.status == 500);
}

TEST_CASE("an internal endpoint wants a verified peer") {
    Toy toy;
    REQUIRE(toy.get("/internal").status == 403);
    http::Request request;
    request.target = "/internal";
    request.peer_name = "host1";
    REQUIRE(toy.service->call(request).status == 200);
}

TEST_CASE("microversions: the least by default, latest, out of range, malformed") {
    Toy toy;
    auto versioned = [&](const std::string& name, const std::string& value, const std::string& path = "/v2.1/notes") {
        return toy.request(M::get, path, "", {{name, value}});
    };
    const auto plain = toy.get("/v2.1/notes");
    REQUIRE(plain.headers.value_or("OpenStack-API-Version", "") == "compute 2.1");
    REQUIRE(plain.headers.value_or("X-OpenStack-Nova-API-Version", "") == "2.1");
    REQUIRE(plain.headers.all("Vary") ==
            std::vector<std::string_view>{"OpenStack-API-Version", "X-OpenStack-Nova-API-Version"});
    REQUIRE(versioned("OpenStack-API-Version", "compute latest").headers.value_or("OpenStack-API-Version", "") ==
            "compute 2.93");
    REQUIRE(versioned("OpenStack-API-Version", "placement 1.2, compute 2.7")
                .headers.value_or("OpenStack-API-Version", "") == "compute 2.7");
    REQUIRE(versioned("X-OpenStack-Nova-API-Version", "2.9").headers.value_or("OpenStack-API-Version", "") ==
            "compute 2.9");
    const auto beyond = versioned("OpenStack-API-Version", "compute 9.99");
    REQUIRE(beyond.status == 406);
    REQUIRE(beyond.headers.value_or("OpenStack-API-Version", "") == "compute 9.99");
    REQUIRE(json_of(beyond) == nlohmann::json::parse(R"({"computeFault": {"code": 406,
        "message": "Version 9.99 is not supported by the API. Minimum is 2.1 and maximum is 2.93."}})"));
    for (const char* bad : {"compute x", "compute 2", "compute 2.1.3", "compute -2.1", "compute 2.99999999999"})
        REQUIRE(versioned("OpenStack-API-Version", bad).status == 400);
    REQUIRE_FALSE(toy.get("/").headers.has("OpenStack-API-Version"));
}

TEST_CASE("an endpoint exists between its first and last microversion") {
    Toy toy;
    auto at = [&](const std::string& version) {
        return toy.request(M::get, "/v2.1/newer", "", {{"OpenStack-API-Version", "compute " + version}}).status;
    };
    REQUIRE(at("2.4") == 404);
    REQUIRE(at("2.5") == 200);
    REQUIRE(at("2.20") == 200);
    REQUIRE(at("2.21") == 404);
}

TEST_CASE("a fault of a schema names the field, the value and the reason as Nova does") {
    Toy toy;
    auto said = [&](const std::string& body) { return message(toy.post("/v2.1/notes", body)); };
    const auto wrong = toy.post("/v2.1/notes", note(R"({"name": 1})"));
    REQUIRE(wrong.status == 400);
    REQUIRE(text_of(wrong).find("badRequest") != std::string::npos);
    REQUIRE(wrong.headers.value_or("Content-Type", "") == "application/json; charset=UTF-8");
    REQUIRE(message(wrong) == "Invalid input for field/attribute name. Value: 1. 1 is not of type 'string'");
    REQUIRE(said(note(R"({"name": "a", "foo": 1})")) ==
            "Invalid input for field/attribute note. Value: {'foo': 1, 'name': 'a'}. Additional properties are not "
            "allowed ('foo' was "
            "unexpected)");
    REQUIRE(said(note("{}")) == "Invalid input for field/attribute note. Value: {}. 'name' is a required property");
    REQUIRE(said("{}") == "'note' is a required property");
    REQUIRE(said(note(R"({"name": ""})")) == "Invalid input for field/attribute name. Value: . '' is too short");
    REQUIRE_THAT(said(note(R"({"name": ")" + std::string(21, 'x') + "\"}")), Contains("is too long"));
    REQUIRE_THAT(said(note(R"({"name": "a/b"})")), Contains("'a/b' does not match '^[^/]*$'"));
    REQUIRE_THAT(said(note(R"({"name": "a", "id": "7"})")), Contains("'7' is not a 'uuid'"));
    REQUIRE_THAT(said(""), Contains("is not of type 'object'"));
}

TEST_CASE("a property exists from its microversion on") {
    Toy toy;
    const std::string body = note(R"({"name": "a", "tags": ["x"]})");
    REQUIRE_THAT(message(toy.post("/v2.1/notes", body)), Contains("'tags' was unexpected"));
    const auto later = toy.request(M::post, "/v2.1/notes", body, {{"OpenStack-API-Version", "compute 2.10"}});
    REQUIRE(later.status == 202);
}

TEST_CASE("bodies that cannot be read are refused cheaply") {
    Toy toy;
    REQUIRE(toy.post("/v2.1/notes", "{").status == 400);
    REQUIRE(toy.post("/v2.1/notes", note("{\"name\": \"\xff\xfe\"}")).status == 400);
    REQUIRE(toy.post("/v2.1/notes", std::string(100'000, '[')).status == 400);
    REQUIRE(toy.post("/v2.1/notes", note("{\"name\": \"" + std::string(900'000, 'x') + "\"}")).status == 400);
    REQUIRE(toy.post("/v2.1/notes", std::string(2 << 20, ' ')).status == 413);
    REQUIRE(toy.request(M::post, "/v2.1/notes", note(R"({"name": "x"})"), {{"Content-Type", "text/xml"}}).status ==
            415);
    REQUIRE(store::read_changes(*toy.engine, 0, 10).empty());
}

TEST_CASE("actions are chosen by the one member of the body") {
    Toy toy;
    const std::string id = json_of(toy.post("/v2.1/notes", note(R"({"name": "n"})")))["note"]["id"];
    const std::string url = "/v2.1/notes/" + id + "/action";
    REQUIRE(json_of(toy.post(url, R"({"touch": null})"))["version"] == 1);
    REQUIRE(message(toy.post(url, R"({"jump": null})")) == "There is no such action: jump");
    REQUIRE(toy.post(url, R"({"touch": null, "jump": 1})").status == 400);
    REQUIRE(toy.post(url, "[]").status == 400);
    REQUIRE(toy.post(url, R"({"age": null})").status == 404);
    REQUIRE(toy.request(M::post, url, R"({"age": null})", {{"OpenStack-API-Version", "compute 2.5"}}).status == 200);
    REQUIRE(toy.post(url, R"({"touch": 1})").status == 400);
}

TEST_CASE("a handler runs again when somebody else was quicker") {
    Toy toy;
    const std::string id = json_of(toy.post("/v2.1/notes", note(R"({"name": "n"})")))["note"]["id"];
    const auto answer = toy.post("/v2.1/notes/" + id + "/action?race=1", R"({"touch": null})");
    REQUIRE(answer.status == 200);
    REQUIRE(json_of(answer)["version"] == 4);  // three quicker ones, then ours
}

TEST_CASE("a unique index answers 409, a lost store 503, anything else 500 without detail") {
    Toy toy;
    REQUIRE(toy.post("/v2.1/notes", note(R"({"name": "n"})")).status == 202);
    const auto twice = toy.post("/v2.1/notes", note(R"({"name": "n"})"));
    REQUIRE(twice.status == 409);
    REQUIRE(text_of(twice).find("conflictingRequest") != std::string::npos);
    REQUIRE(toy.get("/v2.1/down").status == 503);
    const auto broken = toy.get("/v2.1/broken");
    REQUIRE(broken.status == 500);
    REQUIRE_THAT(text_of(broken), !Contains("secret"));
    REQUIRE_THAT(text_of(broken), Contains(broken.headers.value_or("x-openstack-request-id", "?")));
}

TEST_CASE("a commit that the disk refuses answers 503 at once, reading goes on") {
    auto made = std::make_unique<FullDisk>();
    FullDisk* disk = made.get();
    Toy toy(toy_description(), std::move(made));
    REQUIRE(toy.post("/v2.1/notes", note(R"({"name": "n"})")).status == 202);
    disk->full = true;
    const auto refused = toy.post("/v2.1/notes", note(R"({"name": "m"})"));
    REQUIRE(refused.status == 503);
    REQUIRE_THAT(text_of(refused), !Contains("the disk is full"));
    REQUIRE(disk->refused == 1);
    REQUIRE(json_of(toy.get("/v2.1/notes"))["notes"].size() == 1);
    disk->full = false;
    REQUIRE(toy.post("/v2.1/notes", note(R"({"name": "m"})")).status == 202);
}

TEST_CASE("every answer carries its request id in all headers of the service") {
    Toy toy;
    const auto answer = toy.request(M::get, "/v2.1/notes", "",
                                    {{"X-OpenStack-Request-ID", "req-00000000-0000-0000-0000-000000000000"}});
    const auto id = answer.headers.value_or("x-openstack-request-id", "");
    REQUIRE(id.starts_with("req-"));
    REQUIRE(id != "req-00000000-0000-0000-0000-000000000000");
    REQUIRE(answer.headers.value_or("x-compute-request-id", "") == id);
}

TEST_CASE("limit and marker page, and the next link keeps the rest of the query") {
    Toy toy;
    for (const char* name : {"a", "b", "c"}) toy.post("/v2.1/notes", note(std::string(R"({"name": ")") + name + "\"}"));
    const auto page = json_of(toy.get("/v2.1/notes?limit=1&marker=x&all=a%20b"));
    REQUIRE(page["notes"].size() == 1);
    REQUIRE(page["notes_links"][0]["href"] ==
            "http://cloud:8774/v2.1/notes?limit=1&all=a%20b&marker=" + page["notes"][0]["id"].get<std::string>());
    REQUIRE(json_of(toy.get("/v2.1/notes?limit=1000"))["notes"].size() == 2);
    for (const char* bad : {"-1", "x", "1.5", "99999999999999999999"})
        REQUIRE(toy.get(std::string("/v2.1/notes?limit=") + bad).status == 400);
}

TEST_CASE("an action that waits gets its body parsed and checked like any other") {
    Toy toy;
    const std::string action = "/v2.1/notes/n/action";
    auto answer = toy.post(action, R"({"read_aloud": {"voice": "low"}})");
    REQUIRE(answer.status == 200);
    REQUIRE(json_of(answer)["voice"] == "low");
    REQUIRE(toy.post(action, R"({"read_aloud": {"voice": 7}})").status == 400);
}

TEST_CASE("a body streams into its handler, which writes a transaction") {
    Toy toy;
    http::Request request;
    request.method = M::put;
    request.target = "/v2.1/notes/s/file";
    request.headers.set("X-Auth-Token", "member");
    const auto answer = toy.service->call(request, "0123456789");
    REQUIRE(answer.status == 200);
    REQUIRE(json_of(toy.get("/v2.1/notes/s"))["note"]["version"] == 10);
}

TEST_CASE("links follow the proxy in front") {
    Toy toy;
    toy.post("/v2.1/notes", note(R"({"name": "a"})"));
    const auto page = toy.request(M::get, "/v2.1/notes?limit=1", "",
                                  {{"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "api.example"}});
    REQUIRE_THAT(json_of(page)["notes_links"][0]["href"].get<std::string>(),
                 Catch::StartsWith("https://api.example/v2.1/notes?"));
}

TEST_CASE("requests are counted by endpoint and class of status") {
    Toy toy;
    toy.get("/v2.1/notes");
    toy.get("/v2.1/notes");
    toy.get("/v2.1/nothing");
    const std::string text = toy.metrics.text();
    REQUIRE_THAT(text, Contains("cumulet_toy_requests_total{endpoint=\"GET /v2.1/notes\",status=\"2xx\"} 2"));
    REQUIRE_THAT(text, Contains("cumulet_toy_requests_total{endpoint=\"none\",status=\"4xx\"} 1"));
    REQUIRE_THAT(text, Contains("cumulet_toy_request_seconds_count 3"));
}
