#include <catch2/catch.hpp>

#include "fixture.hpp"
#include "tests/support/raw_socket.hpp"

using namespace cumulet::http;
using namespace cumulet::http::test;
using namespace cumulet::test;
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

TEST_CASE("HTTP/1.0 clients are served and left, unless they ask to stay") {
    TestServer server;
    RawSocket once(server.port());
    once.send("GET /a HTTP/1.0\r\n\r\n");
    CHECK_THAT(once.read_to_end(), EndsWith("GET /a  0") && Contains("Connection: close"));
    RawSocket again(server.port());
    for (int i = 0; i < 2; ++i) {
        again.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        CHECK_THAT(again.read_answer(), EndsWith("GET /a  0") && Contains("Connection: keep-alive"));
    }
    RawSocket stream(server.port());
    stream.send("GET /stream/5000 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const auto answer = stream.read_to_end();
    CHECK_THAT(answer, EndsWith("\r\n\r\n" + pattern(5000)) && !Contains("chunked") && Contains("Connection: close"));
}

TEST_CASE("100 Continue is sent when the handler reads, and only then") {
    TestServer server;
    const std::string expecting = " HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    SECTION("read") {
        RawSocket client(server.port());
        client.send("POST /echo" + expecting);
        CHECK(client.read_answer() == "HTTP/1.1 100 Continue\r\n\r\n");
        client.send("hello");
        CHECK_THAT(client.read_answer(), EndsWith("\r\n\r\nhello"));
    }
    SECTION("not read") {
        RawSocket client(server.port());
        client.send("POST /ignore" + expecting);
        CHECK_THAT(client.read_answer(),
                   StartsWith("HTTP/1.1 200") && Contains("Connection: close") && EndsWith("ignored"));
        CHECK(client.closed());
    }
    SECTION("the client does not wait") {
        RawSocket client(server.port());
        client.send("POST /echo" + expecting + "hello");
        CHECK_THAT(client.read_answer(), StartsWith("HTTP/1.1 200") && EndsWith("\r\n\r\nhello"));
    }
}

TEST_CASE("a chunked upload is read with its trailers, a chunked download written") {
    TestServer server;
    RawSocket client(server.port());
    client.send("PUT /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: Chunked\r\nTrailer: A\r\n\r\n");
    for (int i = 0; i < 50; ++i) client.send("0a;x=y\r\n0123456789\r\n");
    client.send("0\r\nA: b\r\nB: c\r\n\r\nGET /stream/2500 HTTP/1.1\r\nHost: t\r\n\r\n");
    CHECK_THAT(client.read_answer(), Contains("Content-Length: 500\r\n") && EndsWith("0123456789"));
    const auto text = pattern(2500);
    const auto answer = client.read_answer();
    CHECK_THAT(answer, Contains("Transfer-Encoding: chunked\r\n") && !Contains("Content-Length"));
    CHECK_THAT(answer, EndsWith("\r\n\r\n3e8\r\n" + text.substr(0, 1000) + "\r\n3e8\r\n" + text.substr(1000, 1000) +
                                "\r\n1f4\r\n" + text.substr(2000) + "\r\n0\r\n\r\n"));
}

TEST_CASE("HEAD announces and sends no body") {
    TestServer server;
    RawSocket client(server.port());
    client.send(
        "HEAD /size/100000 HTTP/1.1\r\nHost: t\r\n\r\nHEAD /stream/10 HTTP/1.1\r\nHost: t\r\n\r\nGET /x "
        "HTTP/1.1\r\nHost: t\r\n\r\n");
    CHECK_THAT(client.read_answer(true), Contains("Content-Length: 100000\r\n"));
    CHECK_THAT(client.read_answer(true), Contains("Transfer-Encoding: chunked\r\n"));
    CHECK_THAT(client.read_answer(), EndsWith("GET /x  0"));
}

TEST_CASE("statuses without a body have none") {
    TestServer server({}, [](Request& request) -> Task<Response> {
        Response response;
        response.status = std::stoi(request.path.substr(1));
        if (request.method == Method::head) response.headers.set("Content-Length", "77");
        if (request.path == "/304") response.announced_length = 55;
        if (request.method == Method::del) response.announced_length = 0;
        if (request.path != "/200") response.body = "not to be sent";
        co_return response;
    });
    RawSocket client(server.port());
    const auto get = [&](const std::string& method, const std::string& path, bool head) {
        client.send(method + " /" + path + " HTTP/1.1\r\nHost: t\r\n\r\n");
        return client.read_answer(head);
    };
    CHECK_THAT(get("GET", "204", true), StartsWith("HTTP/1.1 204 No Content\r\n") && !Contains("Content-Length"));
    CHECK_THAT(get("DELETE", "204", true), Contains("Content-Length: 0\r\n"));  // because the handler insists
    CHECK_THAT(get("GET", "304", true), StartsWith("HTTP/1.1 304") && Contains("Content-Length: 55\r\n"));
    CHECK_THAT(get("HEAD", "404", true), Contains("Content-Length: 77\r\n"));
    CHECK_THAT(get("GET", "200", false), Contains("Content-Length: 0\r\n"));
}

TEST_CASE("a body nobody read does not become the next request") {
    TestServer server;
    RawSocket client(server.port());
    client.send(
        "POST /ignore HTTP/1.1\r\nHost: t\r\nContent-Length: 34\r\n\r\nGET /hidden HTTP/1.1\r\nHost: t\r\n\r\n..GET /x "
        "HTTP/1.1\r\nHost: t\r\n\r\n");
    CHECK_THAT(client.read_answer(), EndsWith("ignored"));
    CHECK_THAT(client.read_answer(), EndsWith("GET /x  0"));
    // Too much to read for nothing: the answer comes, the connection goes.
    RawSocket large(server.port());
    large.send("POST /ignore HTTP/1.1\r\nHost: t\r\nContent-Length: 3000000\r\n\r\n" + std::string(100'000, 'x'));
    CHECK_THAT(large.read_answer(), Contains("Connection: close\r\n") && EndsWith("ignored"));
    CHECK(large.closed());
}

TEST_CASE("a handler that throws answers 500 without detail, and 413 when the body was too long") {
    TestServer server;
    RawSocket client(server.port());
    client.send(
        "GET /throw HTTP/1.1\r\nHost: t\r\n\r\nPOST /limit HTTP/1.1\r\nHost: t\r\nContent-Length: "
        "11\r\n\r\n01234567890");
    CHECK_THAT(client.read_answer(), StartsWith("HTTP/1.1 500 ") && !Contains("secret"));
    CHECK_THAT(client.read_answer(), StartsWith("HTTP/1.1 413 "));
    client.send("POST /limit HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\n0123456789");
    CHECK_THAT(client.read_answer(), StartsWith("HTTP/1.1 200 "));
}

TEST_CASE("a source that breaks shows as a broken body") {
    TestServer server;
    RawSocket client(server.port());
    client.send("GET /broken HTTP/1.1\r\nHost: t\r\n\r\n");
    CHECK_THAT(client.read_to_end(), StartsWith("HTTP/1.1 200 ") && !EndsWith("0\r\n\r\n"));
}

TEST_CASE("a source that fails with its first bytes is answered 503, and the connection stays open") {
    TestServer server;
    RawSocket client(server.port());
    client.send("GET /failing HTTP/1.1\r\nHost: t\r\n\r\nGET /size/3 HTTP/1.1\r\nHost: t\r\n\r\n");
    CHECK_THAT(client.read_answer(), StartsWith("HTTP/1.1 503 ") && !Contains("secret"));
    CHECK_THAT(client.read_answer(), StartsWith("HTTP/1.1 200 "));
}

TEST_CASE("an absolute target and a target of options are understood") {
    TestServer server;
    RawSocket client(server.port());
    client.send(
        "GET http://other/p?q HTTP/1.1\r\nHost: t\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: t\r\n\r\nGET /%41?a=%42 "
        "HTTP/1.1\r\nHost: t\r\n\r\n");
    CHECK_THAT(client.read_answer(), EndsWith("GET /p q 0"));
    CHECK_THAT(client.read_answer(), EndsWith("OPTIONS *  0"));
    CHECK_THAT(client.read_answer(), EndsWith("GET /%41 a=%42 0"));
}

TEST_CASE("an address that is taken is an error") {
    TestServer server;
    ServerOptions options;
    options.port = server.port();
    CHECK_THROWS_AS(Server(server.io, options, sample_handler), std::system_error);
}
