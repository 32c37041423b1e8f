// How an object gets into a bucket, whatever brings it: PUT, copy, a completed upload, a form.
#pragma once

#include <functional>

#include "objectstore/s3/call.hpp"
#include "objectstore/swift/upload.hpp"

namespace cumulet::objectstore::s3 {

// The object named by the call, with the headers of the request.
Object object_from_request(const S3Call& call);

// What stands between an object and its commit besides its bytes.
struct Write {
    Object object;
    // Runs in the transaction before the object is written; may throw S3Error.
    std::function<void(store::Transaction&)> also = {};
};

// Writes the record of an object whose bytes are durable in `blob`, checks conditions and quotas, gives back what was
// replaced. The object comes back as it was written. The caller keeps the writers of its blobs.
http::Task<Object> commit_object(S3Call& call, Write write);

// ETag and what else a PUT answers with.
void show_written(const Object& object, http::Headers& headers);

http::Task<api::Reply> put_object(S3Call& call);
http::Task<api::Reply> copy_object(S3Call& call);

// "bucket/key?versionId=…" of x-amz-copy-source, found and authorized to be read.
struct CopySource {
    Object object;
    std::string bucket;
};
CopySource copy_source(S3Call& call);

}  // namespace cumulet::objectstore::s3
