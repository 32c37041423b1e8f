#include <catch2/catch.hpp>

#include "common/runtime/text.hpp"
#include "objectstore/s3/auth/hmac.hpp"
#include "objectstore/s3/checksums.hpp"
#include "objectstore/swift/upload.hpp"
#include "s3_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::S3UnderTest;

namespace {

std::string begin(S3UnderTest& s3, const std::string& key, testing::Sent headers = {}) {
    return s3.call("POST", key + "?uploads", "alice", std::move(headers))
        .xml("InitiateMultipartUploadResult")
        .text_of("UploadId");
}

std::string put_part(S3UnderTest& s3, const std::string& key, const std::string& id, int number,
                     const std::string& bytes, testing::Sent headers = {}) {
    return s3
        .call("PUT", key + "?partNumber=" + std::to_string(number) + "&uploadId=" + id, "alice", std::move(headers),
              bytes)
        .header("ETag");
}

testing::Answer complete(S3UnderTest& s3, const std::string& key, const std::string& id,
                         const std::vector<std::pair<int, std::string>>& parts, testing::Sent headers = {}) {
    std::string body = "<CompleteMultipartUpload>";
    for (const auto& [number, etag] : parts)
        body += "<Part><PartNumber>" + std::to_string(number) + "</PartNumber><ETag>" + etag + "</ETag></Part>";
    return s3.call("POST", key + "?uploadId=" + id, "alice", std::move(headers), body + "</CompleteMultipartUpload>");
}

std::int64_t bytes_used(S3UnderTest& s3) {
    return std::stoll(s3.swift_call("HEAD", "p1/bucket").header("X-Container-Bytes-Used"));
}

}  // namespace

TEST_CASE("an upload in parts becomes one object, whose bytes are those of its parts") {
    S3UnderTest s3;
    s3.settings.min_part_bytes = 1000;
    s3.call("PUT", "/bucket");
    const auto id = begin(s3, "/bucket/big", {{"x-amz-meta-k", "v"}, {"Content-Type", "text/x"}});
    const std::string one(200'000, 'a'), two(1000, 'b'), three(7, 'c');
    const auto e3 = put_part(s3, "/bucket/big", id, 7, three), e1 = put_part(s3, "/bucket/big", id, 1, "replaced");
    REQUIRE(e1 == "\"" + swift::md5_of("replaced") + "\"");
    const auto first = put_part(s3, "/bucket/big", id, 1, one), e2 = put_part(s3, "/bucket/big", id, 2, two);
    REQUIRE(s3.call("GET", "/bucket/big").status == 404);
    REQUIRE(s3.call("GET", "/bucket?uploads").xml("ListMultipartUploadsResult").all("Upload").size() == 1);
    const auto listed = s3.call("GET", "/bucket/big?uploadId=" + id + "&max-parts=2").xml("ListPartsResult");
    REQUIRE(listed.all("Part").size() == 2);
    REQUIRE(listed.text_of("IsTruncated") == "true");
    REQUIRE(listed.text_of("NextPartNumberMarker") == "2");
    const auto done = complete(s3, "/bucket/big", id, {{1, first}, {2, e2}, {7, e3}});
    REQUIRE(done.status == 200);
    const auto digests = *text::from_hex(swift::md5_of(one)) + *text::from_hex(swift::md5_of(two)) +
                         *text::from_hex(swift::md5_of(three));
    const auto etag = "\"" + swift::md5_of(digests) + "-3\"";
    REQUIRE(done.xml("CompleteMultipartUploadResult").text_of("ETag") == etag);
    const auto got = s3.call("GET", "/bucket/big");
    REQUIRE(got.body == one + two + three);
    REQUIRE(got.header("ETag") == etag);
    REQUIRE(got.header("x-amz-meta-k") == "v");
    REQUIRE(s3.call("GET", "/bucket/big", "alice", {{"Range", "bytes=199999-201001"}}).body == "a" + two + "cc");
    REQUIRE(s3.call("GET", "/bucket/big?partNumber=2").body == two);
    REQUIRE(s3.call("GET", "/bucket/big?partNumber=4").code() == "InvalidPartNumber");
    REQUIRE(s3.swift_call("GET", "p1/bucket/big").body == one + two + three);
    REQUIRE(bytes_used(s3) == 201'007);
    REQUIRE(complete(s3, "/bucket/big", id, {{1, first}, {2, e2}, {7, e3}}).status == 200);
    REQUIRE(s3.call("DELETE", "/bucket/big").status == 204);
    REQUIRE(bytes_used(s3) == 0);
    REQUIRE(s3.call("DELETE", "/bucket").status == 204);
}

TEST_CASE("an upload is completed by its rules, or not at all") {
    S3UnderTest s3;
    s3.settings.min_part_bytes = 1000;
    s3.call("PUT", "/bucket");
    const auto id = begin(s3, "/bucket/o");
    const std::string bytes(1000, 'a');
    const auto e1 = put_part(s3, "/bucket/o", id, 1, bytes), e2 = put_part(s3, "/bucket/o", id, 2, "small"),
               e3 = put_part(s3, "/bucket/o", id, 3, "last");
    REQUIRE(complete(s3, "/bucket/o", id, {{2, e2}, {1, e1}}).code() == "InvalidPartOrder");
    REQUIRE(complete(s3, "/bucket/o", id, {{1, e2}}).code() == "InvalidPart");
    REQUIRE(complete(s3, "/bucket/o", id, {{9, e1}}).code() == "InvalidPart");
    REQUIRE(complete(s3, "/bucket/o", id, {{1, e1}, {2, e2}, {3, e3}}).code() == "EntityTooSmall");
    REQUIRE(complete(s3, "/bucket/o", id, {}).code() == "MalformedXML");
    REQUIRE(complete(s3, "/bucket/o", "none", {{1, e1}}).code() == "NoSuchUpload");
    REQUIRE(s3.call("PUT", "/bucket/o?partNumber=10001&uploadId=" + id, "alice", {}, "x").code() == "InvalidArgument");
    REQUIRE(s3.call("PUT", "/bucket/o?partNumber=1&uploadId=none", "alice", {}, "x").code() == "NoSuchUpload");
    REQUIRE(s3.call("GET", "/bucket/o").code() == "NoSuchKey");
    REQUIRE(complete(s3, "/bucket/o", id, {{1, e1}, {3, e3}}).status == 200);
    REQUIRE(s3.call("GET", "/bucket/o").body == bytes + "last");
    const auto gone = begin(s3, "/bucket/o2");
    put_part(s3, "/bucket/o2", gone, 1, bytes);
    REQUIRE(s3.call("DELETE", "/bucket/o2?uploadId=" + gone).status == 204);
    REQUIRE(s3.call("DELETE", "/bucket/o2?uploadId=" + gone).code() == "NoSuchUpload");
    REQUIRE(s3.call("GET", "/bucket?uploads").xml("ListMultipartUploadsResult").all("Upload").empty());
}

TEST_CASE("parts are copied from objects, and completed checksums are those of the whole") {
    S3UnderTest s3;
    s3.settings.min_part_bytes = 4;
    s3.call("PUT", "/bucket");
    s3.call("PUT", "/bucket/from", "alice", {}, "0123456789");
    const auto id = begin(s3, "/bucket/o");
    const auto copy = [&](int number, const std::string& range) {
        return s3.call("PUT", "/bucket/o?partNumber=" + std::to_string(number) + "&uploadId=" + id, "alice",
                       {{"x-amz-copy-source", "bucket/from"}, {"x-amz-copy-source-range", range}});
    };
    const auto e1 = copy(1, "bytes=0-4").xml("CopyPartResult").text_of("ETag"),
               e2 = copy(2, "bytes=5-9").xml("CopyPartResult").text_of("ETag");
    REQUIRE(copy(3, "bytes=5-10").code() == "InvalidRange");
    REQUIRE(copy(3, "5-10").code() == "InvalidArgument");
    REQUIRE(complete(s3, "/bucket/o", id, {{1, e1}, {2, e2}}).status == 200);
    REQUIRE(s3.call("GET", "/bucket/o").body == "0123456789");

    for (const auto& [name, element, whole] : {std::tuple{"CRC32", "ChecksumCRC32", "y/Q5Jg=="},
                                               {"CRC32C", "ChecksumCRC32C", "4waSgw=="},
                                               {"CRC64NVME", "ChecksumCRC64NVME", "rosUhgp5mIg="}}) {
        const auto sum =
            begin(s3, "/bucket/s", {{"x-amz-checksum-algorithm", name}, {"x-amz-checksum-type", "FULL_OBJECT"}});
        const auto a = put_part(s3, "/bucket/s", sum, 1, "12345"), b = put_part(s3, "/bucket/s", sum, 2, "6789");
        const std::string header = "x-amz-checksum-" + text::to_lower(name);
        const auto wrong = text::to_base64(std::string(text::from_base64(whole)->size(), 'x'));
        REQUIRE(complete(s3, "/bucket/s", sum, {{1, a}, {2, b}}, {{header, wrong}}).code() == "BadDigest");
        REQUIRE(complete(s3, "/bucket/s", sum, {{1, a}, {2, b}}, {{"x-amz-checksum-type", "COMPOSITE"}}).code() ==
                "InvalidRequest");
        REQUIRE(complete(s3, "/bucket/s", sum, {{1, a}, {2, b}}, {{"x-amz-mp-object-size", "8"}}).code() ==
                "InvalidRequest");
        const auto done = complete(s3, "/bucket/s", sum, {{1, a}, {2, b}}, {{header, whole}});
        REQUIRE(done.xml("CompleteMultipartUploadResult").text_of(element) == whole);
        REQUIRE(s3.call("HEAD", "/bucket/s", "alice", {{"x-amz-checksum-mode", "ENABLED"}}).header(header) == whole);
    }
}

TEST_CASE("an upload that a client's key seals is completed with that key") {
    S3UnderTest s3;
    s3.settings.min_part_bytes = 4;
    s3.call("PUT", "/bucket");
    const auto headers = [](char c) {
        const std::string key(32, c);
        return testing::Sent{
            {"x-amz-server-side-encryption-customer-algorithm", "AES256"},
            {"x-amz-server-side-encryption-customer-key", text::to_base64(key)},
            {"x-amz-server-side-encryption-customer-key-md5", text::to_base64(s3::digest_of(s3::Hash::md5, key))}};
    };
    for (const bool sums : {false, true}) {
        auto first = headers('k');
        if (sums) first.emplace_back("x-amz-checksum-algorithm", "CRC32");
        const auto id = begin(s3, "/bucket/o", first);
        REQUIRE(put_part(s3, "/bucket/o", id, 1, "12345") == "(none)");
        REQUIRE(put_part(s3, "/bucket/o", id, 1, "12345", headers('j')) == "(none)");
        const auto part = put_part(s3, "/bucket/o", id, 1, "12345", headers('k'));
        REQUIRE(complete(s3, "/bucket/o", id, {{1, part}}, headers('j')).code() == "InvalidRequest");
        if (sums) REQUIRE(complete(s3, "/bucket/o", id, {{1, part}}).code() == "InvalidRequest");
        REQUIRE(complete(s3, "/bucket/o", id, {{1, part}}, sums ? headers('k') : testing::Sent{}).status == 200);
        REQUIRE(s3.call("GET", "/bucket/o", "alice", headers('k')).body == "12345");
    }
}

TEST_CASE("each part keeps the checksum that it came with") {
    S3UnderTest s3;
    s3.settings.min_part_bytes = 4;
    s3.call("PUT", "/bucket");
    const auto id = begin(s3, "/bucket/o", {{"x-amz-checksum-algorithm", "CRC32"}});
    const auto sum_of = [](const std::string& bytes) {
        s3::ChecksumMeter meter(s3::ChecksumKind::crc32);
        meter.add(bytes);
        return meter.result().value;
    };
    const auto a = put_part(s3, "/bucket/o", id, 1, "12345", {{"x-amz-checksum-crc32", sum_of("12345")}}),
               b = put_part(s3, "/bucket/o", id, 2, "6789", {{"x-amz-checksum-crc32", sum_of("6789")}});
    REQUIRE(put_part(s3, "/bucket/o", id, 3, "x", {{"x-amz-checksum-sha1", "x"}}) == "(none)");
    const auto done = complete(s3, "/bucket/o", id, {{1, a}, {2, b}}).xml("CompleteMultipartUploadResult");
    REQUIRE(done.text_of("ChecksumType") == "COMPOSITE");
    REQUIRE(done.text_of("ChecksumCRC32").ends_with("-2"));
    const auto part = [&](const std::string& number) {
        return s3.call("GET", "/bucket/o?partNumber=" + number, "alice", {{"x-amz-checksum-mode", "ENABLED"}});
    };
    REQUIRE(part("1").header("x-amz-checksum-crc32") == sum_of("12345"));
    REQUIRE(part("2").header("x-amz-checksum-crc32") == sum_of("6789"));
    REQUIRE(part("2").header("x-amz-mp-parts-count") == "2");
    const auto attributes = s3.call("GET", "/bucket/o?attributes", "alice",
                                    {{"x-amz-object-attributes", "ETag,Checksum,ObjectParts,ObjectSize,StorageClass"},
                                     {"x-amz-max-parts", "1"},
                                     {"x-amz-part-number-marker", "1"}})
                                .xml("GetObjectAttributesResponse");
    REQUIRE(attributes.text_of("ObjectSize") == "9");
    REQUIRE(attributes.child("Checksum")->text_of("ChecksumType") == "COMPOSITE");
    const auto* parts = attributes.child("ObjectParts");
    REQUIRE(parts->text_of("PartsCount") == "2");
    REQUIRE(parts->text_of("NextPartNumberMarker") == "2");
    REQUIRE(parts->text_of("IsTruncated") == "false");
    REQUIRE(parts->all("Part").size() == 1);
    REQUIRE(parts->child("Part")->text_of("ChecksumCRC32") == sum_of("6789"));
}
