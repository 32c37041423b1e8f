// Where the bytes of an object stand, as its record remembers it.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>

#include "common/store/codec.hpp"

namespace cumulet::objectstore {

// `file` and `offset` are where the bytes were written first, and name the blob for good: compaction may have moved
// them since, which only the engine knows.
struct Blob {
    std::uint64_t file = 0;      // number of the file; 0: no bytes at all
    bool shared = false;         // in a segment, among other blobs
    std::uint64_t offset = 0;    // in that segment
    std::uint64_t length = 0;    // bytes
    std::uint64_t checksum = 0;  // XXH3 of the stored bytes; of a file of its own: of its block checksums
    std::uint32_t disk = 0;      // number of the disk it was written to
    std::string key{};           // its data key, sealed; empty: the bytes are stored as they are
    std::string key_scope{};     // whose key that was sealed with
    bool composed = false;       // made of other blobs: see composed_engine.hpp
    bool operator==(const Blob&) const = default;
};

}  // namespace cumulet::objectstore

template <>
struct cumulet::store::Describe<cumulet::objectstore::Blob> {
    using Blob = cumulet::objectstore::Blob;
    static constexpr auto fields =
        List{field("file", &Blob::file),     field("shared", &Blob::shared),       field("offset", &Blob::offset),
             field("length", &Blob::length), field("checksum", &Blob::checksum),   field("disk", &Blob::disk),
             field("key", &Blob::key),       field("key_scope", &Blob::key_scope), field("composed", &Blob::composed)};
};
