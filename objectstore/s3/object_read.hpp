// Reading objects.
#pragma once

#include "objectstore/s3/call.hpp"

namespace cumulet::objectstore::s3 {

http::Task<api::Reply> get_object(S3Call& call);

// The object that the call names, when the caller may do `action` on it. Throws S3Error AccessDenied, and NoSuchKey
// only to those who may list the bucket.
Object authorized_object(S3Call& call, std::string_view action, Grant grant);

}  // namespace cumulet::objectstore::s3
