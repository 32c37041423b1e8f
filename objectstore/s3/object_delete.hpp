// Deleting objects.
#pragma once

#include "objectstore/s3/call.hpp"

namespace cumulet::objectstore::s3 {

http::Task<api::Reply> delete_object(S3Call& call);
http::Task<api::Reply> delete_objects(S3Call& call);

}  // namespace cumulet::objectstore::s3
