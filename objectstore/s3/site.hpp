// Buckets as web sites: what a browser gets from a host of the configured domains of sites.
#pragma once

#include "objectstore/s3/call.hpp"

namespace cumulet::objectstore::s3 {

// `key`: the path behind the host. Nobody signs: what is shown must be readable by all. Answers errors with the site's
// page, or one of our own; throws S3Error NotModified only.
http::Task<api::Reply> show_site(S3Call& call, const std::string& key);

}  // namespace cumulet::objectstore::s3
