#include <catch2/catch.hpp>
#include <future>
#include <thread>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "fixture.hpp"
#include "tests/support/raw_socket.hpp"

using namespace cumulet::http;
using namespace cumulet::http::test;
using namespace cumulet::test;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using namespace std::chrono_literals;

namespace {

// A handler that says it has begun and then waits to be let go.
struct Gate {
    std::promise<void> entered;
    std::atomic<bool> open{false};
    Handler handler() {
        return [this](Request& request) -> Task<Response> {
            entered.set_value();
            boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
            while (!open) {
                timer.expires_after(1ms);
                co_await timer.async_wait(boost::asio::use_awaitable);
            }
            co_return respond(request, "finished");
        };
    }
};

}  // namespace

TEST_CASE("a graceful stop finishes what runs and closes what is idle") {
    Gate gate;
    TestServer server({}, gate.handler());
    RawSocket idle(server.port());
    RawSocket busy(server.port());
    busy.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
    gate.entered.get_future().wait();
    std::thread stopper([&] { server.server.stop(20s); });
    CHECK(idle.closed());  // so the stop has begun
    CHECK_THROWS(RawSocket(server.port()));
    gate.open = true;
    CHECK_THAT(busy.read_to_end(), Contains("Connection: close\r\n") && EndsWith("finished"));
    stopper.join();
}

TEST_CASE("what does not finish within the grace is broken off") {
    Gate gate;
    TestServer server({}, gate.handler());
    RawSocket busy(server.port());
    busy.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
    gate.entered.get_future().wait();
    std::thread stopper([&] { server.server.stop(50ms); });
    CHECK(busy.read_to_end().empty());
    gate.open = true;
    stopper.join();
}

TEST_CASE("a connection kept alive is closed after the answer that was under way") {
    TestServer server;
    RawSocket client(server.port());
    client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
    client.read_answer();
    server.server.stop(20s);
    CHECK(client.closed());
    server.server.stop(0s);  // again is harmless
}

TEST_CASE("the io threads may end before the server") {
    Gate gate;
    TestServer server({}, gate.handler());
    RawSocket busy(server.port());
    busy.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
    gate.entered.get_future().wait();
    server.io.stop();
    CHECK(server.io.stopped());
    server.server.stop(20s);
}

TEST_CASE("work is run on io threads, now and later, whatever it throws") {
    Io io(2);
    std::promise<bool> now, later;
    io.post([] { throw std::runtime_error("thrown by a test"); });
    io.post([] { throw std::runtime_error("thrown by a test"); });
    io.post([&] { now.set_value(io.on_io_thread()); });
    io.post_after(1ms, [&] { later.set_value(io.on_io_thread()); });
    CHECK(now.get_future().get());
    CHECK(later.get_future().get());
    CHECK(!io.on_io_thread());
    io.stop();
    io.stop();
}
