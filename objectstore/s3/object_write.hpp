// How an object gets into a bucket, whatever brings it: PUT, copy, a completed upload, a form.
#pragma once

#include <functional>

#include "common/http/range.hpp"
#include "objectstore/model/versions.hpp"
#include "objectstore/s3/call.hpp"
#include "objectstore/s3/payload.hpp"
#include "objectstore/s3/sealed.hpp"
#include "objectstore/swift/upload.hpp"

namespace cumulet::objectstore::s3 {

// The object named by the call, with the headers of the request.
Object object_from_request(const S3Call& call);

// Durable bytes that no record owns yet.
struct Stored {
    swift::Uploaded uploaded;
    std::string etag;          // MD5 of what the client sent, hex
    std::uint64_t length = 0;  // the same: not what encryption made of it
};
// The body of the request, all checked. `sealer` may be null. Throws S3Error.
http::Task<Stored> store_payload(S3Call& call, PayloadReader& payload, Sealer* sealer);
http::Task<Stored> store_content(S3Call& call, const swift::Content& content, std::uint64_t first, std::uint64_t length,
                                 Sealer* sealer);
void take_stored(const Stored& stored, Object& object);

// What stands between an object and its commit besides its bytes.
struct Write {
    Object object;
    // Runs in the transaction before the object is written; may throw S3Error.
    std::function<void(store::Transaction&, Object&)> also = {};
};

// Writes the record of an object whose bytes are durable, checks conditions and quotas, gives back what was replaced.
// The object comes back as it was written. The caller keeps the writers of its blobs.
http::Task<Object> commit_object(S3Call& call, Write write);

// The object that the call names, from its body: stored, checked, committed. Throws S3Error.
http::Task<Object> put_payload(S3Call& call, PayloadReader& payload);

// ETag, version and what else a PUT answers with.
void show_written(const S3Call& call, const Object& object, http::Headers& headers);

http::Task<api::Reply> put_object(S3Call& call);
http::Task<api::Reply> copy_object(S3Call& call);
http::Task<api::Reply> post_object(S3Call& call);

// "bucket/key?versionId=…" of x-amz-copy-source, found and authorized to be read.
struct CopySource {
    Object object;
    std::string bucket;
};
CopySource copy_source(S3Call& call);
http::Task<swift::Content> content_of_source(S3Call& call, const CopySource& source);

}  // namespace cumulet::objectstore::s3
