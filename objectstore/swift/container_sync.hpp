// Requests of another cluster that keeps a container of ours like one of its own.
#pragma once

#include <optional>

#include "objectstore/model/object.hpp"
#include "objectstore/swift/call.hpp"
#include "objectstore/swift/object_place.hpp"

namespace cumulet::objectstore::swift {

// X-Container-Sync-Auth (realms), or X-Container-Sync-Key with X-Timestamp (hosts named one by one): with the right
// one the call may read and write the container's objects, and times are the sender's. Throws OtherAnswer 401 for a
// wrong X-Container-Sync-Auth.
void admit_sync(SwiftCall& call);

// Whether the sender's object is news here. Throws OtherAnswer 202 where what stands here, or was deleted here, is
// newer.
void check_synced_put(const SwiftCall& call, store::Transaction& txn, const ObjectPlace& place,
                      const std::optional<Object>& old);
// The bytes are a manifest as it is kept: its segments may come later.
bool is_synced_manifest(const SwiftCall& call);
// Makes a static large object of it. Throws Fault 400.
void adopt_manifest(std::string_view json, Object& object);

// "1700000000.12345", with or without an offset behind it.
std::optional<Timestamp> parse_sync_time(std::string_view text);

}  // namespace cumulet::objectstore::swift
