// What a reader of an object gets: its own bytes, or those of the segments that it names.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "objectstore/model/object.hpp"
#include "objectstore/swift/body_chain.hpp"
#include "objectstore/swift/call.hpp"
#include "objectstore/swift/manifest.hpp"
#include "objectstore/swift/object_place.hpp"
#include "objectstore/swift/service.hpp"

namespace cumulet::objectstore::swift {

struct Content {
    std::uint64_t length = 0;
    std::string etag;           // without quotes
    bool quoted = false;        // how the ETag of a large object is shown
    bool whole_ranges = false;  // several ranges at once are not told apart: all of it is sent
    std::string content_type;
    // `length` bytes from `offset` on. Throws Fault.
    std::function<BlobBody(std::uint64_t offset, std::uint64_t length)> open;
};

// A range of a plain object's bytes, or bytes that stand in the manifest.
struct Segment {
    std::string account, container, name;
    std::string etag;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::string data;  // not empty: these bytes, of the manifest itself
};

// Bytes of the object itself, also where they were moved since `object` was read. Throws ObjectReplaced when they are
// no more, and Fault.
BlobBody open_object(const Swift& swift, Object object, std::uint64_t offset, std::uint64_t length);
// `as_manifest`: the object itself, though it names segments (multipart-manifest=get).
http::Task<Content> content_of(SwiftCall& call, const Object& object, bool as_manifest);
// The object at a place, at the end of links, as the call may read it; absent where there is none. Throws Fault.
std::optional<Object> segment_at(const SwiftCall& call, const ObjectPlace& place);
http::Task<std::vector<ManifestEntry>> manifest_of(const Swift& swift, const Object& object);

}  // namespace cumulet::objectstore::swift
