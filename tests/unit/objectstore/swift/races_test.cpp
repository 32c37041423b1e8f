#include <catch2/catch.hpp>
#include <thread>

#include "common/http/body.hpp"
#include "objectstore/model/space.hpp"
#include "swift_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::SwiftUnderTest;

namespace {

// Runs `work(i)` on as many threads at once.
void at_once(int threads, const std::function<void(int)>& work) {
    std::vector<std::thread> all;
    for (int i = 0; i < threads; ++i) all.emplace_back([&, i] { work(i); });
    for (auto& thread : all) thread.join();
}

class BrokenBody final : public http::BodyReader {
public:
    explicit BrokenBody(std::size_t good) : left_(good) {}
    http::Task<std::size_t> read(std::span<char> buffer) override {
        if (left_ == 0) throw http::BodyError(400, "the body is shorter than announced");
        const auto count = std::min(left_, buffer.size());
        std::fill_n(buffer.begin(), count, 'x');
        left_ -= count;
        co_return count;
    }

private:
    std::size_t left_;
};

std::size_t files_under(const std::filesystem::path& folder) {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        files += entry.is_regular_file() ? 1 : 0;
    return files;
}

}  // namespace

TEST_CASE("racing puts never pass a quota") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c", "alice", {{"X-Container-Meta-Quota-Count", "20"}});
    std::atomic<int> created = 0, refused = 0;
    at_once(4, [&](int thread) {
        for (int i = 0; i < 15; ++i) {
            const auto status = swift.call("PUT", fmt::format("p1/c/{}-{}", thread, i), "alice", {}, "x").status;
            if (status == 201) ++created;
            if (status == 413) ++refused;
        }
    });
    REQUIRE(created == 20);
    REQUIRE(refused == 40);
    REQUIRE(swift.call("HEAD", "p1/c").header("X-Container-Object-Count") == "20");
}

TEST_CASE("a container is never deleted under an object that is put meanwhile") {
    SwiftUnderTest swift;
    for (int round = 0; round < 30; ++round) {
        REQUIRE(swift.call("PUT", "p1/c").status == 201);
        int put = 0, deleted = 0;
        at_once(2, [&](int thread) {
            if (thread == 0)
                put = swift.call("PUT", "p1/c/o", "alice", {}, "x").status;
            else
                deleted = swift.call("DELETE", "p1/c").status;
        });
        CAPTURE(put, deleted);
        const bool object_won = put == 201 && deleted == 409;
        const bool container_won = put == 404 && deleted == 204;
        REQUIRE((object_won || container_won));
        if (object_won) {
            REQUIRE(swift.call("DELETE", "p1/c/o").status == 204);
            REQUIRE(swift.call("DELETE", "p1/c").status == 204);
        }
    }
    REQUIRE(swift.call("HEAD", "p1").header("X-Account-Object-Count") == "0");
    REQUIRE(swift.call("HEAD", "p1").header("X-Account-Container-Count") == "0");
}

TEST_CASE("racing puts of one object leave one of them, counted once") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c");
    at_once(4, [&](int thread) {
        for (int i = 0; i < 10; ++i)
            swift.call("PUT", "p1/c/o", "alice", {}, std::string(70'000, static_cast<char>('a' + thread)));
    });
    const auto got = swift.call("GET", "p1/c/o");
    REQUIRE(got.body == std::string(70'000, got.body.front()));
    const auto head = swift.call("HEAD", "p1/c");
    REQUIRE(head.header("X-Container-Object-Count") == "1");
    REQUIRE(head.header("X-Container-Bytes-Used") == "70000");
    swift.engine.reset();
    REQUIRE(files_under(swift.folder.path() / "data" / "files") == 1);
}

TEST_CASE("an upload that breaks off leaves nothing") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c");
    for (const std::size_t good : {100u, 1'000'000u}) {
        http::Request request;
        request.method = http::Method::put;
        request.target = "/v1/AUTH_p1/c/o";
        request.headers.set("X-Auth-Token", "alice");
        request.content_length = 2'000'000;
        request.body = std::make_shared<BrokenBody>(good);
        REQUIRE(swift.service->call(std::move(request)).status == 400);
    }
    REQUIRE(swift.call("GET", "p1/c/o").status == 404);
    REQUIRE(swift.call("HEAD", "p1/c").header("X-Container-Object-Count") == "0");
    swift.engine.reset();
    REQUIRE(files_under(swift.folder.path() / "data" / "files") == 0);
}
