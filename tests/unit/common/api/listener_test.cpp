// The same service over real sockets.
#include <catch2/catch.hpp>
#include <future>

#include "common/http/client.hpp"
#include "common/http/server.hpp"
#include "tests/support/raw_socket.hpp"
#include "toy_service.hpp"

using namespace cumulet;
using namespace cumulet::api;
using namespace cumulet::api::test;
using M = http::Method;

namespace {

struct Listening {
    Listening() : server(toy.service->listen(io, {})), client(io, {}) { server->start(); }
    ~Listening() {
        server->stop(std::chrono::milliseconds(1000));
        io.stop();
    }
    http::ClientRequest request(M method, const std::string& path, std::string body = "") {
        http::ClientRequest request{.method = method,
                                    .url = fmt::format("http://127.0.0.1:{}{}", server->port(), path)};
        request.headers.set("X-Auth-Token", "member");
        if (!body.empty()) request.headers.set("Content-Type", "application/json");
        request.body = std::move(body);
        return request;
    }
    http::ClientResponse ask(M method, const std::string& path, std::string body = "") {
        return client.fetch(request(method, path, std::move(body)));
    }

    Toy toy;
    http::Io io{2};
    std::unique_ptr<http::Server> server;
    http::Client client;
};

}  // namespace

TEST_CASE("a service answers over sockets as it does without") {
    Listening at;
    const auto made = at.ask(M::post, "/v2.1/notes", R"({"note": {"name": "first"}})");
    REQUIRE(made.status == 202);
    REQUIRE(at.ask(M::get, "/v2.1/notes").status == 200);
    REQUIRE(at.ask(M::get, "/v2.1/nothing").status == 404);
    REQUIRE(at.ask(M::get, "/v2.1/broken").status == 500);  // on the worker pool
    const auto head = at.ask(M::head, "/v2.1/notes");
    REQUIRE(head.status == 200);
    REQUIRE(head.body.empty());
    REQUIRE(head.headers.has("x-openstack-request-id"));
}

TEST_CASE("many writers over sockets: each is committed once") {
    Listening at;
    constexpr int kWriters = 64;
    std::vector<std::promise<int>> answers(kWriters);
    for (int i = 0; i < kWriters; ++i)
        at.client.send(at.request(M::post, "/v2.1/notes", fmt::format(R"({{"note": {{"name": "n{}"}}}})", i % 32)),
                       [&answers, i](std::exception_ptr error, http::ClientResponse response) {
                           answers[static_cast<std::size_t>(i)].set_value(error ? 0 : response.status);
                       });
    int made = 0, refused = 0;
    for (auto& answer : answers) {
        const int status = answer.get_future().get();
        made += status == 202;
        refused += status == 409;
    }
    REQUIRE(made == 32);  // each name once
    REQUIRE(refused == 32);
}

TEST_CASE("a body streams in over a socket") {
    Listening at;
    std::size_t left = 3'000'000;
    const auto answer =
        at.client.upload(at.request(M::put, "/v2.1/notes/s/file"), left, [&](char* buffer, std::size_t size) {
            const auto length = std::min(size, left);
            std::fill_n(buffer, length, 'x');
            left -= length;
            return length;
        });
    REQUIRE(answer.status == 200);
    REQUIRE(nlohmann::json::parse(answer.body)["bytes"] == 3'000'000);
}

TEST_CASE("a body past the bound is refused over a socket") {
    Listening at;
    REQUIRE(at.ask(M::post, "/v2.1/notes", std::string(2 << 20, ' ')).status == 413);
}

TEST_CASE("a request with a broken body changes nothing, also where no body is wanted") {
    Listening at;
    const auto ask = [&](const std::string& what, const std::string& end_of_head, const std::string& body) {
        cumulet::test::RawSocket client(at.server->port());
        client.send(what + " HTTP/1.1\r\nHost: t\r\nX-Auth-Token: member\r\n" + end_of_head + "\r\n\r\n" + body);
        client.end();
        return client.read_answer();
    };
    const auto id =
        nlohmann::json::parse(at.ask(M::post, "/v2.1/notes", R"({"note": {"name": "first"}})").body)["note"]["id"]
            .get<std::string>();
    const auto version = [&] {
        return nlohmann::json::parse(at.ask(M::get, "/v2.1/notes/" + id).body)["note"]["version"].get<int>();
    };
    const std::string chunked = "Transfer-Encoding: chunked";
    for (const std::string& what : {"POST /v2.1/notes/" + id + "/bump", "PUT /v2.1/notes/" + id + "/file",
                                    "DELETE /v2.1/notes/" + id, "POST /v2.1/notes/" + id + "/streamed-bump"}) {
        INFO(what);
        for (const std::string body :
             {"5\r\nhello\r\nzz\r\n", "5\r\nhello\r\n0\r\nno trailer", "5\r\nhel", "5\r\nhelloX"})
            CHECK_THAT(ask(what, chunked, body), Catch::StartsWith("HTTP/1.1 400"));
        CHECK_THAT(ask(what, "Content-Length: 10", "short"), Catch::StartsWith("HTTP/1.1 400"));
        CHECK(version() == 0);
    }
    for (const std::string& what : {"POST /v2.1/notes/" + id + "/bump", "POST /v2.1/notes/" + id + "/streamed-bump"})
        CHECK_THAT(ask(what, chunked, "5\r\nhello\r\n0\r\nTrailer: x\r\n\r\n"), Catch::StartsWith("HTTP/1.1 204"));
    CHECK(version() == 2);
    // Whoever waits for leave to send is not waited for.
    CHECK_THAT(ask("POST /v2.1/notes/" + id + "/bump", chunked + "\r\nExpect: 100-continue", ""),
               Catch::StartsWith("HTTP/1.1 204"));
}
