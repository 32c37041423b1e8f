// Hosts that name a bucket: "bucket.s3.example.com", and "bucket.web.example.com" where it is served as a web site.
#pragma once

#include <optional>
#include <string>

#include "common/http/message.hpp"
#include "objectstore/s3/settings.hpp"

namespace cumulet::objectstore::s3 {

struct HostedBucket {
    std::string bucket;
    bool site = false;
};
// By the request's Host; nullopt: it names none.
std::optional<HostedBucket> hosted_bucket(const http::Request& request, const Settings& settings);

}  // namespace cumulet::objectstore::s3
