// What no well-behaved client sends.
#include <catch2/catch.hpp>

#include "fixture.hpp"
#include "tests/support/raw_socket.hpp"

using namespace cumulet::http;
using namespace cumulet::http::test;
using namespace cumulet::test;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

// The status of the answer to `bytes`, after which the server must close; what else it would have answered counts too.
std::string refused(const TestServer& server, std::string_view bytes) {
    RawSocket client(server.port());
    client.send(bytes);
    const auto all = client.read_to_end();
    CHECK_THAT(all, Contains("Connection: close\r\n"));
    CHECK(all.find("HTTP/1.1", 1) == std::string::npos);
    return all.substr(0, std::min<std::size_t>(all.size(), 12));
}

}  // namespace

TEST_CASE("malformed requests get 400 and the connection is closed") {
    TestServer server;
    for (const std::string_view bytes :
         {"nonsense\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/1.1\nHost: t\n\n", "GET / HTTP/1.1\r\nHost: t\n\r\n",
          "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
          "GET / HTTP/1.1\r\nHost : t\r\n\r\n", "GET / HTTP/1.1\r\nHost: t\r\nno colon\r\n\r\n",
          "GET /a b HTTP/1.1\r\nHost: t\r\n\r\n", "G@T / HTTP/1.1\r\nHost: t\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: t\r\nA: b\x01\r\n\r\n", "GET path HTTP/1.1\r\nHost: t\r\n\r\n",
          "GET / HTTX/1.1\r\nHost: t\r\n\r\n", "\n\n\n", "\x16\x03\x01\x02\n"})
        CHECK(refused(server, bytes) == "HTTP/1.1 400");
    CHECK(refused(server, std::string_view("GET /\0 HTTP/1.1\r\nHost: t\r\n\r\n", 29)) == "HTTP/1.1 400");
    CHECK(refused(server, "GET / HTTP/2.0\r\nHost: t\r\n\r\n") == "HTTP/1.1 505");
    CHECK(refused(server, "POST / HTTP/1.1\r\nHost: t\r\nExpect: a miracle\r\nContent-Length: 1\r\n\r\n") ==
          "HTTP/1.1 417");
}

TEST_CASE("requests that two readers could end at different places are refused") {
    TestServer server;
    const std::string start = "POST /echo HTTP/1.1\r\nHost: t\r\n";
    const std::string hidden = "\r\n0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: t\r\n\r\n";
    for (const auto* headers :
         {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
          "Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: 5\r\nContent-Length: 5\r\n",
          "Content-Length: 5, 5\r\n", "Content-Length: +5\r\n", "Content-Length: -5\r\n", "Content-Length: 0x5\r\n",
          "Content-Length: 5 5\r\n", "Content-Length:\r\n", "Content-Length: 99999999999999999999\r\n",
          "Content-Length : 5\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "Transfer-Encoding : chunked\r\n",
          "Transfer-Encoding\r\n: chunked\r\n", "Transfer-Encoding:\r\n chunked\r\n", "A: b\r\n\tc\r\n"})
        CHECK(refused(server, start + headers + hidden) == "HTTP/1.1 400");
    for (const auto* headers : {"Transfer-Encoding: xchunked\r\n", "Transfer-Encoding: chunked, identity\r\n",
                                "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: \"chunked\"\r\n",
                                "Transfer-Encoding: chunked;x\r\n"})
        CHECK(refused(server, start + headers + hidden) == "HTTP/1.1 501");
    CHECK(refused(server, "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" + hidden) == "HTTP/1.1 400");
}

TEST_CASE("a broken chunked body is refused, also when the handler does not read it") {
    TestServer server;
    const std::string start = "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
    const std::string hidden = "GET /hidden HTTP/1.1\r\nHost: t\r\n\r\n";
    for (const auto* body :
         {"zz\r\n", "5\r\nhelloX", "5\nhello\r\n0\r\n\r\n", "-5\r\n", "10000000000000000000\r\n", "\r\n"})
        CHECK(refused(server, start + body + hidden) == "HTTP/1.1 400");
    RawSocket client(server.port());
    client.send("POST /ignore HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX" + hidden);
    CHECK_THAT(client.read_answer(), EndsWith("ignored"));
    CHECK(client.read_to_end().empty());
}

TEST_CASE("a header larger than allowed gets 431") {
    ServerOptions options;
    options.max_header_bytes = 4096;
    TestServer server(options);
    CHECK(refused(server, "GET / HTTP/1.1\r\nHost: t\r\nA: " + std::string(10'000, 'x') + "\r\n\r\n") ==
          "HTTP/1.1 431");
    CHECK(refused(server, "GET /" + std::string(10'000, 'x')) == "HTTP/1.1 431");
    RawSocket client(server.port());
    client.send("GET / HTTP/1.1\r\nHost: t\r\nA: " + std::string(3'900, 'x') + "\r\n\r\n");
    CHECK_THAT(client.read_answer(), StartsWith("HTTP/1.1 200"));
}

TEST_CASE("a large header within bounds is understood") {
    TestServer server;
    RawSocket client(server.port());
    client.send("GET / HTTP/1.1\r\nHost: t\r\nA: " + std::string(60'000, 'x') + "\r\n\r\n");
    CHECK_THAT(client.read_answer(), StartsWith("HTTP/1.1 200"));
}

TEST_CASE("a header that drips in gets 408") {
    ServerOptions options;
    options.header_timeout_ms = std::chrono::milliseconds(100);
    TestServer server(options);
    RawSocket client(server.port());
    // Each byte arrives in time; the header as a whole does not.
    while (client.send("GET / HTTP/1.1\r\nHost: t") && client.send("A")) {
        if (!client.waits(std::chrono::milliseconds(30))) break;
    }
    CHECK_THAT(client.read_to_end(), StartsWith("HTTP/1.1 408") && Contains("Connection: close"));
}

TEST_CASE("a body that stops coming gets 408, an idle connection is closed without a word") {
    ServerOptions options;
    options.body_timeout_ms = options.idle_timeout_ms = std::chrono::milliseconds(100);
    TestServer server(options);
    RawSocket slow(server.port());
    slow.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nhalf");
    CHECK_THAT(slow.read_to_end(), StartsWith("HTTP/1.1 408"));
    RawSocket idle(server.port());
    CHECK(idle.read_to_end().empty());
}

TEST_CASE("a truncated body is the handler's error and the connection's end") {
    TestServer server;
    RawSocket client(server.port());
    client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nhalf");
    client.end();
    CHECK_THAT(client.read_to_end(), StartsWith("HTTP/1.1 400"));
}

TEST_CASE("one connection too many gets 503") {
    ServerOptions options;
    options.max_connections = 2;
    TestServer server(options);
    RawSocket first(server.port()), second(server.port());
    for (auto* client : {&first, &second}) {
        client->send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
        client->read_answer();
    }
    CHECK(refused(server, "GET / HTTP/1.1\r\nHost: t\r\n\r\n") == "HTTP/1.1 503");
    first.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
    CHECK_THAT(first.read_answer(), StartsWith("HTTP/1.1 200"));
}

TEST_CASE("a response header cannot be made to hold another one") {
    TestServer server({}, [](Request&) -> Task<Response> {
        Response response;
        response.headers.set("X-Meta", "a\r\nSet-Cookie: evil");
        response.headers.set("X-Bad\r\nName", "x");
        co_return response;
    });
    RawSocket client(server.port());
    client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
    const auto answer = client.read_answer();
    CHECK_THAT(answer, Contains("X-Meta: a  Set-Cookie: evil\r\n"));
    CHECK_THAT(answer, !Contains("X-Bad"));
}
