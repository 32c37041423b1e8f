// Encryption at rest as S3 tells of it.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/runtime/text.hpp"
#include "s3_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::S3UnderTest;

namespace {

bool stands_on_disk(const std::filesystem::path& folder, const std::string& text) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string bytes(std::istreambuf_iterator<char>(file), {});
        if (bytes.find(text) != std::string::npos) return true;
    }
    return false;
}

const std::string kDefault =
    "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>"
    "AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>"
    "</ServerSideEncryptionConfiguration>";
const std::string kHeader = "x-amz-server-side-encryption";

}  // namespace

TEST_CASE("a store that encrypts says so of every object, and does it") {
    for (const bool encrypts : {false, true}) {
        S3UnderTest s3(encrypts);
        s3.settings.min_part_bytes = 10;
        s3.call("PUT", "/bucket");
        const std::string secret = "this must not stand on the disk";
        for (const std::size_t size : {std::size_t{40}, std::size_t{200'000}}) {
            const auto bytes = secret + std::string(size, 'x') + secret;
            const std::string said = encrypts ? "AES256" : "(none)";
            REQUIRE(s3.call("PUT", "/bucket/o", "alice", {}, bytes).header(kHeader) == said);
            REQUIRE(s3.call("HEAD", "/bucket/o").header(kHeader) == said);
            REQUIRE(s3.call("GET", "/bucket/o").body == bytes);
            REQUIRE(s3.call("GET", "/bucket/o", "alice", {{"Range", "bytes=5-60"}}).body == bytes.substr(5, 56));
            REQUIRE(s3.swift_call("GET", "p1/bucket/o").body == bytes);
            const auto copy = s3.call("PUT", "/bucket/c", "alice", {{"x-amz-copy-source", "bucket/o"}});
            REQUIRE(copy.header(kHeader) == said);
            REQUIRE(s3.call("GET", "/bucket/c").body == bytes);
            const auto begun = s3.call("POST", "/bucket/m?uploads");
            REQUIRE(begun.header(kHeader) == said);
            const auto id = begun.xml("InitiateMultipartUploadResult").text_of("UploadId");
            std::string parts;
            for (const auto* number : {"1", "2"})
                parts += std::string("<Part><PartNumber>") + number + "</PartNumber><ETag>" +
                         s3.call("PUT", std::string("/bucket/m?partNumber=") + number + "&uploadId=" + id, "alice", {},
                                 bytes)
                             .header("ETag") +
                         "</ETag></Part>";
            REQUIRE(s3.call("POST", "/bucket/m?uploadId=" + id, "alice", {},
                            "<CompleteMultipartUpload>" + parts + "</CompleteMultipartUpload>")
                        .header(kHeader) == said);
            REQUIRE(s3.call("GET", "/bucket/m").body == bytes + bytes);
        }
        REQUIRE(stands_on_disk(s3.folder.path() / "data", secret) == !encrypts);
    }
}

TEST_CASE("encryption is promised only where it is done") {
    for (const bool encrypts : {false, true}) {
        S3UnderTest s3(encrypts);
        s3.call("PUT", "/bucket");
        const auto put = [&](testing::Sent headers) {
            return s3.call("PUT", "/bucket/o", "alice", std::move(headers), "x").code();
        };
        REQUIRE(put({{kHeader, "AES256"}}) == (encrypts ? "" : "NotImplemented"));
        REQUIRE(put({{kHeader, "aws:kms"}}) == "NotImplemented");
        REQUIRE(put({{kHeader, "AES192"}}) == "InvalidArgument");
        REQUIRE(put({{kHeader, "AES256"}, {kHeader + "-aws-kms-key-id", "k"}}) == "InvalidArgument");
        REQUIRE(put({{kHeader + "-aws-kms-key-id", "k"}}) == "InvalidArgument");
        REQUIRE(s3.call("GET", "/bucket/o", "alice", {{kHeader, "AES256"}}).status == (encrypts ? 400 : 404));
        REQUIRE(s3.call("PUT", "/bucket?encryption", "alice", {}, kDefault).code() ==
                (encrypts ? "" : "NotImplemented"));
        REQUIRE(s3.call("GET", "/bucket?encryption").code() ==
                (encrypts ? "" : "ServerSideEncryptionConfigurationNotFoundError"));
    }
}
