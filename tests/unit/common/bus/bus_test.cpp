// What both engines promise, then what only NATS can show: a server that goes away and comes back.
#include "common/bus/bus.hpp"

#include <signal.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>

#include "tests/support/certificates.hpp"
#include "tests/support/child.hpp"
#include "tests/support/eventually.hpp"

using namespace cumulet::bus;
using cumulet::test::Child;
using cumulet::test::eventually;

namespace {

class NatsServer {
public:
    explicit NatsServer(std::uint16_t port = cumulet::test::free_port(), const std::vector<std::string>& more = {})
        : port(port), child(command(port, more)) {
        REQUIRE(eventually([&] { return cumulet::test::is_listening(this->port); }));
    }
    ~NatsServer() {
        child.signal(SIGTERM);
        child.wait();
    }
    std::string url() const { return "nats://127.0.0.1:" + std::to_string(port); }
    const std::uint16_t port;
    Child child;

private:
    static std::vector<std::string> command(std::uint16_t port, const std::vector<std::string>& more) {
        std::vector<std::string> all{"nats-server", "-a", "127.0.0.1", "-p", std::to_string(port)};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
};

class Heard {
public:
    void add(std::string_view subject, std::string_view payload) {
        const std::lock_guard lock(mutex_);
        all_.push_back(std::string(subject) + "=" + std::string(payload));
    }
    std::vector<std::string> all() const {
        const std::lock_guard lock(mutex_);
        return all_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> all_;
};

void check_contract(Bus& bus) {
    Heard heard;
    auto listen = [&](std::string_view s, std::string_view p) { heard.add(s, p); };
    auto hosts = bus.subscribe("compute.host.*", listen);
    auto exact = bus.subscribe("identity.revoked", listen);
    bus.publish("compute.host.h1", "look");
    bus.publish("compute.other", "never heard");
    bus.publish("bad subject", "dropped");
    bus.publish("identity.revoked", std::string(70'000, 'x'));
    bus.publish("identity.revoked", "");
    REQUIRE(eventually([&] { return heard.all().size() == 2; }));
    auto all = heard.all();
    std::sort(all.begin(), all.end());
    REQUIRE(all == std::vector<std::string>{"compute.host.h1=look", "identity.revoked="});

    exact.reset();
    bus.publish("identity.revoked", "after the end");
    bus.publish("compute.host.h2", "last");
    REQUIRE(eventually([&] { return heard.all().size() == 3; }));
    REQUIRE(heard.all().back() == "compute.host.h2=last");
    REQUIRE_THROWS_AS(bus.subscribe("a..b", listen), std::invalid_argument);

    // A subscriber may end its own subscription, and one that throws harms nobody.
    std::atomic<int> calls = 0;
    std::unique_ptr<Subscription> once;
    once = bus.subscribe("once", [&](auto, auto) {
        ++calls;
        once.reset();
        throw std::runtime_error("on purpose");
    });
    bus.publish("once", "1");
    REQUIRE(eventually([&] { return calls == 1; }));
    bus.publish("once", "2");
    bus.publish("compute.host.h3", "marker");
    REQUIRE(eventually([&] { return heard.all().size() == 4; }));
    REQUIRE(calls == 1);
}

}  // namespace

TEST_CASE("the in-process bus keeps the contract") { check_contract(*make_in_process()); }

TEST_CASE("the NATS bus keeps the contract") {
    NatsServer server;
    auto bus = make_nats({.url = server.url()});
    check_contract(*bus);
}

TEST_CASE("a bus whose server is away drops hints, and tells its subscribers when it is back") {
    const auto port = cumulet::test::free_port();
    auto bus = make_nats({.url = "nats://127.0.0.1:" + std::to_string(port)});
    Heard heard;
    std::atomic<int> polls = 0;
    auto subscription = bus->subscribe(
        "a.>", [&](auto s, auto p) { heard.add(s, p); }, [&] { ++polls; });
    bus->publish("a.b", "lost");
    {
        NatsServer server(port);
        REQUIRE(eventually([&] { return polls == 1; }));
        bus->publish("a.b", "first");
        REQUIRE(eventually([&] { return heard.all().size() == 1; }));
        server.child.signal(SIGKILL);
        server.child.wait();
        REQUIRE(eventually([&] {
            bus->publish("a.b", "lost");
            return !cumulet::test::is_listening(port);
        }));
    }
    NatsServer again(port);
    REQUIRE(eventually([&] { return polls == 2; }));
    bus->publish("a.b", "second");
    REQUIRE(eventually([&] { return !heard.all().empty() && heard.all().back() == "a.b=second"; }));
    // What was published as the server died may be lost or come late.
    auto rest = heard.all();
    std::erase(rest, "a.b=lost");
    REQUIRE(rest == std::vector<std::string>{"a.b=first", "a.b=second"});
}

TEST_CASE("two processes' worth of buses hear each other") {
    NatsServer server;
    auto one = make_nats({.url = server.url()});
    auto two = make_nats({.url = server.url()});
    Heard heard;
    auto subscription = one->subscribe("x", [&](auto s, auto p) { heard.add(s, p); });
    two->publish("x", "hello");
    REQUIRE(eventually([&] { return heard.all() == std::vector<std::string>{"x=hello"}; }));
}

namespace {

// Whether a hint from one of two such buses reaches the other, within a time that is plenty for a bus that works.
bool carries(const NatsOptions& options) {
    auto one = make_nats(options), two = make_nats(options);
    std::atomic<int> heard = 0;
    auto subscription = one->subscribe("x", [&](auto, auto) { ++heard; });
    return eventually(
        [&] {
            two->publish("x", "hello");
            return heard > 0;
        },
        std::chrono::milliseconds(1500));
}

}  // namespace

TEST_CASE("the bus speaks TLS with those who show a certificate, to a server that shows one") {
    cumulet::test::Certificates ours, others;
    ours.issue("server", "nats");
    ours.issue("client", "cumulet-compute");
    others.issue("client", "cumulet-compute");
    const NatsServer server(cumulet::test::free_port(),
                            {"--tls", "--tlscert", ours.file("server.pem"), "--tlskey", ours.file("server.key"),
                             "--tlsverify", "--tlscacert", ours.file("ca.pem")});
    NatsOptions good{.url = server.url(),
                     .ca_file = ours.file("ca.pem"),
                     .cert_file = ours.file("client.pem"),
                     .key_file = ours.file("client.key"),
                     .tls_name = "localhost"};
    SECTION("the contract holds") {
        auto bus = make_nats(good);
        check_contract(*bus);
    }
    SECTION("a server of another authority is not believed") {
        good.ca_file = others.file("ca.pem");
        CHECK_FALSE(carries(good));
    }
    SECTION("a server of another name is not believed") {
        good.tls_name = "elsewhere";
        CHECK_FALSE(carries(good));
    }
    SECTION("a client of another authority is refused") {
        good.cert_file = others.file("client.pem");
        good.key_file = others.file("client.key");
        CHECK_FALSE(carries(good));
    }
    SECTION("a client without TLS is refused") { CHECK_FALSE(carries({.url = server.url()})); }
    SECTION("a missing file is an error at once") {
        good.ca_file = ours.file("nothing.pem");
        CHECK_THROWS_WITH(make_nats(good), Catch::Contains("nothing.pem"));
    }
}

TEST_CASE("the bus shows its credentials") {
    SECTION("user and password") {
        const NatsServer server(cumulet::test::free_port(), {"--user", "cumulet", "--pass", "secret"});
        CHECK(carries({.url = server.url(), .user = "cumulet", .password = "secret"}));
        CHECK_FALSE(carries({.url = server.url(), .user = "cumulet", .password = "wrong"}));
        CHECK_FALSE(carries({.url = server.url()}));
    }
    SECTION("a token") {
        const NatsServer server(cumulet::test::free_port(), {"--auth", "secret"});
        CHECK(carries({.url = server.url(), .token = "secret"}));
        CHECK_FALSE(carries({.url = server.url(), .token = "wrong"}));
    }
}

TEST_CASE("credentials that are refused are shown again later") {
    const auto port = cumulet::test::free_port();
    NatsOptions options{.user = "cumulet", .password = "new", .retry_refused_ms = std::chrono::milliseconds(50)};
    std::atomic<int> heard = 0, polls = 0;
    std::unique_ptr<Bus> bus;
    std::unique_ptr<Subscription> before, after;
    {
        const NatsServer server(port, {"--user", "cumulet", "--pass", "old"});
        options.url = server.url();
        bus = make_nats(options);
        before = bus->subscribe(
            "x", [&](auto, auto) { ++heard; }, [&] { ++polls; });
        // Long enough for the library to give up at least once.
        CHECK_FALSE(eventually([&] { return polls > 0; }, std::chrono::milliseconds(1500)));
        after = bus->subscribe("x", [&](auto, auto) { ++heard; });
    }
    const NatsServer server(port, {"--user", "cumulet", "--pass", "new"});
    CHECK(eventually([&] {
        bus->publish("x", "hello");
        return heard >= 2;
    }));
    CHECK(polls >= 1);
    before.reset();
    after.reset();
}
