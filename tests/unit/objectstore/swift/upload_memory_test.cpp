// The memory of uploads is bounded, whatever their number and however slow their clients.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <fstream>

#include "common/http/server.hpp"
#include "common/store/engine.hpp"
#include "objectstore/engine/local_engine.hpp"
#include "objectstore/swift/upload.hpp"
#include "swift_under_test.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/raw_socket.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;

namespace {

struct Watched {
    std::uint64_t most = 0;
    void look(const Budget& budget) { most = std::max(most, budget.used()); }
};

// A client that sends a few bytes at a time, and none at all while `stalled`.
class SlowClient final : public http::BodyReader {
public:
    SlowClient(Budget& budget, Watched& watched, const bool& stalled, std::size_t length)
        : budget_(budget), watched_(watched), stalled_(stalled), left_(length) {}
    http::Task<std::size_t> read(std::span<char> buffer) override {
        watched_.look(budget_);
        do co_await boost::asio::post(boost::asio::use_awaitable);
        while (stalled_);
        const auto count = std::min({buffer.size(), left_, std::size_t{3000}});
        std::fill_n(buffer.data(), count, 's');
        left_ -= count;
        co_return count;
    }

private:
    Budget& budget_;
    Watched& watched_;
    const bool& stalled_;
    std::size_t left_;
};

std::string reason_of(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& thrown) {
        return thrown.what();
    }
}

// Each upload has a file open.
void raise_file_limit() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

// The address sanitizer keeps what was given back, to see who touches it: there resident memory tells nothing.
#if __has_feature(address_sanitizer)
constexpr bool kResidentTells = false;
#else
constexpr bool kResidentTells = true;
#endif

std::uint64_t resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t all = 0, resident = 0;
    statm >> all >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t files_below(const std::filesystem::path& folder) {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) files += entry.is_regular_file();
    return files;
}

}  // namespace

TEST_CASE("clients that announce 5 GiB and then stall cost no more memory than uploads may take, and leave nothing") {
    constexpr std::uint64_t kBound = 8u << 20;
    constexpr std::size_t kClients = 400, kSent = 300'000;
    // What a connection costs besides, and what the memory allocator keeps.
    constexpr std::uint64_t kConnections = kClients * 64 * 1024, kSlack = 16u << 20;
    raise_file_limit();
    testing::SwiftUnderTest swift(kBound);
    REQUIRE(swift.call("PUT", "p1/c").status == 201);
    http::Io io(2);
    const auto server = swift.service->listen(io, {});
    server->start();
    const auto before = resident_bytes();
    const std::string bytes(kSent, 'x');
    std::vector<std::unique_ptr<cumulet::test::RawSocket>> clients;
    std::uint64_t most = 0;
    for (std::size_t i = 0; i < kClients; ++i) {
        clients.push_back(std::make_unique<cumulet::test::RawSocket>(server->port()));
        REQUIRE(
            clients.back()->send(fmt::format("PUT /v1/AUTH_p1/c/o{} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: alice\r\n"
                                             "Content-Length: 5368709120\r\n\r\n",
                                             i)));
        REQUIRE(clients.back()->send(bytes));
        most = std::max(most, swift.engine->budget().used());
    }
    REQUIRE(cumulet::test::eventually([&] { return files_below(swift.folder.path() / "data" / "files") == kClients; }));
    CHECK(std::max(most, swift.engine->budget().used()) <= kBound);
    if (kResidentTells) CHECK(resident_bytes() - before < kBound + kConnections + kSlack);
    clients.clear();
    CHECK(cumulet::test::eventually([&] { return swift.engine->budget().used() == 0; }));
    CHECK(cumulet::test::eventually([&] { return files_below(swift.folder.path() / "data" / "files") == 0; }));
    server->stop(std::chrono::seconds(1));
}

TEST_CASE("a thousand slow uploads stay within the memory for uploads, and all arrive") {
    constexpr std::uint64_t kBound = 16u << 20;
    constexpr std::size_t kLength = 200'000;
    cumulet::test::TemporaryFolder folder;
    auto store = store::make_memory_engine();
    auto engine = make_local_engine(
        *store, {.folder = folder.path() / "data", .min_free_bytes = 0, .threads = 2, .upload_memory_bytes = kBound});
    raise_file_limit();
    boost::asio::io_context context(1);
    const auto work = boost::asio::make_work_guard(context);
    Watched watched;
    std::size_t arrived = 0, failed = 0;
    std::string why;
    bool stalled = true;
    std::vector<std::unique_ptr<SlowClient>> clients;
    for (int i = 0; i < 1000; ++i) {
        clients.push_back(std::make_unique<SlowClient>(engine->budget(), watched, stalled, kLength));
        boost::asio::co_spawn(context, swift::upload_body(*engine, *clients.back(), kLength, kLength),
                              [&](std::exception_ptr error, const swift::Uploaded& uploaded) {
                                  if (error && why.empty()) why = reason_of(error);
                                  error || uploaded.blob.length != kLength ? ++failed : ++arrived;
                              });
    }
    for (int i = 0; i < 5'000; ++i) context.run_one();
    REQUIRE(engine->budget().used() > 0);
    stalled = false;
    while (arrived + failed < 1000) context.run_one();
    CHECK(why == "");
    CHECK(arrived == 1000);
    CHECK(failed == 0);
    CHECK(watched.most <= kBound);
    CHECK(engine->budget().used() == 0);
}

TEST_CASE("the memory for uploads is given out to the last byte and no further") {
    Budget budget(3 * Budget::kSmallest);
    Budget::Upload first(budget), second(budget);
    const auto a = first.take(100'000), b = second.take(100'000);
    {
        const auto c = second.take(Budget::kSmallest);
        REQUIRE(a.size() == Budget::kSmallest);
        REQUIRE(c.size() == Budget::kSmallest);
        REQUIRE_FALSE(first.take(1));
    }
    REQUIRE(budget.used() == 2 * Budget::kSmallest);
    REQUIRE(first.take(1).size() == 1);
}
