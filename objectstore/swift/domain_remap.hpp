// Hosts that name an account, or a container of it: container.AUTH-account.DOMAIN/object.
#pragma once

#include "common/runtime/worker_pool.hpp"
#include "objectstore/swift/call.hpp"

namespace cumulet::objectstore::swift {

// Puts what the host names before the request's path; other hosts than those below Settings::storage_domains are left
// alone. A host with too many parts gets a path that answers 400.
// Where names are looked up (Swift::cnames) others must stand for one below them: Fault 400. May block then.
void remap_domain(http::Request& request, const api::Modules& modules);
// The pool that remap_domain() wants to wait on; null when it need not wait.
runtime::WorkerPool* remaps_on(const http::Request& request, const api::Modules& modules);
// Takes away from a Location what the host of the request already says.
void shorten_location(const SwiftCall& call, http::Headers& headers);

}  // namespace cumulet::objectstore::swift
