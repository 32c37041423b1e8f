#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "common/http/client.hpp"
#include "fixture.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/raw_socket.hpp"

using namespace cumulet::http;
using namespace cumulet::http::test;
using namespace cumulet::test;
using Catch::Matchers::Contains;

namespace {

Task<Response> who_handler(Request& request) {
    const auto body = co_await request.body->read_all(1 << 20);
    co_return respond(request,
                      (request.secure ? "secure " : "plain ") + request.peer_name + " " + std::to_string(body.size()));
}

struct TlsServer : Certificates {
    explicit TlsServer(bool mutual = false) {
        issue("server", "server");
        ServerOptions options;
        options.tls = {file("server.pem"), file("server.key"), mutual ? file("ca.pem") : ""};
        server = std::make_unique<TestServer>(options, who_handler);
    }
    ClientOptions trusting() const {
        ClientOptions options;
        options.ca_file = file("ca.pem");
        return options;
    }
    std::string url() const { return server->url("/", "https"); }
    std::unique_ptr<TestServer> server;
};

}  // namespace

TEST_CASE("requests go over TLS, large bodies too") {
    TlsServer tls;
    Client client(tls.server->io, tls.trusting());
    for (int i = 0; i < 3; ++i) CHECK(client.fetch({.url = tls.url()}).body == "secure  0");
    CHECK(client.fetch({.method = Method::put, .url = tls.url(), .body = pattern(1'000'000)}).body ==
          "secure  1000000");
}

TEST_CASE("a server that is not trusted, or not the one meant, is refused") {
    TlsServer tls;
    Certificates other;
    ClientOptions options;
    SECTION("another authority") {
        options.ca_file = other.file("ca.pem");
        Client client(tls.server->io, options);
        CHECK_THROWS_WITH(client.fetch({.url = tls.url()}), Contains("no TLS"));
    }
    SECTION("the system's authorities") {
        Client client(tls.server->io, options);
        CHECK_THROWS_WITH(client.fetch({.url = tls.url()}), Contains("no TLS"));
    }
    SECTION("another name") {
        Client client(tls.server->io, tls.trusting());
        CHECK_THROWS_WITH(client.fetch({.url = "https://127.0.0.2:" + std::to_string(tls.server->port()) + "/"}),
                          Contains("cannot connect") || Contains("no TLS"));
        CHECK(client.fetch({.url = "https://127.0.0.1:" + std::to_string(tls.server->port()) + "/"}).status == 200);
    }
}

TEST_CASE("mutual TLS tells who the client is and refuses those without a certificate") {
    TlsServer tls(true);
    tls.issue("agent", "host-7");
    auto options = tls.trusting();
    {
        Client nobody(tls.server->io, options);
        CHECK_THROWS_AS(nobody.fetch({.url = tls.url()}), ClientError);
    }
    Certificates other;
    other.issue("agent", "host-7");
    options.cert_file = other.file("agent.pem");
    options.key_file = other.file("agent.key");
    {
        Client stranger(tls.server->io, options);
        CHECK_THROWS_AS(stranger.fetch({.url = tls.url()}), ClientError);
    }
    options.cert_file = tls.file("agent.pem");
    options.key_file = tls.file("agent.key");
    Client agent(tls.server->io, options);
    CHECK(agent.fetch({.url = tls.url()}).body == "secure host-7 0");
    CHECK(agent.fetch({.method = Method::post, .url = tls.url(), .body = "abc"}).body == "secure host-7 3");
}

TEST_CASE("certificates are read again when their files change") {
    TlsServer tls(true);
    tls.issue("agent", "before");
    auto options = tls.trusting();
    options.cert_file = tls.file("agent.pem");
    options.key_file = tls.file("agent.key");
    const auto ask = [&] {
        Client client(tls.server->io, options);
        return client.fetch({.url = tls.url()}).body;
    };
    CHECK(ask() == "secure before 0");
    // The server's certificate and key no longer fit each other: it goes on with those it has.
    tls.issue("other", "other");
    std::filesystem::rename(tls.file("server.pem"), tls.file("kept.pem"));
    std::filesystem::copy_file(tls.file("other.pem"), tls.file("server.pem"));
    CHECK(ask() == "secure before 0");
    // Whole again, and by another authority: those who trust the old one are refused, those who trust the new one are
    // not.
    Certificates next;
    next.issue("server", "server");
    for (const auto* name : {"server.pem", "server.key"}) std::filesystem::rename(next.file(name), tls.file(name));
    CHECK_THROWS_AS(ask(), ClientError);
    options.ca_file = next.file("ca.pem");
    CHECK(ask() == "secure before 0");
    // The client's files too, within one client.
    Client client(tls.server->io, options);
    CHECK(client.fetch({.url = tls.url()}).body == "secure before 0");
    tls.issue("agent", "after");
    ClientRequest closing{.url = tls.url()};
    closing.headers.set("Connection", "close");
    CHECK(client.fetch(closing).body == "secure before 0");
    CHECK(client.fetch(closing).body == "secure after 0");
}

TEST_CASE("plain bytes to a TLS port, and no certificate file, are errors that harm nothing") {
    TlsServer tls;
    RawSocket plain(tls.server->port());
    plain.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
    plain.read_to_end();
    Client client(tls.server->io, tls.trusting());
    CHECK(client.fetch({.url = tls.url()}).status == 200);
    ServerOptions options;
    options.tls = {tls.file("none.pem"), tls.file("none.key"), {}};
    CHECK_THROWS_WITH(Server(tls.server->io, options, who_handler), Contains("none.pem"));
    options.tls = {tls.file("server.pem"), tls.file("ca.pem"), {}};
    CHECK_THROWS(Server(tls.server->io, options, who_handler));
}

TEST_CASE("certificates that change under load break nothing off") {
    TlsServer tls;
    std::atomic<bool> over = false;
    std::atomic<int> answered = 0, failed = 0;
    const auto ask = [&] {
        while (!over) {
            Client client(tls.server->io, tls.trusting());
            try {
                // Kept alive across changes, and with a body that takes a while.
                for (int again = 0; again < 3; ++again) {
                    const auto body = pattern(200'000);
                    const bool right =
                        client.fetch({.method = Method::put, .url = tls.url(), .body = body}).body == "secure  200000";
                    ++(right ? answered : failed);
                }
            } catch (const std::exception&) {
                ++failed;
            }
        }
    };
    std::vector<std::thread> clients;
    for (int i = 0; i < 4; ++i) clients.emplace_back(ask);
    for (int change = 0; change < 20; ++change) {
        tls.issue("next", "server");
        // Between the two renames they do not fit each other.
        for (const auto* kind : {".key", ".pem"})
            std::filesystem::rename(tls.file(std::string("next") + kind), tls.file(std::string("server") + kind));
        const int seen = answered;
        CHECK(eventually([&] { return answered > seen + 4 || failed > 0; }));
    }
    over = true;
    for (auto& client : clients) client.join();
    CHECK(failed == 0);
    CHECK(answered > 80);
}
