// What a reader of an object gets: its own bytes, or those of the segments that it names.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "objectstore/model/object.hpp"
#include "objectstore/swift/body_chain.hpp"
#include "objectstore/swift/call.hpp"
#include "objectstore/swift/service.hpp"

namespace cumulet::objectstore::swift {

struct Content {
    std::uint64_t length = 0;
    std::string etag;     // without quotes
    bool quoted = false;  // how the ETag of a large object is shown
    std::string content_type;
    // `length` bytes from `offset` on. Throws Fault.
    std::function<BlobBody(std::uint64_t offset, std::uint64_t length)> open;
};

// A range of a plain object's bytes.
struct Segment {
    std::string account, container, name;
    std::string etag;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

// One entry of a static large object's manifest.
struct ManifestEntry {
    std::string container, name;
    std::string etag;
    std::uint64_t bytes = 0;  // of the whole segment
    std::uint64_t first = 0;  // the part of it that counts
    std::uint64_t last = 0;   // included
    bool has_range = false;
    bool sub_manifest = false;
    std::string content_type, last_modified;

    std::uint64_t length() const { return last - first + 1; }
};
std::vector<ManifestEntry> parse_manifest(std::string_view json);
std::string to_json(const std::vector<ManifestEntry>& manifest);

// `as_manifest`: the object itself, though it names segments (multipart-manifest=get).
http::Task<Content> content_of(SwiftCall& call, const Object& object, bool as_manifest);
http::Task<std::vector<ManifestEntry>> manifest_of(const Swift& swift, const Object& object);

}  // namespace cumulet::objectstore::swift
