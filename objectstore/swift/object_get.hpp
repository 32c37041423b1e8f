// GET and HEAD of objects: conditions, ranges, and where the bytes come from.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "common/http/range.hpp"
#include "objectstore/swift/object_place.hpp"

namespace cumulet::objectstore::swift {

http::Task<api::Reply> get_object(SwiftCall& call);
// What a reader of this place gets: the object asked for, or one that stands for it. Throws Fault, OtherAnswer.
http::Task<api::Reply> answer_object(SwiftCall& call, const ObjectPlace& place);

struct Content;
// The body of an answer with several ranges: multipart/byteranges, its parts parted by `boundary`.
std::shared_ptr<http::BodySource> byteranges_of(const Content& content, const std::vector<http::ByteRange>& ranges,
                                                std::string_view boundary);

}  // namespace cumulet::objectstore::swift
