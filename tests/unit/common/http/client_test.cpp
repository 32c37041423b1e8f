#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <thread>

#include "common/http/client.hpp"
#include "fixture.hpp"
#include "tests/support/raw_socket.hpp"

using namespace cumulet::http;
using namespace cumulet::http::test;
using namespace cumulet::test;
using Catch::Matchers::Contains;

namespace {

// A server that says what a script says: for each connection in turn, the answers to give before it closes.
class ScriptedServer {
public:
    explicit ScriptedServer(std::vector<std::vector<std::string>> script) : script_(std::move(script)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 8) != 0 ||
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
            throw std::runtime_error("cannot listen");
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~ScriptedServer() {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }
    int requests() const { return requests_; }

private:
    void serve() {
        for (const auto& answers : script_) {
            const int fd = ::accept(listener_, nullptr, nullptr);
            if (fd < 0) return;
            for (const auto& answer : answers) {
                std::string got;
                char piece[4096];
                while (got.find("\r\n\r\n") == std::string::npos) {
                    const auto count = ::recv(fd, piece, sizeof piece, 0);
                    if (count <= 0) break;
                    got.append(piece, static_cast<std::size_t>(count));
                }
                ++requests_;
                if (::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
            }
            ::close(fd);
        }
    }
    std::vector<std::vector<std::string>> script_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> requests_{0};
    std::thread thread_;
};

const std::string kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

ClientOptions impatient() {
    ClientOptions options;
    options.read_timeout_ms = std::chrono::milliseconds(100);
    return options;
}

}  // namespace

TEST_CASE("the client gets answers of every framing") {
    TestServer server;
    Client client(server.io, {});
    CHECK(client.fetch({.url = server.url("/a?b=c")}).body == "GET /a b=c 0");
    CHECK(client.fetch({.method = Method::post, .url = server.url("/echo"), .body = "some text"}).body == "some text");
    CHECK(client.fetch({.url = server.url("/stream/30000")}).body == pattern(30000));
    CHECK(client.fetch({.url = server.url("/size/300000")}).body == pattern(300000));
    const auto head = client.fetch({.method = Method::head, .url = server.url("/size/300000")});
    CHECK(head.headers.get("content-length") == "300000");
    CHECK(head.body.empty());
    CHECK(client.fetch({.url = server.url("/throw")}).status == 500);
}

TEST_CASE("a body until the end of the connection, and answers before the answer, are understood") {
    ScriptedServer server(
        {{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Wait\r\nA: b\r\n\r\nHTTP/1.0 200 OK\r\n\r\nall of it"}});
    Io io(1);
    Client client(io, {});
    CHECK(client.fetch({.url = server.url()}).body == "all of it");
}

TEST_CASE("a kept-alive connection that died is replaced once") {
    Io io(1);
    Client client(io, {});
    SECTION("the request may be repeated") {
        // The second request meets a connection that ends without an answer.
        ScriptedServer server({{kAnswer, ""}, {kAnswer}});
        CHECK(client.fetch({.url = server.url()}).body == "ok");
        CHECK(client.fetch({.url = server.url()}).body == "ok");
        CHECK(server.requests() == 3);
    }
    SECTION("a POST is not repeated") {
        ScriptedServer server({{kAnswer, ""}, {kAnswer}});
        CHECK(client.fetch({.url = server.url()}).body == "ok");
        CHECK_THROWS_AS(client.fetch({.method = Method::post, .url = server.url()}), ClientError);
        CHECK(server.requests() == 2);
    }
    SECTION("a fresh connection is not tried twice") {
        ScriptedServer server({{""}, {kAnswer}});
        CHECK_THROWS_AS(client.fetch({.url = server.url()}), ClientError);
        CHECK(server.requests() == 1);
    }
    SECTION("an answer that began is not asked for again") {
        ScriptedServer server({{kAnswer, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"}, {kAnswer}});
        CHECK(client.fetch({.url = server.url()}).body == "ok");
        CHECK_THROWS_AS(client.fetch({.url = server.url()}), ClientError);
    }
}

TEST_CASE("what is no answer is an error that says why") {
    Io io(1);
    Client client(io, impatient());
    SECTION("nobody listens") {
        std::uint16_t port = 0;
        {
            TestServer gone;
            port = gone.port();
        }
        CHECK_THROWS_WITH(client.fetch({.url = "http://127.0.0.1:" + std::to_string(port) + "/"}),
                          Contains("cannot connect"));
    }
    SECTION("not HTTP") {
        ScriptedServer server({{"220 smtp.example\r\n\r\n"}});
        CHECK_THROWS_WITH(client.fetch({.url = server.url()}), Contains("not HTTP"));
    }
    SECTION("not a URL") { CHECK_THROWS_WITH(client.fetch({.url = "gopher://x"}), Contains("not a URL")); }
    SECTION("a header with a line break") {
        ClientRequest request{.url = "http://127.0.0.1:1/"};
        request.headers.set("A", "b\r\nC: d");
        TestServer server;
        request.url = server.url("/");
        CHECK_THROWS_WITH(client.fetch(request), Contains("line break"));
    }
    SECTION("a server that says nothing") {
        TestServer server({}, [](Request& request) -> Task<Response> {
            co_await request.body->read_all(100);  // never whole
            co_return Response{};
        });
        ClientRequest request{.method = Method::post, .url = server.url("/"), .body = "short"};
        request.headers.set("Content-Length", "50");
        CHECK_THROWS_WITH(client.fetch(request), Contains("no answer in time"));
    }
}

TEST_CASE("an answer longer than allowed is refused") {
    TestServer server;
    ClientOptions options;
    options.max_response_bytes = 1000;
    Client client(server.io, options);
    CHECK_THROWS_WITH(client.fetch({.url = server.url("/size/1001")}), Contains("longer than 1000"));
    CHECK(client.fetch({.url = server.url("/size/1000")}).body.size() == 1000);
}

TEST_CASE("downloads stream through the sink in order") {
    TestServer server;
    Client client(server.io, {});
    for (const auto* path : {"/size/5000000", "/stream/500000"}) {
        std::string got;
        const auto answer = client.download({.url = server.url(path)}, [&](std::string_view piece) { got += piece; });
        CHECK(answer.status == 200);
        CHECK(answer.body.empty());
        CHECK(got == pattern(got.size()));
        CHECK(std::to_string(got.size()) == std::string(path).substr(std::string(path).rfind('/') + 1));
    }
}

TEST_CASE("the body of a refusal is returned, not downloaded") {
    TestServer server;
    Client client(server.io, {});
    bool called = false;
    const auto answer = client.download({.url = server.url("/throw")}, [&](std::string_view) { called = true; });
    CHECK(answer.status == 500);
    CHECK(answer.body == "Internal Server Error\n");
    CHECK(!called);
}

TEST_CASE("an exception of the sink ends the download") {
    TestServer server;
    Client client(server.io, {});
    CHECK_THROWS_WITH(client.download({.url = server.url("/size/50000000")},
                                      [](std::string_view) { throw std::runtime_error("disk full"); }),
                      "disk full");
    CHECK(client.fetch({.url = server.url("/size/5")}).body.size() == 5);
}

TEST_CASE("a body that breaks off is an error, not a short body") {
    TestServer server;
    Client client(server.io, {});
    CHECK_THROWS_AS(client.fetch({.url = server.url("/broken")}), ClientError);
}

TEST_CASE("uploads stream from the source") {
    TestServer server;
    Client client(server.io, {});
    const auto text = pattern(3'000'000);
    std::size_t offset = 0;
    const auto source = [&](char* buffer, std::size_t size) {
        const auto count = std::min({size, text.size() - offset, std::size_t{10'000}});
        std::copy_n(text.data() + offset, count, buffer);
        offset += count;
        return count;
    };
    SECTION("whole") {
        CHECK(client.upload({.method = Method::put, .url = server.url("/echo")}, text.size(), source).body == text);
    }
    SECTION("the source ends early") {
        CHECK_THROWS_WITH(client.upload({.method = Method::put, .url = server.url("/echo")}, text.size() + 1, source),
                          Contains("ended early"));
    }
    SECTION("the source throws") {
        CHECK_THROWS_WITH(client.upload({.method = Method::put, .url = server.url("/echo")}, 10,
                                        [](char*, std::size_t) -> std::size_t { throw std::runtime_error("no disk"); }),
                          "no disk");
    }
    SECTION("the server refuses before the end") {
        const auto answer = client.upload({.method = Method::put, .url = server.url("/limit")}, text.size(), source);
        CHECK(answer.status == 413);
    }
    SECTION("nothing to upload") {
        CHECK(client.upload({.method = Method::put, .url = server.url("/echo")}, 0, source).body.empty());
    }
}

TEST_CASE("more requests than connections wait their turn") {
    TestServer server;
    ClientOptions options;
    options.max_connections_per_origin = 3;
    Client client(server.io, options);
    std::vector<std::future<std::string>> answers;
    for (int i = 0; i < 200; ++i) {
        auto promise = std::make_shared<std::promise<std::string>>();
        answers.push_back(promise->get_future());
        client.send({.url = server.url("/" + std::to_string(i))},
                    [promise](std::exception_ptr error, ClientResponse response) {
                        if (error) return promise->set_exception(error);
                        promise->set_value(response.body);
                    });
    }
    for (int i = 0; i < 200; ++i) CHECK(answers[i].get() == "GET /" + std::to_string(i) + "  0");
}

TEST_CASE("64 clients at once are all answered") {
    TestServer server;
    std::vector<std::thread> threads;
    std::atomic<int> good{0};
    for (int i = 0; i < 64; ++i)
        threads.emplace_back([&] {
            RawSocket socket(server.port());
            for (int n = 0; n < 10; ++n) {
                socket.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello");
                if (socket.read_answer().ends_with("\r\n\r\nhello")) ++good;
            }
        });
    for (auto& thread : threads) thread.join();
    CHECK(good == 640);
}

TEST_CASE("a client that ends breaks off what runs") {
    std::promise<void> arrived;
    Io io(1);
    ScriptedServer server({});  // accepts by backlog, never answers
    std::promise<std::string> outcome;
    {
        Client client(io, {});
        client.send({.url = server.url()}, [&](std::exception_ptr error, const ClientResponse&) {
            outcome.set_value(error ? "broken off" : "answered");
        });
    }
    CHECK(outcome.get_future().get() == "broken off");
}

TEST_CASE("waiting on an io thread is refused") {
    TestServer server;
    Client client(server.io, {});
    std::promise<bool> refused;
    server.io.post([&] {
        try {
            client.fetch({.url = server.url("/")});
            refused.set_value(false);
        } catch (const std::logic_error&) {
            refused.set_value(true);
        }
    });
    CHECK(refused.get_future().get());
}
