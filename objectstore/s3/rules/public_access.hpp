// PublicAccessBlockConfiguration: what a bucket does not let become public.
#pragma once

#include "objectstore/s3/wire/xml_in.hpp"

namespace cumulet::objectstore::s3 {

struct PublicAccessBlock {
    bool block_acls = false, ignore_acls = false, block_policy = false, restrict_buckets = false;
};

inline PublicAccessBlock parse_public_access(const XmlNode& document) {
    const auto on = [&](std::string_view name) { return document.text_of(name) == "true"; };
    return {on("BlockPublicAcls"), on("IgnorePublicAcls"), on("BlockPublicPolicy"), on("RestrictPublicBuckets")};
}

}  // namespace cumulet::objectstore::s3
