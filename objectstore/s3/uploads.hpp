// Multipart uploads: begin, parts, list, complete, abort.
#pragma once

#include "objectstore/s3/call.hpp"
#include "objectstore/s3/upload_records.hpp"

namespace cumulet::objectstore::s3 {

// Gives up an upload, its parts included. The blobs that come back are to be discarded after the commit.
std::vector<Blob> erase_upload(store::Transaction& txn, ObjectEngine& engine, const MultipartUpload& upload);

}  // namespace cumulet::objectstore::s3
