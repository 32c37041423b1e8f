// CORS: what a bucket's rules let scripts of other pages do.
#pragma once

#include "objectstore/s3/call.hpp"

namespace cumulet::objectstore::s3 {

// A browser's question before its request. Throws S3Error.
http::Response answer_preflight(const S3Call& call);
// What an answer to a script's request carries; nothing when no rule fits.
void show_cors(const S3Call& call, http::Headers& headers);

}  // namespace cumulet::objectstore::s3
