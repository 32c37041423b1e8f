// The manifest of a static large object: as clients write it, and as it is kept.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "objectstore/swift/settings.hpp"

namespace cumulet::objectstore::swift {

// One segment as the client wrote it down: an object, or bytes of its own.
struct WantedSegment {
    std::string path;
    std::string container, name;
    std::string etag;                    // empty: whatever it is
    std::optional<std::uint64_t> bytes;  // absent: whatever it is
    std::string range;                   // "first-last", "first-", "-suffix"; empty: all
    std::string data;                    // bytes; the rest is empty then
};

// Throws Fault 400 and 413. `self` is "container/object" of the manifest, which it may not name.
std::vector<WantedSegment> parse_wanted(std::string_view json, const Settings& settings, std::string_view self);

// One entry of a manifest that is kept.
struct ManifestEntry {
    std::string container, name;
    std::string etag;
    std::uint64_t bytes = 0;  // of the whole segment
    std::uint64_t first = 0;  // the part of it that counts
    std::uint64_t last = 0;   // included
    bool has_range = false;
    bool sub_manifest = false;
    std::string content_type, last_modified;
    std::string data;  // bytes of its own: then there is no name

    bool is_inline() const { return !data.empty(); }
    std::uint64_t length() const { return bytes == 0 ? 0 : last - first + 1; }
};

// Throws nlohmann::json::exception for what to_json() did not write.
std::vector<ManifestEntry> parse_manifest(std::string_view json);
std::string to_json(const std::vector<ManifestEntry>& manifest);
// As a client could put it again (multipart-manifest=get&format=raw).
std::string to_raw_json(const std::vector<ManifestEntry>& manifest);
std::vector<WantedSegment> to_wanted(const std::vector<ManifestEntry>& manifest);
// MD5 over the ETags of all segments, in hex.
std::string etag_of(const std::vector<ManifestEntry>& manifest);

}  // namespace cumulet::objectstore::swift
