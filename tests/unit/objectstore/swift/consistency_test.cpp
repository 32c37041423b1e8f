// No answer is ever stale: over sockets, from several connections at once. CUMULET_ROUNDS asks for more than the small
// number of rounds that every test run can afford.
#include <fmt/format.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "common/http/client.hpp"
#include "common/http/server.hpp"
#include "swift_under_test.hpp"
#include "tests/linearizability/register.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using cumulet::test::Operation;

namespace {

int rounds(int usual) {
    const char* wanted = std::getenv("CUMULET_ROUNDS");
    return wanted ? std::atoi(wanted) : usual;
}

class Listening {
public:
    Listening() : server_(swift_.service->listen(io_, {})) {
        server_->start();
        REQUIRE(ask(http::Method::put, "c").status == 201);
    }
    ~Listening() { server_->stop(std::chrono::seconds(1)); }
    http::ClientResponse ask(http::Method method, const std::string& path, std::string body = "") {
        http::ClientRequest request{.method = method,
                                    .url = fmt::format("http://127.0.0.1:{}/v1/AUTH_p1/{}", server_->port(), path)};
        request.headers.set("X-Auth-Token", "alice");
        request.body = std::move(body);
        return client_.fetch(std::move(request));
    }

private:
    testing::SwiftUnderTest swift_;
    http::Io io_{2};
    http::Client client_{io_, {}};
    std::unique_ptr<http::Server> server_;
};

std::uint64_t now_ns() {
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

std::string padded(std::uint64_t value) {
    return std::to_string(value) + std::string(value % 3 == 0 ? 70'000 : value % 400, ' ');
}

// One operation of one client, and what it saw.
Operation act(Listening& store, const std::string& path, std::uint64_t value, unsigned choice) {
    Operation operation{Operation::Kind::read, 0, now_ns(), 0};
    if (choice < 4) {
        operation.kind = Operation::Kind::write;
        operation.value = value;
        operation.certain = store.ask(http::Method::put, path, padded(value)).status == 201;
    } else if (choice == 4) {
        const auto status = store.ask(http::Method::del, path).status;
        // To delete what is not there is to read that it is not.
        if (status == 204) operation.kind = Operation::Kind::write;
    } else {
        const auto answer = store.ask(http::Method::get, path);
        if (answer.status == 200) operation.value = std::stoull(answer.body);
    }
    operation.ended = now_ns();
    return operation;
}

}  // namespace

TEST_CASE("what was put or deleted is listed and read so at once, on any connection") {
    Listening store;
    constexpr int kThreads = 4;
    const int each = rounds(400) / kThreads;
    std::atomic<int> stale{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < each; ++i) {
                const auto name = fmt::format("t{}-{}", t, i % 7);
                const auto body = padded(static_cast<std::uint64_t>(i));
                const auto listed = [&] {
                    return store.ask(http::Method::get, "c?prefix=" + name).body.find(name) != std::string::npos;
                };
                if (store.ask(http::Method::put, "c/" + name, body).status != 201) ++stale;
                if (!listed()) ++stale;
                if (store.ask(http::Method::get, "c/" + name).body != body) ++stale;
                if (store.ask(http::Method::del, "c/" + name).status != 204) ++stale;
                if (listed()) ++stale;
                if (store.ask(http::Method::get, "c/" + name).status != 404) ++stale;
            }
        });
    for (auto& thread : threads) thread.join();
    REQUIRE(stale == 0);
    REQUIRE(store.ask(http::Method::get, "c").body.empty());
    REQUIRE(store.ask(http::Method::head, "c").headers.value_or("X-Container-Object-Count", "") == "0");
}

TEST_CASE("concurrent operations on the same objects are linearizable") {
    Listening store;
    constexpr int kThreads = 5, kKeys = 3;
    const int each = rounds(600) / kThreads;
    std::atomic<std::uint64_t> next{1};
    std::mutex mutex;
    std::map<std::string, std::vector<Operation>> histories;
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < kThreads; ++t)
        threads.emplace_back([&, t] {
            std::mt19937 random(t);
            for (int i = 0; i < each; ++i) {
                const auto key = fmt::format("c/key-{}", random() % kKeys);
                const auto operation = act(store, key, next++, static_cast<unsigned>(random() % 10));
                std::lock_guard lock(mutex);
                histories[key].push_back(operation);
            }
        });
    for (auto& thread : threads) thread.join();
    for (const auto& [key, history] : histories) {
        INFO(key << "\n" << cumulet::test::describe(history).substr(0, 20'000));
        REQUIRE(cumulet::test::is_linearizable(history));
    }
}
