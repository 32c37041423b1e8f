// Hosts that name an account, or a container of it: container.AUTH-account.DOMAIN/object.
#pragma once

#include "objectstore/swift/call.hpp"

namespace cumulet::objectstore::swift {

// Puts what the host names before the request's path; other hosts than those below Settings::storage_domains are left
// alone. A host with too many parts gets a path that answers 400.
void remap_domain(http::Request& request, const api::Modules& modules);
// Takes away from a Location what the host of the request already says.
void shorten_location(const SwiftCall& call, http::Headers& headers);

}  // namespace cumulet::objectstore::swift
