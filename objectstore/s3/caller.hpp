// Who asks, of which bucket, and what that gives by itself: the steps before any handler.
#pragma once

#include "objectstore/s3/call.hpp"

namespace cumulet::objectstore::s3 {

// By the request's signature; nobody where there is none. Throws S3Error.
http::Task<void> authenticate(S3Call& call);
// By that of a form's policy: `policy` as it stands in the form. Throws S3Error.
http::Task<void> authenticate(S3Call& call, const Claim& claim, std::string_view policy);
// The bucket that the call names. Throws S3Error NoSuchBucket, AccessDenied where another owner was expected.
void find_container(S3Call& call);
// What the caller is to the account of the bucket, or to the own one where there is no bucket yet.
void find_rights(S3Call& call);

}  // namespace cumulet::objectstore::s3
