// POST and DELETE of objects.
#pragma once

#include "objectstore/swift/call.hpp"

namespace cumulet::objectstore::swift {

http::Task<api::Reply> post_object(SwiftCall& call);
http::Task<api::Reply> delete_object(SwiftCall& call);

}  // namespace cumulet::objectstore::swift
