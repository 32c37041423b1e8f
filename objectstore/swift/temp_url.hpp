// Temporary URLs: a signature in the query, made with a key of the account or the container, stands for a token.
#pragma once

#include "objectstore/swift/call.hpp"
#include "objectstore/swift/object_place.hpp"

namespace cumulet::objectstore::swift {

// Whether the call has come by a temporary URL at all.
bool is_temp_url(const SwiftCall& call);
// Throws Fault 401 unless its signature allows this method on the call's object now, and `place` is that object or, as
// a segment or the target of a link, within the reach of the key: its account, or its container. Fault 400 for headers
// that would reach further.
void require_temp_url(const SwiftCall& call, store::Transaction& txn, const ObjectPlace& place);
// What a download by such a URL says about itself: a file name, when the URL ends, and of the metadata only what is
// named public.
void show_temp_url(const SwiftCall& call, const ObjectPlace& place, http::Headers& headers);

}  // namespace cumulet::objectstore::swift
