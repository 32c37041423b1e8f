#include <catch2/catch.hpp>

#include "compute/images/inspect.hpp"
#include "qcow2_bytes.hpp"

using namespace cumulet::compute::images;
using test::qcow2;

namespace {

constexpr std::uint64_t kMax = 1ull << 40;

std::string why(const std::string& bytes, const std::string& format) { return objection(inspect(bytes), format, kMax); }

}  // namespace

TEST_CASE("a plain qcow2 is taken and its virtual size read") {
    for (int version : {2, 3}) {
        const auto found = inspect(qcow2({.version = version, .virtual_size = 1 << 30}));
        REQUIRE(found.format == "qcow2");
        REQUIRE(found.virtual_size == 1u << 30);
        REQUIRE(objection(found, "qcow2", kMax).empty());
    }
}

TEST_CASE("a qcow2 that refers to other files is refused") {
    REQUIRE(why(qcow2({.backing_file_offset = 200}), "qcow2") == "it has a backing file");
    REQUIRE(why(qcow2({.incompatible = 4}), "qcow2") == "it keeps its data in another file");
    REQUIRE(why(qcow2({.data_file_extension = true}), "qcow2") == "it keeps its data in another file");
}

TEST_CASE("a qcow2 that claims absurd things is refused") {
    REQUIRE(why(qcow2({.virtual_size = 1ull << 62}), "qcow2").find("virtual size") != std::string::npos);
    REQUIRE(why(qcow2({.version = 9}), "qcow2").find("version 9") != std::string::npos);
    REQUIRE(why(qcow2({.cluster_bits = 40}), "qcow2").find("damaged") != std::string::npos);
    REQUIRE(why(qcow2({}).substr(0, 30), "qcow2").find("cut off") != std::string::npos);
    REQUIRE(why(qcow2({.incompatible = 1ull << 40}), "qcow2").find("unknown") != std::string::npos);
}

TEST_CASE("data of one format does not come as another; unknown bytes come as anything") {
    REQUIRE(why(qcow2({}), "raw") == "its disk_format is raw, but the data is qcow2");
    REQUIRE(why(qcow2({}), "vmdk") == "its disk_format is vmdk, but the data is qcow2");
    REQUIRE(why("vhdxfile", "qcow2") == "its disk_format is qcow2, but the data is vhdx");
    for (const char* format : {"raw", "qcow2", "vhd", "ami"}) REQUIRE(why("hello", format).empty());
}

TEST_CASE("a VMDK that only describes other files is refused") {
    REQUIRE_FALSE(why("# Disk DescriptorFile\nRW 100 FLAT \"/etc/passwd\"", "vmdk").empty());
    std::string sparse = "KDMV" + std::string(508, '\0') + "createType=\"monolithicSparse\"";
    sparse[12] = 8;
    REQUIRE(why(sparse, "vmdk").empty());
    REQUIRE(inspect(sparse).virtual_size == 8 * 512);
}

TEST_CASE("any prefix of a header is looked at without harm") {
    const auto whole = qcow2({.data_file_extension = true});
    for (std::size_t length = 0; length <= whole.size(); ++length) inspect(std::string_view(whole).substr(0, length));
}
