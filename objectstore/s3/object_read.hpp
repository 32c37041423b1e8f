// Reading objects.
#pragma once

#include "objectstore/model/versions.hpp"
#include "objectstore/s3/call.hpp"

namespace cumulet::objectstore::s3 {

http::Task<api::Reply> get_object(S3Call& call);

// The object that the call names, or its version `version_id` (empty: the current one), when the caller may do `action`
// on it. Throws S3Error AccessDenied, and NoSuchKey only to those who may list the bucket; MethodNotAllowed for a
// delete marker.
Object authorized_object(S3Call& call, std::string_view action, Grant grant, const std::string& version_id);
Object authorized_object(S3Call& call, std::string_view action, Grant grant);
// Links are made in Swift. Who reads one gets what it leads to, and must be allowed to read that. Throws S3Error.
Object at_end_of_links(const S3Call& call, Object object);
// As above in a transaction that changes the object: guarded until the commit.
FoundVersion guarded_version(const S3Call& call, store::Transaction& txn, const Container& container);
// Writes it back, whether it is the current version or an older one.
void put_version(store::Transaction& txn, const FoundVersion& version);

}  // namespace cumulet::objectstore::s3
