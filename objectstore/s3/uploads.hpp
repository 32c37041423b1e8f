// Multipart uploads: begin, parts, list, complete, abort.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "objectstore/s3/call.hpp"
#include "objectstore/s3/checksums.hpp"
#include "objectstore/s3/upload_records.hpp"

namespace cumulet::objectstore::s3 {

// Gives up an upload, its parts included. The blobs that come back are to be discarded after the commit.
std::vector<Blob> erase_upload(store::Transaction& txn, ObjectEngine& engine, const MultipartUpload& upload);

// The upload that the call names, guarded until the commit. Throws S3Error NoSuchUpload.
MultipartUpload upload_of(const S3Call& call, store::Transaction& txn);
// Of MultipartUpload::checksum.
std::optional<ChecksumKind> announced_kind(const std::string& announced);
bool is_composite(const std::string& announced);

http::Task<api::Reply> complete_upload(S3Call& call);

}  // namespace cumulet::objectstore::s3
