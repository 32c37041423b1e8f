// Many names in one request.
#pragma once

#include "objectstore/swift/call.hpp"
#include "objectstore/swift/object_place.hpp"

namespace cumulet::objectstore::swift {

// POST /v1/account?bulk-delete: one percent-encoded path a line. Each goes or does not go by itself; the answer counts.
http::Task<api::Reply> bulk_delete(SwiftCall& call, const std::string& account);
// A static large object with all its segments (multipart-manifest=delete); answered in the same form.
http::Task<api::Reply> delete_with_segments(SwiftCall& call, const ObjectPlace& place);

}  // namespace cumulet::objectstore::swift
