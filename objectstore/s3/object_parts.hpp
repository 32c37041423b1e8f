// The parts that a multipart object came in, as its record keeps them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "objectstore/model/object.hpp"

namespace cumulet::objectstore::s3 {

struct KnownPart {
    std::uint64_t length = 0;  // bytes a reader gets
    std::string checksum;      // base64, of the object's kind; empty: none
};

// In order; empty for an object that was put in one piece.
std::vector<KnownPart> parts_of(const Object& object);
void keep_parts(const std::vector<KnownPart>& parts, Object& object);

}  // namespace cumulet::objectstore::s3
