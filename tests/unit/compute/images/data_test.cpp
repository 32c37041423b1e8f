#include <catch2/catch.hpp>

#include "common/http/body.hpp"
#include "compute/images/images.hpp"
#include "glance.hpp"
#include "qcow2_bytes.hpp"

using namespace cumulet;
using namespace cumulet::compute::images;
using namespace cumulet::compute::images::test;
using Catch::Contains;
using nlohmann::json;

namespace {

// Gives some bytes, calls back, and breaks off.
class BrokenReader final : public http::BodyReader {
public:
    explicit BrokenReader(std::function<void()> on_second) : on_second_(std::move(on_second)) {}
    http::Task<std::size_t> read(std::span<char> buffer) override {
        if (reads_++ == 0) {
            buffer[0] = 'x';
            co_return 1;
        }
        on_second_();
        throw http::BodyError(400, "the body ended early");
    }

private:
    int reads_ = 0;
    std::function<void()> on_second_;
};

class CallbackReader final : public http::BodyReader {
public:
    CallbackReader(std::string bytes, std::function<void()> before_end)
        : bytes_(std::move(bytes)), before_end_(std::move(before_end)) {}
    http::Task<std::size_t> read(std::span<char> buffer) override {
        const auto length = std::min(buffer.size(), bytes_.size());
        if (length == 0) {
            before_end_();
            co_return 0;
        }
        std::copy_n(bytes_.begin(), length, buffer.begin());
        bytes_.erase(0, length);
        co_return length;
    }

private:
    std::string bytes_;
    std::function<void()> before_end_;
};

http::Response put(Glance& glance, const std::string& id, std::shared_ptr<http::BodyReader> reader) {
    return glance.request(http::Method::put, "/v2/images/" + id + "/file", "one", "",
                          {{"Content-Type", "application/octet-stream"}}, std::move(reader));
}

}  // namespace

TEST_CASE("uploaded data comes back whole and by ranges, with its checksums known") {
    Glance glance;
    std::string bytes;
    for (int i = 0; i < 300'000; ++i) bytes += std::to_string(i);  // some pieces long
    const auto id = glance.active(bytes);
    const auto image = glance.show(id);
    REQUIRE(image["status"] == "active");
    REQUIRE(image["size"] == bytes.size());
    REQUIRE(image["virtual_size"] == bytes.size());
    REQUIRE(image["os_hash_algo"] == "sha512");
    REQUIRE(image["checksum"].get<std::string>().size() == 32);
    const std::string file = "/v2/images/" + id + "/file";
    const auto whole = glance.get(file);
    REQUIRE(whole.status == 200);
    REQUIRE(data_of(whole) == bytes);
    REQUIRE(whole.headers.value_or("Content-MD5", "") == image["checksum"].get<std::string>());
    auto ranged = [&](const char* range) {
        return glance.request(http::Method::get, file, "one", "", {{"Range", range}});
    };
    const auto part = ranged("bytes=5-9");
    REQUIRE(part.status == 206);
    REQUIRE(data_of(part) == bytes.substr(5, 5));
    REQUIRE(part.headers.value_or("Content-Range", "") == "bytes 5-9/" + std::to_string(bytes.size()));
    REQUIRE(data_of(ranged("bytes=-3")) == bytes.substr(bytes.size() - 3));
    REQUIRE(ranged("bytes=99999999-").status == 416);
}

TEST_CASE("the checksums are those of the bytes") {
    Glance glance;
    const auto image = glance.show(glance.active("abc"));
    REQUIRE(image["checksum"] == "900150983cd24fb0d6963f7d28e17f72");
    REQUIRE(image["os_hash_value"] ==
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d442364"
            "3ce80e2a9ac94fa5"
            "4ca49f");
}

TEST_CASE("an image without data has nothing to download, and one with data takes no more") {
    Glance glance;
    const auto id = glance.create();
    REQUIRE(glance.get("/v2/images/" + id + "/file").status == 204);
    REQUIRE(glance.upload(id, "data").status == 204);
    REQUIRE(glance.upload(id, "again").status == 409);
    REQUIRE(data_of(glance.get("/v2/images/" + id + "/file")) == "data");
}

TEST_CASE("an upload that breaks off leaves the image queued and no file, and may be tried again") {
    Glance glance;
    const auto id = glance.create();
    std::string during;
    const auto answer = put(glance, id, std::make_shared<BrokenReader>([&] { during = glance.show(id)["status"]; }));
    REQUIRE(answer.status == 400);
    REQUIRE(during == "saving");
    REQUIRE(glance.show(id)["status"] == "queued");
    REQUIRE(glance.data->keys().empty());
    REQUIRE(std::filesystem::is_empty(glance.folder.path() / "images" / "partial"));
    REQUIRE(glance.upload(id, "data").status == 204);
}

TEST_CASE("an image deleted during its upload stays deleted, and its data goes too") {
    Glance glance;
    const auto id = glance.create();
    const auto answer =
        put(glance, id,
            std::make_shared<CallbackReader>("bytes", [&] { REQUIRE(glance.del("/v2/images/" + id).status == 204); }));
    REQUIRE(answer.status == 410);
    REQUIRE(glance.get("/v2/images/" + id).status == 404);
    REQUIRE(glance.data->keys().empty());
}

TEST_CASE("two uploads at once: the second is refused") {
    Glance glance;
    const auto id = glance.create();
    int second = 0;
    const auto first = put(
        glance, id, std::make_shared<CallbackReader>("first", [&] { second = glance.upload(id, "second").status; }));
    REQUIRE(first.status == 204);
    REQUIRE(second == 409);
    REQUIRE(data_of(glance.get("/v2/images/" + id + "/file")) == "first");
}

TEST_CASE("data that lies is refused, and the image may be tried again") {
    Glance glance;
    const auto id = glance.create({{"disk_format", "qcow2"}});
    for (const auto& bytes :
         {qcow2({.backing_file_offset = 100}), qcow2({.virtual_size = 1ull << 60}), std::string("KDMV")}) {
        const auto answer = glance.upload(id, bytes);
        REQUIRE(answer.status == 415);
        REQUIRE_THAT(text_of(answer), Contains("The image data is refused"));
        REQUIRE(glance.show(id)["status"] == "queued");
        REQUIRE(glance.data->keys().empty());
    }
    REQUIRE(glance.upload(id, qcow2({.virtual_size = 12345})).status == 204);
    REQUIRE(glance.show(id)["virtual_size"] == 12345);
}

TEST_CASE("more than is allowed is refused, announced or not") {
    Settings settings;
    settings.max_image_bytes = 10;
    Glance glance(settings);
    const auto id = glance.create();
    REQUIRE(glance.upload(id, "12345678901").status == 413);
    REQUIRE(put(glance, id, std::make_shared<CallbackReader>("12345678901", [] {})).status == 413);
    REQUIRE(glance.show(id)["status"] == "queued");
    REQUIRE(glance.upload(id, "1234567890").status == 204);
}

TEST_CASE("data wants its media type and its formats first") {
    Glance glance;
    const auto bare = json_of(glance.post("/v2/images", {{"name", "x"}}))["id"].get<std::string>();
    REQUIRE(glance.upload(bare, "x").status == 400);
    const auto id = glance.create();
    REQUIRE(
        glance.request(http::Method::put, "/v2/images/" + id + "/file", "one", "x", {{"Content-Type", "text/plain"}})
            .status == 415);
    REQUIRE(glance.show(id)["status"] == "queued");
}

TEST_CASE("staged data becomes an image by import") {
    Glance glance;
    const auto id = glance.create();
    auto import = [&](const char* method) {
        return glance.post("/v2/images/" + id + "/import", {{"method", {{"name", method}}}}).status;
    };
    REQUIRE(import("glance-direct") == 409);
    REQUIRE(glance
                .request(http::Method::put, "/v2/images/" + id + "/stage", "one", "data",
                         {{"Content-Type", "application/octet-stream"}})
                .status == 204);
    REQUIRE(glance.show(id)["status"] == "uploading");
    REQUIRE(glance.get("/v2/images/" + id + "/file").status == 204);
    REQUIRE(import("web-download") == 400);
    REQUIRE(import("glance-direct") == 202);
    const auto tasks = json_of(glance.get("/v2/images/" + id + "/tasks"))["tasks"];
    REQUIRE(tasks.size() == 1);
    REQUIRE(tasks[0]["input"]["import_req"]["method"]["name"] == "glance-direct");
    REQUIRE(data_of(glance.get("/v2/images/" + id + "/file")) == "data");
}

TEST_CASE("what a killed process left is swept at the next start") {
    Glance glance;
    const auto kept = glance.active("data");
    const auto id = glance.create();
    // The state in the middle of an upload, as a kill would leave it.
    store::transact(*glance.engine, {}, [&](store::Transaction& txn) {
        auto image = *txn.get<Image>(id);
        image.status = Status::saving;
        image.upload_id = "u";
        txn.put(image, "receiving");
    });
    auto orphan = glance.data->create("orphan");
    orphan->write("bytes");
    orphan->finish();
    auto partial = glance.data->create("partial");
    partial->write("bytes");
    glance.data = make_file_store(glance.folder.path() / "images");
    sweep(*glance.engine, *glance.data, glance.clock.now());
    REQUIRE(glance.show(id)["status"] == "queued");
    REQUIRE(glance.show(kept)["status"] == "active");
    REQUIRE(glance.data->keys().size() == 1);
    REQUIRE(std::filesystem::is_empty(glance.folder.path() / "images" / "partial"));
}

TEST_CASE("keys of data cannot leave the folder") {
    Glance glance;
    REQUIRE_THROWS(glance.data->create("../evil"));
    REQUIRE_THROWS(glance.data->open("/etc/passwd", 0, 1));
    REQUIRE_FALSE(glance.data->open("absent", 0, 1));
}
