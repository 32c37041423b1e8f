#include "compute/agent/image_cache.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "compute/agent/config_drive.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace cumulet::compute;
namespace fs = std::filesystem;

namespace {

// SHA-512 of "abc" (FIPS 180-2).
constexpr const char* kAbc =
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";

std::string contents(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

struct Cache {
    agent::ImageCache make(std::uint64_t max_bytes = 1 << 20) {
        return {folder.path() / "images", folder.path() / "guests", max_bytes,
                [this](const std::string&, const std::function<void(std::string_view)>& sink) {
                    ++downloads;
                    for (char c : bytes) sink(std::string_view(&c, 1));
                }};
    }
    std::string guest(const std::string& name) const { return (folder.path() / "guests" / name).string(); }

    cumulet::test::TemporaryFolder folder;
    std::string bytes = "abc";
    int downloads = 0;
};

}  // namespace

TEST_CASE("an image is fetched once, checked, and kept by its checksum") {
    Cache cache;
    auto images = cache.make();
    const protocol::ImageRef image{.id = "i1", .disk_format = "raw", .sha512 = kAbc, .size_bytes = 3};
    const auto path = images.ensure(image, cache.guest("g1"));
    REQUIRE(contents(path) == "abc");
    REQUIRE(images.ensure(image, cache.guest("g2")) == path);
    REQUIRE(cache.downloads == 1);
}

TEST_CASE("bytes that are not the image's leave nothing behind") {
    Cache cache;
    auto images = cache.make();
    cache.bytes = GENERATE("abd", "ab", "abcd");
    REQUIRE_THROWS(
        images.ensure({.id = "i1", .disk_format = "raw", .sha512 = kAbc, .size_bytes = 3}, cache.guest("g1")));
    REQUIRE(fs::is_empty(cache.folder.path() / "images"));
    REQUIRE_THROWS(
        images.ensure({.id = "../x", .disk_format = "raw", .sha512 = "", .size_bytes = 3}, cache.guest("g1")));
}

TEST_CASE("room is made by dropping what no guest is based on") {
    Cache cache;
    auto images = cache.make(4);
    auto plain = [](const char* id) {
        return protocol::ImageRef{.id = id, .disk_format = "raw", .sha512 = "", .size_bytes = 3};
    };
    const auto kept = images.ensure(plain("kept"), cache.guest("g1"));
    const auto dropped = images.ensure(plain("dropped"), cache.guest("g2"));
    fs::remove_all(cache.guest("g2"));
    images.ensure(plain("third"), cache.guest("g3"));
    REQUIRE(fs::exists(kept));
    REQUIRE_FALSE(fs::exists(dropped));
}

TEST_CASE("a config drive is an ISO 9660 volume named config-2") {
    cumulet::test::TemporaryFolder folder;
    const auto path = (folder.path() / "config.iso").string();
    agent::write_config_drive(path,
                              {{"openstack/latest/meta_data.json", R"({"uuid": "u"})"}, {"ec2/latest/user-data", ""}});
    const auto image = contents(path);
    // The primary volume descriptor: sector 16; identifier at 1, volume name at 40.
    REQUIRE(image.size() > 17 * 2048);
    REQUIRE(image.substr(16 * 2048 + 1, 5) == "CD001");
    REQUIRE(image.substr(16 * 2048 + 40, 8) == "config-2");
    REQUIRE(image.find(R"({"uuid": "u"})") != std::string::npos);
}
