// Cross-origin requests of browsers: a container's metadata says whose pages may read its answers
// (X-Container-Meta-Access-Control-Allow-Origin, -Max-Age, -Expose-Headers).
#pragma once

#include "objectstore/swift/call.hpp"

namespace cumulet::objectstore::swift {

// Adds what an allowed Origin must read to the answer of an actual request. Any other request: nothing happens.
void add_cors(const SwiftCall& call, http::Response& response);

// OPTIONS: what may be asked, and the answer to a preflight.
http::Task<api::Reply> show_account_options(SwiftCall& call);
http::Task<api::Reply> show_container_options(SwiftCall& call);
http::Task<api::Reply> show_object_options(SwiftCall& call);

}  // namespace cumulet::objectstore::swift
