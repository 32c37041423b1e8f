// What the store knows about a blob besides its object's record: who owns it, and where it is now. A file whose number
// no row bears is garbage.
#pragma once

#include <string>
#include <tuple>
#include <vector>

#include "common/store/record.hpp"
#include "objectstore/engine/blob.hpp"

namespace cumulet::objectstore {

struct BlobRow {
    std::uint64_t file = 0;    // as its Blob has them: its name
    std::uint64_t offset = 0;  //
    std::uint64_t length = 0;
    std::string owner;
    bool shared = false;
    std::uint64_t checksum = 0;
    std::uint32_t disk = 0;        // where it is now
    std::uint64_t now_file = 0;    // the segment that compaction moved it to; 0: never moved
    std::uint64_t now_offset = 0;  // in that segment
    bool rotten = false;           // the scrubber found other bytes than were written

    std::uint64_t at_file() const { return now_file != 0 ? now_file : file; }
    std::uint64_t at_offset() const { return now_file != 0 ? now_offset : offset; }
};

BlobRow row_of(const Blob& blob, std::string owner);

// A blob that is marked as rotten, for who asks which they are.
struct RottenRow {
    std::uint64_t file = 0, offset = 0;  // as its Blob has them
    std::uint64_t length = 0;
    std::uint32_t disk = 0;
    std::string owner;
    Timestamp found_at{};
};

// One file of the engine's own: how far the scrubber has come.
struct ScrubRow {
    std::uint64_t id = 0;                // always 0
    std::uint64_t file = 0, offset = 0;  // the last blob it looked at; 0: at the beginning
    std::uint64_t rounds = 0;            // finished
};

// A folder that holds blobs. Its marker file bears the same number and token.
struct DiskRow {
    std::uint32_t number = 0;
    std::string token;
    std::string folder;  // where it was last
};

}  // namespace cumulet::objectstore

template <>
struct cumulet::store::Describe<cumulet::objectstore::BlobRow> {
    using Row = cumulet::objectstore::BlobRow;
    static constexpr std::string_view collection = "blob";
    static constexpr int version = 2;
    static constexpr auto key = List{&Row::file, &Row::offset};
    static constexpr auto fields =
        List{field("file", &Row::file),    field("offset", &Row::offset),     field("length", &Row::length),
             field("owner", &Row::owner),  field("shared", &Row::shared),     field("checksum", &Row::checksum),
             field("disk", &Row::disk),    field("now_file", &Row::now_file), field("now_offset", &Row::now_offset),
             field("rotten", &Row::rotten)};
    // Only blobs that were moved stand in it, by the segment they are in.
    static constexpr auto indexes = List{each("moved", [](const Row& row) {
        std::vector<std::uint64_t> segments;
        if (row.now_file != 0) segments.push_back(row.now_file);
        return segments;
    })};
};

template <>
struct cumulet::store::Describe<cumulet::objectstore::RottenRow> {
    using Row = cumulet::objectstore::RottenRow;
    static constexpr std::string_view collection = "rotten";
    static constexpr int version = 1;
    static constexpr auto key = List{&Row::file, &Row::offset};
    static constexpr auto fields =
        List{field("file", &Row::file), field("offset", &Row::offset), field("length", &Row::length),
             field("disk", &Row::disk), field("owner", &Row::owner),   field("found_at", &Row::found_at)};
    static constexpr auto indexes = List{};
};

template <>
struct cumulet::store::Describe<cumulet::objectstore::ScrubRow> {
    using Row = cumulet::objectstore::ScrubRow;
    static constexpr std::string_view collection = "scrub";
    static constexpr int version = 1;
    static constexpr auto key = List{&Row::id};
    static constexpr auto fields = List{field("id", &Row::id), field("file", &Row::file), field("offset", &Row::offset),
                                        field("rounds", &Row::rounds)};
    static constexpr auto indexes = List{};
};

template <>
struct cumulet::store::Describe<cumulet::objectstore::DiskRow> {
    using Row = cumulet::objectstore::DiskRow;
    static constexpr std::string_view collection = "disk";
    static constexpr int version = 1;
    static constexpr auto key = List{&Row::number};
    static constexpr auto fields =
        List{field("number", &Row::number), field("token", &Row::token), field("folder", &Row::folder)};
    static constexpr auto indexes = List{};
};
