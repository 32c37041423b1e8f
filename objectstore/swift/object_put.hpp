// PUT of objects: from the request's body, from a manifest, from another object.
#pragma once

#include "common/api/stream.hpp"
#include "objectstore/swift/object_place.hpp"
#include "objectstore/swift/upload.hpp"

namespace cumulet::objectstore::swift {

http::Task<api::Reply> put_object_call(api::StreamCall& call);
http::Task<api::Reply> copy_object(api::StreamCall& call);

// Content-Type, metadata and the other headers of a PUT, as they go into the record.
Object object_from_headers(const api::Call& call, const ObjectPlace& place);
// Commits the record of an uploaded blob; the blob of the object before goes. `object` gets its blob, ETag and time.
http::Task<void> commit_object(api::StreamCall& call, Object& object, Uploaded uploaded);
// 201 with ETag and Last-Modified.
api::Reply created(const Object& object);
// The ETag that the client computed, if it sent one. Throws Fault 422 when it is another.
void check_etag(const api::Call& call, std::string_view etag);

// A static large object (multipart-manifest=put).
http::Task<api::Reply> put_manifest(api::StreamCall& call, const ObjectPlace& place);
// X-Copy-From.
http::Task<api::Reply> copy_between(api::StreamCall& call, const ObjectPlace& from, const ObjectPlace& to);

}  // namespace cumulet::objectstore::swift
