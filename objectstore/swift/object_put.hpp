// PUT of objects: from the request's body, from a manifest, from another object.
#pragma once

#include "objectstore/swift/call.hpp"
#include "objectstore/swift/object_place.hpp"
#include "objectstore/swift/upload.hpp"

namespace cumulet::objectstore::swift {

http::Task<api::Reply> put_object_call(SwiftCall& call);
http::Task<api::Reply> copy_object(SwiftCall& call);

// Content-Type, metadata and the other headers of a PUT, as they go into the record.
Object object_from_headers(const SwiftCall& call, const ObjectPlace& place);
// Commits the record of an uploaded blob; the blob of the object before goes. `object` gets its blob, ETag and time.
http::Task<void> commit_object(SwiftCall& call, Object& object, Uploaded uploaded);
// 201 with ETag and Last-Modified.
api::Reply created(const Object& object);
// The ETag that the client computed, if it sent one. Throws Fault 422 when it is another.
void check_etag(const SwiftCall& call, std::string_view etag);

// A static large object (multipart-manifest=put).
http::Task<api::Reply> put_manifest(SwiftCall& call, const ObjectPlace& place);
// The same from a manifest that is kept, for a copy of it; the segments are those of the new object's account.
http::Task<Object> copy_manifest(SwiftCall& call, const Object& from, Object object);
// X-Copy-From, of a version or of the current one.
http::Task<api::Reply> copy_between(SwiftCall& call, const ObjectPlace& from, const std::optional<std::string>& version,
                                    const ObjectPlace& to);

}  // namespace cumulet::objectstore::swift
