// GET and HEAD of objects: conditions, ranges, and where the bytes come from.
#pragma once

#include "objectstore/swift/call.hpp"

namespace cumulet::objectstore::swift {

http::Task<api::Reply> get_object(SwiftCall& call);

}  // namespace cumulet::objectstore::swift
