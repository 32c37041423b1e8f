// Temporary URLs: a signature in the query, made with a key of the account or the container, stands for a token.
#pragma once

#include "common/api/call.hpp"
#include "objectstore/swift/object_place.hpp"

namespace cumulet::objectstore::swift {

// Whether the call has come by a temporary URL at all.
bool is_temp_url(const api::Call& call);
// Throws Fault 401 unless its signature allows this method on this object now.
void require_temp_url(const api::Call& call, store::Transaction& txn, const ObjectPlace& place);
// What a download by such a URL says about itself: a file name, and when the URL ends.
void show_temp_url(const api::Call& call, const ObjectPlace& place, http::Headers& headers);

}  // namespace cumulet::objectstore::swift
