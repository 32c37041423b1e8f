// Both APIs at once on the same objects, over sockets: whatever clients see is explained by one order of what they did.
// CUMULET_ROUNDS asks for more than the small number of rounds that every test run can afford.
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
#include "common/runtime/text.hpp"
#include "s3_under_test.hpp"
#include "tests/linearizability/register.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using cumulet::test::Operation;

namespace {

unsigned rounds(unsigned usual) {
    const char* wanted = std::getenv("CUMULET_ROUNDS");
    return wanted ? static_cast<unsigned>(std::atoi(wanted)) : usual;
}

std::uint64_t now_ns() {
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

// Some go to segments, some get files of their own.
std::string padded(std::uint64_t value) {
    return std::to_string(value) + std::string(value % 3 == 0 ? 70'000 : value % 400, ' ');
}

class BothListening {
public:
    BothListening() : swift_(space_.swift_service->listen(io_, {})), s3_(space_.service->listen(io_, {})) {
        swift_->start();
        s3_->start();
        REQUIRE(by_swift(http::Method::put, "").status == 201);
    }
    ~BothListening() {
        swift_->stop(std::chrono::seconds(1));
        s3_->stop(std::chrono::seconds(1));
    }
    http::ClientResponse by_swift(http::Method method, const std::string& object, std::string body = "") {
        http::ClientRequest request{
            .method = method, .url = fmt::format("http://127.0.0.1:{}/v1/AUTH_p1/bucket{}", swift_->port(), object)};
        request.headers.set("X-Auth-Token", "alice");
        request.body = std::move(body);
        return client_.fetch(std::move(request));
    }
    http::ClientResponse by_s3(http::Method method, const std::string& object, std::string body = "") {
        const auto authority = fmt::format("127.0.0.1:{}", s3_->port());
        auto signed_request = space_.request(http::to_string(method), "/bucket" + object);
        signed_request.headers.set("Host", authority);
        space_.sign(signed_request, "alice", "UNSIGNED-PAYLOAD");
        http::ClientRequest request{.method = method, .url = fmt::format("http://{}/bucket{}", authority, object)};
        for (const auto& [name, value] : signed_request.headers)
            if (!text::iequals(name, "Host")) request.headers.add(name, value);
        request.body = std::move(body);
        return client_.fetch(std::move(request));
    }
    http::ClientResponse ask(bool s3, http::Method method, const std::string& object, std::string body = "") {
        return s3 ? by_s3(method, object, std::move(body)) : by_swift(method, object, std::move(body));
    }

private:
    testing::S3UnderTest space_;
    http::Io io_{2};
    http::Client client_{io_, {}};
    std::unique_ptr<http::Server> swift_, s3_;
};

// One operation of one client, and what it saw.
Operation act(BothListening& store, const std::string& object, std::uint64_t value, std::mt19937& random) {
    const bool s3 = random() % 2 == 0;
    const auto choice = random() % 10;
    Operation operation{Operation::Kind::read, 0, now_ns(), 0};
    if (choice < 4) {
        operation.kind = Operation::Kind::write;
        operation.value = value;
        operation.certain = store.ask(s3, http::Method::put, object, padded(value)).status == (s3 ? 200 : 201);
    } else if (choice == 4) {
        const auto status = store.ask(s3, http::Method::del, object).status;
        // To delete what is not there is to read that it is not; S3 does not tell the two apart.
        if (status == 204) operation.kind = Operation::Kind::write;
    } else {
        const auto answer = store.ask(s3, http::Method::get, object);
        if (answer.status == 200) operation.value = std::stoull(answer.body);
    }
    operation.ended = now_ns();
    return operation;
}

}  // namespace

TEST_CASE("operations of both APIs on the same objects at the same time are linearizable") {
    BothListening store;
    constexpr unsigned kThreads = 5;
    const auto each = rounds(600) / kThreads, keys = std::max(3u, rounds(600) / 2'000);
    std::atomic<std::uint64_t> next{1};
    std::mutex mutex;
    std::map<std::string, std::vector<Operation>> histories;
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < kThreads; ++t)
        threads.emplace_back([&, t] {
            std::mt19937 random(t);
            for (unsigned i = 0; i < each; ++i) {
                // Few keys at a time, so that they are fought over; others later.
                const auto key = fmt::format("/key-{}", (random() % 3 + 3 * (i * keys / 3 / each)) % keys);
                const auto operation = act(store, key, next++, random);
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

TEST_CASE("what one API put or deleted the other reads and lists so at once") {
    BothListening store;
    constexpr unsigned kThreads = 4;
    const auto each = rounds(400) / kThreads;
    std::atomic<int> stale{0};
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < kThreads; ++t)
        threads.emplace_back([&, t] {
            for (unsigned i = 0; i < each; ++i) {
                const auto name = fmt::format("t{}-{}", t, i % 7);
                const auto body = padded(i);
                const bool s3 = (i + t) % 2 == 0;
                // S3's answer echoes the prefix, so its rows are what is looked for.
                const auto listed = [&](bool by_s3) {
                    const auto answer = store.ask(by_s3, http::Method::get, "?prefix=" + name).body;
                    return answer.find(by_s3 ? "<Key>" + name : name) != std::string::npos;
                };
                if (store.ask(s3, http::Method::put, "/" + name, body).status / 100 != 2) ++stale;
                if (!listed(true) || !listed(false)) ++stale;
                if (store.ask(!s3, http::Method::get, "/" + name).body != body) ++stale;
                if (store.ask(!s3, http::Method::del, "/" + name).status != 204) ++stale;
                if (listed(true) || listed(false)) ++stale;
                if (store.ask(s3, http::Method::get, "/" + name).status != 404) ++stale;
            }
        });
    for (auto& thread : threads) thread.join();
    REQUIRE(stale == 0);
}
