// What the store knows about a blob besides its object's record: who owns it. A file whose number no row bears is
// garbage.
#pragma once

#include <string>
#include <tuple>

#include "common/store/record.hpp"
#include "objectstore/engine/blob.hpp"

namespace cumulet::objectstore {

struct BlobRow {
    std::uint64_t file = 0;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::string owner;
};

}  // namespace cumulet::objectstore

template <>
struct cumulet::store::Describe<cumulet::objectstore::BlobRow> {
    using Row = cumulet::objectstore::BlobRow;
    static constexpr std::string_view collection = "blob";
    static constexpr int version = 1;
    static constexpr auto key = std::tuple{&Row::file, &Row::offset};
    static constexpr auto fields = std::tuple{field("file", &Row::file), field("offset", &Row::offset),
                                              field("length", &Row::length), field("owner", &Row::owner)};
    static constexpr auto indexes = std::tuple{};
};
