// GET and HEAD of objects: conditions, ranges, and where the bytes come from.
#pragma once

#include "objectstore/swift/object_place.hpp"

namespace cumulet::objectstore::swift {

http::Task<api::Reply> get_object(SwiftCall& call);
// What a reader of this place gets: the object asked for, or one that stands for it. Throws Fault, OtherAnswer.
http::Task<api::Reply> answer_object(SwiftCall& call, const ObjectPlace& place);

}  // namespace cumulet::objectstore::swift
