// Quotas: X-Container-Meta-Quota-Bytes and -Quota-Count, set by the owner; X-Account-Meta-Quota-Bytes, set by reseller
// administrators.
#pragma once

#include "objectstore/model/space.hpp"
#include "objectstore/swift/call.hpp"

namespace cumulet::objectstore::swift {

// Throws Fault 400 when a request sets a quota that is no number, 403 when it is not for the caller to set.
void check_quota_headers(const SwiftCall& call);
// Throws Fault 413 when `bytes` more could never fit: before the body is read.
void check_quota(store::Transaction& txn, const Container& container, std::uint64_t bytes);
// What a put may move the counters to.
Bounds quota_bounds(store::Transaction& txn, const Container& container);
// Throws Fault 413 when a put of `object` passes the bounds.
void check_bounds(store::Transaction& txn, const Container& container, const Bounds& bounds, const Object& object,
                  const std::optional<Object>& old);

}  // namespace cumulet::objectstore::swift
