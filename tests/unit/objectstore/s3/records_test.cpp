// What is stored must stay readable: who changes a field here raises the version of its record.
#include <catch2/catch.hpp>

#include "objectstore/s3/bucket_name.hpp"
#include "objectstore/s3/upload_records.hpp"

using namespace cumulet;
using namespace cumulet::objectstore::s3;

TEST_CASE("records of S3 are laid out as their versions say") {
    REQUIRE(store::schema_of<BucketName>() == "bucket_name 1 (name: string, account: string)");
    const auto upload = store::schema_of<MultipartUpload>();
    REQUIRE(upload.starts_with("multipart_upload 1 (object: (account: string, "));
    REQUIRE(upload.ends_with(
        "), id: string, began_at: time, initiator: string, initiator_name: string, checksum: string)"));
    const auto part = store::schema_of<UploadPart>();
    REQUIRE(part.starts_with("upload_part 1 (upload: string, number: integer, blob: (file: integer, "));
    REQUIRE(part.ends_with("), etag: string, checksum: string, modified_at: time, length: integer, sealing: string)"));
}
