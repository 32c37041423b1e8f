// Where the bytes of an object stand, as its record remembers it.
#pragma once

#include <cstdint>
#include <tuple>

#include "common/store/codec.hpp"

namespace cumulet::objectstore {

struct Blob {
    std::uint64_t file = 0;      // number of the file; 0: no bytes at all
    bool shared = false;         // in a segment, among other blobs
    std::uint64_t offset = 0;    // in that segment
    std::uint64_t length = 0;    // bytes
    std::uint64_t checksum = 0;  // XXH3 of them
    bool operator==(const Blob&) const = default;
};

}  // namespace cumulet::objectstore

template <>
struct cumulet::store::Describe<cumulet::objectstore::Blob> {
    using Blob = cumulet::objectstore::Blob;
    static constexpr auto fields =
        std::tuple{field("file", &Blob::file), field("shared", &Blob::shared), field("offset", &Blob::offset),
                   field("length", &Blob::length), field("checksum", &Blob::checksum)};
};
