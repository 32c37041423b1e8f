#include "common/http/websocket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "fixture.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/raw_socket.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace cumulet::http;
using namespace cumulet::http::test;
using namespace cumulet::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

// Greets one caller, gives back what it is sent, and ends when it is told "bye".
class EchoTarget {
public:
    explicit EchoTarget(const std::string& unix_path = "") {
        if (unix_path.empty()) {
            sockaddr_in address{};
            address.sin_family = AF_INET;
            address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            socklen_t size = sizeof address;
            listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
            REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
            target_ = {.host = "127.0.0.1", .port = ntohs(address.sin_port)};
        } else {
            sockaddr_un address{};
            address.sun_family = AF_UNIX;
            unix_path.copy(address.sun_path, sizeof address.sun_path - 1);
            listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
            REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
            target_ = {.unix_path = unix_path};
        }
        REQUIRE(::listen(listener_, 8) == 0);
        thread_ = std::thread([this] { serve(); });
    }
    ~EchoTarget() {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }
    const RelayTarget& target() const { return target_; }
    // Callers that have come and gone.
    int ended() const { return ended_; }

private:
    void serve() {
        for (;;) {
            const int fd = ::accept(listener_, nullptr, nullptr);
            if (fd < 0) return;
            std::string greeting = "hello ";
            static_cast<void>(::send(fd, greeting.data(), greeting.size(), MSG_NOSIGNAL));
            char piece[4096];
            for (ssize_t count; (count = ::recv(fd, piece, sizeof piece, 0)) > 0;) {
                if (std::string_view(piece, static_cast<std::size_t>(count)) == "bye") break;
                if (::send(fd, piece, static_cast<std::size_t>(count), MSG_NOSIGNAL) < 0) break;
            }
            ::close(fd);
            ++ended_;
        }
    }
    int listener_ = -1;
    RelayTarget target_;
    std::atomic<int> ended_ = 0;
    std::thread thread_;
};

Handler relaying_to(RelayTarget target, WebSocketOptions options = {}) {
    return [target, options](Request& request) -> Task<Response> {
        co_return co_await relay_websocket(request, target, options);
    };
}

// The key and the answer to it are those of RFC 6455, 1.3.
std::string opening(const std::string& more = "Sec-WebSocket-Protocol: base64, binary\r\n") {
    return "GET /console?token=x HTTP/1.1\r\nHost: t\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
           more + "\r\n";
}

constexpr char kBinary = '\x82', kClose = '\x88', kPing = '\x89', kPong = '\x8a';

// A frame as a client sends it: masked.
std::string frame(char kind, const std::string& payload) {
    std::string out(1, kind);
    if (payload.size() < 126) {
        out += static_cast<char>(0x80 | payload.size());
    } else {
        out += static_cast<char>(0x80 | 127);
        for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(payload.size() >> shift);
    }
    const std::string mask = "\x01\x02\x03\x04";
    out += mask;
    for (std::size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ mask[i % 4]);
    return out;
}

struct Received {
    char kind = 0;  // 0: the connection ended
    std::string payload;
};

Received receive(RawSocket& client) {
    const auto head = client.read_bytes(2);
    if (head.size() < 2) return {};
    auto length = static_cast<std::size_t>(static_cast<unsigned char>(head[1]));
    REQUIRE(length < 128);  // not masked
    if (length >= 126) {
        const auto more = client.read_bytes(length == 126 ? 2 : 8);
        length = 0;
        for (const char c : more) length = length << 8 | static_cast<unsigned char>(c);
    }
    return {head[0], client.read_bytes(length)};
}

std::string receive_bytes(RawSocket& client, std::size_t count) {
    std::string all;
    while (all.size() < count) {
        const auto next = receive(client);
        REQUIRE(next.kind == kBinary);
        all += next.payload;
    }
    return all;
}

}  // namespace

TEST_CASE("a WebSocket carries bytes both ways until one side ends") {
    const TemporaryFolder folder;
    EchoTarget echo(GENERATE(false, true) ? (folder.path() / "socket").string() : "");
    TestServer server({}, relaying_to(echo.target()));
    RawSocket client(server.port());
    client.send(opening());
    const auto head = client.read_until("\r\n\r\n");
    CHECK_THAT(head, StartsWith("HTTP/1.1 101") && Contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") &&
                         Contains("Sec-WebSocket-Protocol: binary"));
    CHECK(receive_bytes(client, 6) == "hello ");
    client.send(frame(kBinary, "some keys"));
    CHECK(receive_bytes(client, 9) == "some keys");
    client.send(frame(kPing, "still there?"));
    const auto pong = receive(client);
    CHECK(pong.kind == kPong);
    CHECK(pong.payload == "still there?");
    const auto large = pattern(300'000);
    std::thread sender([&] { client.send(frame(kBinary, large)); });
    CHECK(receive_bytes(client, large.size()) == large);
    sender.join();
    SECTION("the target") {
        client.send(frame(kBinary, "bye"));
        CHECK(receive(client).kind == kClose);
        client.send(frame(kClose, ""));
        CHECK(client.closed());
    }
    SECTION("the client") {
        client.send(frame(kClose, ""));
        CHECK(receive(client).kind == kClose);
        CHECK(client.closed());
        CHECK(eventually([&] { return echo.ended() == 1; }));
    }
    SECTION("the client, without a word") {
        client.end();
        CHECK(eventually([&] { return echo.ended() == 1; }));
    }
    SECTION("the server") {
        const auto start = std::chrono::steady_clock::now();
        server.server.stop(std::chrono::seconds(15));
        CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
        CHECK(eventually([&] { return echo.ended() == 1; }));
    }
}

TEST_CASE("a message beyond the bound and bytes that are no frames end a WebSocket") {
    EchoTarget echo;
    TestServer server({}, relaying_to(echo.target(), {.max_message_bytes = 1000}));
    RawSocket client(server.port());
    client.send(opening());
    client.read_until("\r\n\r\n");
    CHECK(receive_bytes(client, 6) == "hello ");
    SECTION("too long") { client.send(frame(kBinary, std::string(1001, 'x'))); }
    SECTION("not masked") { client.send("\x82\x01x"); }
    SECTION("no frame at all") { client.send("GET / HTTP/1.1\r\n\r\n"); }
    CHECK(receive(client).kind == kClose);
    client.end();
    client.read_to_end();
    CHECK(eventually([&] { return echo.ended() == 1; }));
}

TEST_CASE("a client that has gone without a word is found out") {
    EchoTarget echo;
    TestServer server({}, relaying_to(echo.target(), {.idle_timeout_ms = std::chrono::milliseconds(300)}));
    RawSocket client(server.port());
    client.send(opening());
    client.read_until("\r\n\r\n");
    // It answers no ping.
    CHECK(eventually([&] { return echo.ended() == 1; }));
}

TEST_CASE("what does not begin as a WebSocket should is refused") {
    EchoTarget echo;
    TestServer server({}, relaying_to(echo.target()));
    const auto answer = [&](const std::string& request) {
        RawSocket client(server.port());
        client.send(request);
        return client.read_answer().substr(0, 12);
    };
    const std::string start = "GET / HTTP/1.1\r\nHost: t\r\n", key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
                      upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n",
                      version = "Sec-WebSocket-Version: 13\r\n";
    CHECK(answer(start + "\r\n") == "HTTP/1.1 426");
    CHECK(answer(start + upgrade + key + "Sec-WebSocket-Version: 8\r\n\r\n") == "HTTP/1.1 426");
    CHECK(answer(start + upgrade + version + "\r\n") == "HTTP/1.1 400");
    CHECK(answer("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\n" + upgrade + version + key + "\r\nx") ==
          "HTTP/1.1 400");
    CHECK(answer(start + upgrade + version + key + "\r\ntoo early") == "HTTP/1.1 400");
    CHECK(answer(start + upgrade + version + key + "\r\n") == "HTTP/1.1 101");
}

TEST_CASE("a target that cannot be reached is a bad gateway") {
    const TemporaryFolder folder;
    RelayTarget nowhere{.unix_path = (folder.path() / "nothing").string()};
    SECTION("no such socket") {}
    SECTION("a path that is too long") { nowhere.unix_path = std::string(300, 'x'); }
    SECTION("no such address") { nowhere = {.host = "not an address", .port = 1}; }
    TestServer server({}, relaying_to(nowhere));
    RawSocket client(server.port());
    client.send(opening());
    CHECK_THAT(client.read_answer(), StartsWith("HTTP/1.1 502"));
}

TEST_CASE("a WebSocket goes over TLS") {
    Certificates certificates;
    certificates.issue("server", "server");
    EchoTarget echo;
    ServerOptions options;
    options.tls = {certificates.file("server.pem"), certificates.file("server.key"), ""};
    TestServer server(options, relaying_to(echo.target()));

    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> client(BIO_new_ssl_connect(context.get()), &BIO_free_all);
    BIO_set_conn_hostname(client.get(), fmt::format("127.0.0.1:{}", server.port()).c_str());
    const auto send = [&](const std::string& bytes) {
        return BIO_write(client.get(), bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size());
    };
    const auto read_until = [&](std::string_view end) {
        std::string all;
        for (char byte; !all.ends_with(end) && BIO_read(client.get(), &byte, 1) == 1;) all += byte;
        return all;
    };
    REQUIRE(send(opening()));
    CHECK_THAT(read_until("\r\n\r\n"), StartsWith("HTTP/1.1 101"));
    CHECK(read_until("hello ") == "\x82\x06hello ");
    // Both ways at once.
    for (int i = 0; i < 50; ++i) REQUIRE(send(frame(kBinary, fmt::format("<{}>", i))));
    CHECK_THAT(read_until("<49>"), Contains("<0>") && Contains("<25>"));
    CHECK(send(frame(kClose, "")));
    CHECK(eventually([&] { return echo.ended() == 1; }));
}
