#include <catch2/catch.hpp>

#include "fixture.hpp"
#include "raw_socket.hpp"

using namespace cumulet::http;
using namespace cumulet::http::test;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

TEST_CASE("a request is answered and the connection stays open") {
    TestServer server;
    RawSocket client(server.port());
    for (int i = 0; i < 3; ++i) {
        client.send("GET /a/b?x=1 HTTP/1.1\r\nHost: test\r\n\r\n");
        const auto answer = client.read_answer();
        CHECK_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
        CHECK_THAT(answer, Contains("\r\nDate: ") && Contains(" GMT\r\n") && Contains("Server: cumulet\r\n"));
        CHECK_THAT(answer, EndsWith("GET /a/b x=1 0"));
    }
}

TEST_CASE("a request that comes byte by byte is understood") {
    TestServer server;
    RawSocket client(server.port());
    for (const char byte : std::string_view("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello"))
        client.send({&byte, 1});
    CHECK_THAT(client.read_answer(), EndsWith("\r\n\r\nhello"));
}

TEST_CASE("pipelined requests are answered in order") {
    TestServer server;
    RawSocket client(server.port());
    client.send(
        "GET /1 HTTP/1.1\r\nHost: t\r\n\r\nPOST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: "
        "chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n"
        "GET /3 HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
    CHECK_THAT(client.read_answer(), EndsWith("GET /1  0"));
    CHECK_THAT(client.read_answer(), EndsWith("\r\n\r\ntwo"));
    const auto last = client.read_answer();
    CHECK_THAT(last, EndsWith("GET /3  0") && Contains("Connection: close\r\n"));
    CHECK(client.closed());
}
